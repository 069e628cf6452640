"""What is refused leaves nothing on the disk: no folder, be it for one network or for many."""

from pathlib import Path

import numpy as np
import pytest

from gpunet.datasets.augmentation import deformation
from tests.cli.running import contents, gpunet

TABLE, WIDE = ["--data", "table.csv"], ["--data", "wide.npz"]
REFUSALS: dict[str, tuple[list[str], str]] = {
    "a table, deformed": ([*TABLE, "--rotation", "10"], "cannot be deformed"),
    "a table, warped": ([*TABLE, "--elastic", "3"], "cannot be deformed"),
    "a table, expanded": ([*TABLE, "--expand"], "cannot be deformed"),
    "a table, convolved": ([*TABLE, "--hidden", "3C3"], "needs images"),
    "images too wide to deform": ([*WIDE, "--shift", "1"], "cannot be deformed"),
    "images too small for a kernel": ([*WIDE, "--hidden", "3C5"], "do not fit into 2 ×"),
    "pooling without a convolution": (["--hidden", "MP2"], "right below it"),
    "softmax on a convolution": (["--hidden", "3C3", "--activation", "softmax"], "softmax on 3C3"),
    "a network without end": (["--hidden", "1000000,1000000"], "smaller layers"),
    "dropout of nothing": (["--hidden", "none", "--dropout", "0.5"], "needs a hidden layer"),
    "nesterov without": (["--optimizer", "nesterov", "--momentum", "0"], "give a momentum above 0"),
    "adam with momentum": (["--optimizer", "adam", "--momentum", "0.5"], "takes no momentum"),
    "a penalty too strong": (["--l2", "10000"], "past zero in one step"),
    "warm-up without end": (["--warm-up", "9", "--epochs", "9"], "leaves none of 9 epochs"),
    "sigma of nothing": (["--sigma", "5"], "has no effect without elastic"),
    "graph": (["--engine", "graph"], "use --engine eager"),
    "fused": (["--engine", "fused"], "use --engine eager"),
    "a device that is none": (["--device", "abacus"], "abacus"),
    "a precision the CPU has not": (["--precision", "tf32"], "needs a CUDA device"),
    "data that are not there": (["--data", "nowhere"], "nowhere"),
    "data that are none": (["--data", "letter.txt"], "letter.txt"),
    "a recipe that is none": (["--recipe", "cake"], "cake"),
    "a run that is none": (["--resume", "nowhere"], "nowhere"),
    "a file in the way": (["--out", "letter.txt"], "is a file, not a folder"),
    "another folder in the way": (["--out", "other"], "exists"),
    "another folder to overwrite": (["--out", "other", "--overwrite"], "not overwritten"),
    "a place below a file": (["--out", "letter.txt/run"], "letter.txt/run"),
    "no epochs": (["--epochs", "0"], "--epochs"),
    "a schedule that is none": (["--schedule", "step:0:1"], "--schedule"),
}
MORE = {
    "one": [],
    "many": ["--networks", "2"],
    "the second of two": ["--learning-rate", "0.001", "--learning-rate", "3"],
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with some data and some things in the way."""
    rows = [f"{i % 3},{i},2,3,4,5" for i in range(60)]
    (tmp_path / "table.csv").write_text("\n".join(rows))
    images = np.full((60, 2, deformation.MOST_PIXELS), 200, np.uint8)
    np.savez_compressed(tmp_path / "wide.npz", images=images, labels=np.arange(60) % 3)
    (tmp_path / "letter.txt").write_text("dear")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/letter.txt").write_text("dear")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("more", MORE)
@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_training_leaves_nothing_behind(place: Path, case: str, more: str) -> None:
    options, words = REFUSALS[case]
    before = contents(place)
    outcome = gpunet("train", *options, *MORE[more])
    assert outcome.status == 2
    assert "--resume" in options or words in outcome.complaint
    assert contents(place) == before
    assert sorted(path.name for path in place.iterdir() if path.is_dir()) == ["other"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([*TABLE, "--rotation", "0", "--rotation", "10"], "cannot be deformed"),
        ([*TABLE, "--shift", "0", "--shift", "1", "--networks", "3"], "cannot be deformed"),
        ([*TABLE, "--hidden", "9", "--hidden", "3C3"], "needs images"),
        (["--warm-up", "0", "--warm-up", "9", "--epochs", "9"], "leaves none"),
        (["--epochs", "9", "--epochs", "3", "--warm-up", "5"], "leaves none of 3 epochs"),
        (["--momentum", "0", "--momentum", "0.5", "--optimizer", "nesterov"], "needs momentum"),
        (["--optimizer", "sgd", "--optimizer", "adam", "--momentum", "0.5"], "takes no momentum"),
        (["--l2", "0", "--l2", "10000"], "past zero in one step"),
        (["--dropout", "0", "--dropout", "0.5", "--hidden", "none"], "needs a hidden layer"),
        (["--hidden", "30", "--hidden", "1000000,1000000"], "smaller layers"),
    ],
)
def test_a_population_is_refused_for_any_one_of_its_networks(
    place: Path, options: list[str], words: str
) -> None:
    before = contents(place)
    outcome = gpunet("train", *options)
    assert outcome.status == 2
    assert words in outcome.complaint
    assert contents(place) == before
    assert not (place / "runs").exists()
