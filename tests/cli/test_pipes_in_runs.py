"""A pipe or a device in the place of a run's file is refused at once: nobody waits for it."""

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.running import finish, start


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("run.json", ("evaluate",)),
        ("run.json", ("train", "--resume")),
        ("model.safetensors", ("evaluate",)),
        ("checkpoint.safetensors", ("train", "--epochs", 9, "--resume")),
    ],
)
@pytest.mark.parametrize("kind", ["a named pipe", "a device"])
def test_what_is_no_regular_file_is_not_read(
    finished: Path, tmp_path: Path, name: str, command: tuple[object, ...], kind: str
) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    (run / name).unlink()
    if kind == "a device":
        (run / name).symlink_to("/dev/zero")
    else:
        os.mkfifo(run / name)
    process = start(*command, run)
    outcome = finish(process)
    assert outcome.status == 2
    assert f"{name}: {kind}, not a file" in outcome.complaint
