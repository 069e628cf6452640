"""What a recipe's networks are measured on, and how it is written into the recipe's file."""

from pathlib import Path

import pytest

from scripts import reproduce
from tests.cli.running import gpunet

RECIPE = '# why\ntitle = "a network"\n\n[options]\nepochs = 1\n'


def trained(folder: Path, *options: object) -> Path:
    asked = ("--networks", 2, "--epochs", 1, "--device", "cpu", "--out", folder)
    assert gpunet("train", *asked, *options).status == 0
    return folder


@pytest.mark.parametrize(
    ("train_on", "splits"), [("training", {"test", "validation"}), ("all", {"test"})]
)
def test_it_is_measured_on_what_was_not_trained_on(
    tmp_path: Path, train_on: str, splits: set[str]
) -> None:
    measured = reproduce.measure(trained(tmp_path / "run", "--train-on", train_on), committee=False)
    assert {"test", "validation"} & set(measured) == splits
    assert {name for name in measured if name.endswith("_images")} == {
        f"{s}_images" for s in splits
    }
    assert measured["networks"] == 2


def test_a_committee_is_measured_as_one(tmp_path: Path) -> None:
    run = trained(tmp_path / "run")
    told = gpunet("evaluate", run, "--json").result
    measured = reproduce.measure(run, committee=True)
    assert measured["test"] == pytest.approx(100 * told["accuracy"], abs=0.005)
    assert measured["test_deviation"] == 0


def test_what_was_measured_replaces_what_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "paper.toml"
    path.write_text(f"{RECIPE}\n[expected]\ntest = 1.0\n")
    monkeypatch.setattr(reproduce, "FOLDER", tmp_path)
    reproduce.write("paper", {"test": 97.5, "device": "cpu"})
    assert path.read_text() == f'{RECIPE}\n[expected]\ntest = 97.5\ndevice = "cpu"\n'
