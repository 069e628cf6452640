"""Commands with the network that comes with the package."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from gpunet.serialization.shipped import SHIPPED, sample_images, shipped_run
from tests.cli.running import everywhere, finish, gpunet, start

SAMPLES = sorted(sample_images().glob("*.png"))
# Python that runs before the command: whoever connects to anything ends with an error.
OFFLINE = """
import socket
def refuse(*_): raise RuntimeError("connected to the network")
socket.socket.connect = socket.getaddrinfo = refuse
"""


@everywhere
def test_images_alone_are_answered_by_it() -> None:
    result = gpunet("predict", *SAMPLES, "--json").result
    assert [each["label"] for each in result["predictions"]] == [path.stem for path in SAMPLES]
    assert result["run"] == str(shipped_run())


def test_a_folder_of_images_alone_is_too() -> None:
    named = gpunet("predict", SHIPPED, *SAMPLES).out.splitlines()
    assert gpunet("predict", sample_images()).out.splitlines()[1:] == named


def test_a_line_says_which_network_answers() -> None:
    first, *others = gpunet("predict", SAMPLES[3]).out.splitlines()
    assert first.startswith(f"network: {SHIPPED}, which comes with gpunet; accuracy 99.")
    assert len(others) == 1


def test_nothing_more_is_said_where_it_is_named() -> None:
    assert len(gpunet("predict", SHIPPED, SAMPLES[3]).out.splitlines()) == 1


def test_a_fresh_machine_without_a_network_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith(("XDG_", "GPUNET_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    image = shutil.copy(SAMPLES[7], tmp_path / "mine.png")
    outcome = finish(start("predict", image, "--device", "cpu", code=OFFLINE, cwd=tmp_path))
    assert outcome.status == 0, outcome.err
    assert "mine.png: 7" in outcome.out


def test_it_is_not_averaged_with_itself() -> None:
    result = gpunet("predict", SAMPLES[3], "--with", shipped_run(), "--json")
    assert result.status == 2
    assert "named twice" in result.complaint


def test_it_forms_no_committee_with_networks_of_other_images(finished: Path) -> None:
    outcome = gpunet("predict", SAMPLES[3], "--with", finished)
    assert outcome.status == 2
    assert "cannot form a committee" in outcome.complaint


def test_a_run_of_that_name_comes_first(
    finished: Path, tmp_path: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished, SHIPPED)
    by_name = gpunet("predict", SHIPPED, image, "--json").result["predictions"]
    assert by_name == gpunet("predict", finished, image, "--json").result["predictions"]


def test_it_is_evaluated_by_its_name(tmp_path: Path) -> None:
    images = np.random.default_rng(1).integers(0, 256, (90, 28, 28)).astype(np.uint8)
    np.savez(tmp_path / "few.npz", images=images, labels=np.arange(90) % 10)
    result = gpunet("evaluate", SHIPPED, "--data", tmp_path / "few.npz", "--json").result
    assert (result["run"], result["seed"]) == (SHIPPED, 0)


def test_a_run_without_images_is_refused(finished: Path) -> None:
    for named in (finished, SHIPPED):
        outcome = gpunet("predict", named)
        assert outcome.status == 2
        assert (
            f"no IMAGES given: name image files, or folders of them, such as {sample_images()}"
            in (outcome.complaint)
        )


@pytest.mark.parametrize(
    ("named", "complaint"),
    [
        (["runs/7", SAMPLES[3]], "runs/7: no such run folder; `gpunet train` makes one"),
        (["runs/7"], "runs/7: no such file"),
        (["seven.png", SAMPLES[3]], "seven.png: no such file"),
        (["empty", SAMPLES[3]], "empty: not a run folder: it has no run.json"),
        (["empty"], "empty: holds no images"),
        (["notes.txt", SAMPLES[3]], "notes.txt: not an image in a format that is read"),
    ],
)
def test_what_is_neither_run_nor_image_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: list[object], complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("notes.txt").write_text("nothing")
    outcome = gpunet("predict", *named)
    assert (outcome.status, outcome.out) == (2, "")
    assert complaint in outcome.complaint
