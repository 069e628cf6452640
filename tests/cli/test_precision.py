"""`--precision`, where there is nothing for it to be of, or no device that has it."""

from pathlib import Path

import pytest

from tests.cli.running import gpunet
from tests.forging import forge, put


@pytest.mark.parametrize("more", [(), ("--networks", 2)], ids=["one", "many"])
def test_float64_has_no_products_of_float32(tmp_path: Path, more: tuple[object, ...]) -> None:
    options = ("--dtype", "float64", "--precision", "tf32", "--out", tmp_path / "run")
    outcome = gpunet("train", *options, *more)
    assert outcome.status == 2
    assert "--precision tf32 is of float32 matrices" in outcome.complaint
    assert "float64; leave it out" in outcome.complaint
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("more", [(), ("--networks", 2)], ids=["one", "many"])
def test_nor_when_it_is_resumed(tmp_path: Path, more: tuple[object, ...]) -> None:
    run = tmp_path / "run"
    options = ("--dtype", "float64", "--epochs", 1, "--out", run)
    assert gpunet("train", *options, *more).status == 0
    outcome = gpunet("train", "--resume", run, "--precision", "bfloat16")
    assert outcome.status == 2
    assert "--precision bfloat16 is of float32 matrices" in outcome.complaint


def test_a_run_of_fewer_bits_goes_on_without_a_gpu_if_it_is_told_to(copied: Path) -> None:
    forge(copied, put(("precision",), "tf32"))
    arguments = ("train", "--resume", copied, "--epochs", 6, "--device", "cpu")
    outcome = gpunet(*arguments)
    assert outcome.status == 2
    assert "use --precision float32" in outcome.complaint
    assert gpunet(*arguments, "--precision", "float32").status == 0
