"""What is said to a newcomer's first mistakes: what was found, what is needed, what was meant."""

from pathlib import Path

import numpy as np
import pytest

from gpunet.core.names import COSTS
from tests.cli.running import gpunet

LAYERS = "give a number of neurons above 0, 20C5 for 20 kernels of 5 × 5, "

MISTAKES: dict[str, tuple[str, str]] = {
    "a seed in letters": ("train --seed abc", "--seed abc: give a whole number, 0 or more"),
    "half an epoch": (
        "train --epochs 1.5",
        "--epochs 1.5: give a whole number from 1 to 1,000,000",
    ),
    "a layer that is none": ("train --hidden 3x", f"--hidden 3x: '3x' is no layer; {LAYERS}"),
    "too many neurons": (
        "train --hidden 2000000",
        "--hidden 2000000: 2,000,000 neurons: give at most 1,000,000 a layer",
    ),
    "not a number": (
        "train --learning-rate nan",
        "--learning-rate nan: give a number above 0, at most 1,000,000",
    ),
    "nothing": ("train --momentum=", "--momentum '': give a number from 0 to below 1"),
    "a cost misspelt": (
        "train --cost crossentropy",
        f"--cost crossentropy: choose one of {', '.join(COSTS)}; did you mean cross-entropy?",
    ),
    "a schedule misspelt": ("train --schedule cosin", "; did you mean cosine?"),
    "an engine misspelt": (
        "train --engine fusd",
        "--engine fusd: choose one of auto, eager, graph, fused, compiled; did you mean fused?",
    ),
    "a number of networks": (
        "train --networks many",
        "--networks many: give a whole number from 1 to 10,000",
    ),
    "an option misspelt": ("train --epoch 5", "no such option: --epoch; did you mean --epochs?"),
    "an underscore": (
        "train --batch_size=5",
        "no such option: --batch_size; did you mean --batch-size?",
    ),
    "one dash": ("train -epochs 5", "no such option: -epochs; did you mean --epochs?"),
    "an option of elsewhere": ("train --xyz", "no such option: --xyz; see gpunet train --help"),
    "an option before the command": (
        "--epochs 3 train",
        "no such option: --epochs; see gpunet --help",
    ),
    "no value": ("train --out", "--out: needs a value; give one after the option"),
    "a value for a flag": (
        "train --overwrite=yes",
        "--overwrite: takes no value; give the option by itself",
    ),
    "no dashes": (
        "train epochs 5",
        "too many arguments: epochs 5; needed gpunet train [OPTIONS]; did you mean --epochs?",
    ),
    "a space in a list": (
        "train --hidden 30 20",
        "too many arguments: 20; needed gpunet train [OPTIONS]",
    ),
    "a command misspelt": ("trian", "no such command: 'trian'; did you mean train?"),
    "a command that is none": (
        "xyzzy",
        "no such command: 'xyzzy'; choose one of baseline, ",
    ),
    "a sub-command misspelt": ("data shwo", "no such command: 'shwo'; did you mean show?"),
    "no run": ("evaluate", "RUN... is missing: needed gpunet evaluate [OPTIONS] RUN..."),
    "no method": (
        "baseline",
        "is missing: needed gpunet baseline [OPTIONS] METHOD; METHOD is one of darkness, svm",
    ),
    "a split misspelt": (
        "evaluate run --split tset",
        "--split tset: choose one of train, validation, test; did you mean test?",
    ),
    "a baseline misspelt": (
        "baseline drakness",
        "METHOD drakness: choose one of darkness, svm; did you mean darkness?",
    ),
    "a strength beyond sense": (
        "data show --rotation 999",
        "--rotation 999: give a number from 0 to 180",
    ),
    "a folder for a file": ("data show --rotation 5 --out .", "--out: file '.' is a directory"),
    "a recipe misspelt": ("train --recipe nielsen-ch10", "; did you mean nielsen-ch1?"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    monkeypatch.chdir(tmp_path)
    typed, complaint = MISTAKES[mistake]
    outcome = gpunet(*(word for word in typed.split(" ")))
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.err.splitlines()) == 1
    assert outcome.err.startswith("gpunet: ")
    assert complaint in outcome.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("typed", ["Cross-Entropy", "cross_entropy", "cross-entropy"])
def test_a_name_may_be_spelt_as_in_python(tmp_path: Path, typed: str) -> None:
    outcome = gpunet("train", "--cost", typed, "--epochs", 1, "--out", tmp_path / "run")
    assert outcome.status == 0
    assert "; cross-entropy) on digits" in outcome.out


def test_one_epoch_is_one(tmp_path: Path) -> None:
    said = gpunet("train", "--epochs", 1, "--out", tmp_path / "run").out
    assert " on digits: 1 epoch, batch 10" in said
    assert "1 epochs" not in said


def save(path: Path, labels: np.ndarray) -> Path:
    """A data set of such labels, whose images have nothing to do with them."""
    images = np.random.default_rng(0).integers(0, 256, (len(labels), 8, 8), np.uint8)
    np.savez(path, images=images, labels=labels)
    return path


def test_a_single_class_is_not_said_to_be_guessed(tmp_path: Path) -> None:
    data = save(tmp_path / "oneclass.npz", np.zeros(60, int))
    said = gpunet("train", "--data", data, "--epochs", 1, "--out", tmp_path / "run").out
    assert "accuracy 100.00 %" in said
    assert "guessing" not in said


def test_one_class_named_always_is_guessing_even_where_it_is_frequent(tmp_path: Path) -> None:
    data = save(tmp_path / "lopsided.npz", np.arange(400) % 10 // 9)
    options = ("--data", data, "--epochs", 5, "--learning-rate", 0.5, "--out", tmp_path / "run")
    said = gpunet("train", *options).out
    assert "accuracy 90.00 %" in said
    assert "that is no better than guessing: try a smaller --learning-rate" in said


def test_a_network_that_has_learnt_is_not_said_to_guess(tmp_path: Path) -> None:
    said = gpunet("train", "--epochs", 2, "--out", tmp_path / "run").out
    assert "guessing" not in said
