"""What is read from a run folder makes sense, or is refused: with what was found and needed."""

import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.datasets.dataset import Dataset
from gpunet.runs.folder import RunFolder
from gpunet.runs.run import Run
from gpunet.serialization.tensors import read_tensors, write_tensors
from gpunet.training.config import TrainingConfig
from tests.forging import forge, forge_all, make_killed, make_old, put


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("data", "name"), 5, "data.name is 5, not text"),
        (("data", "name"), None, "data.name is None, not text"),
        (("data", "classes"), [], r"data.classes is \[\], not a list of 1 or more"),
        (("data", "classes"), ["a", 2], r"data.classes\[1\] is 2, not text"),
        (("data", "classes"), ["a"] * 9, "its network does not fit its data"),
        (("data", "style", "shape"), [8], "data.style.shape"),
        (("data", "style", "shape"), [2**31, 2**31], "its network does not fit its data"),
        (("data", "style", "box"), 9, "data.style.box is larger than the images"),
        (("data", "style", "max_pixel"), 10**400, "data.style.max_pixel is 1000"),
        (("data", "style"), None, "data.style is None, not an object"),
        (("seconds",), True, "seconds is True, not a number"),
        (("seconds",), 10**400, "seconds is 1000"),
        (("seed",), -1, "seed is -1, not a whole number"),
        (("status",), "done", "status is 'done', not one of"),
        (("options", "epochs"), "many", "epochs 'many': give a whole number"),
        (("options", "momentum"), 2, "momentum 2: give a number from 0 to below 1"),
        (("options", "eta"), 1, "options has 'eta', which are not options"),
        (("options", "epochs"), [3], r"epochs \[3\]: give a whole number"),
        (("options", "epochs"), {"3": 3}, r"options.'epochs' is .*, not a number or several, text"),
        (("options", "max_norm"), ["3"], r"options.'max_norm' is \['3'\], not a number or several"),
        (
            ("network", "dropout"),
            [0.5, 1],
            r"network.dropout is \[0.5, 1\], not a number from 0 to",
        ),
        (("network", "dropout"), [], r"network.dropout is \[\], not a number from 0 to below 1"),
        (("network", "sizes"), [64, 9, 10], "network.sizes are not those of its layers"),
        (("network", "layers"), [[8, 8], "3C3", "MP4", 8, 10], "squares of 4 × 4 do not divide"),
        (("network", "activations"), ["swish"] * 3, r"network.activations\[0\] is 'swish'"),
        (("versions", "numpy"), 2, "versions.'numpy' is 2, not text"),
        (("precision",), "float16", "precision is 'float16', not one of"),
        (("state", "epoch"), -2, "state.epoch is -2, not a whole number"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_it_is_said_what_was_found_and_what_was_needed(
    trained_run: Path, tmp_path: Path, place: tuple[str, ...], value: Any, said: str
) -> None:
    copy = Path(shutil.copytree(trained_run, tmp_path / "copy"))
    forge(copy, put(place, value))
    with pytest.raises(gpunet.InputError, match=rf"copy/run\.json: damaged: .*{said}"):
        RunFolder.open(copy)


@pytest.mark.parametrize("place", [("more",), ("data", "more"), ("network", "more")], ids=str)
@pytest.mark.parametrize("value", [float("nan"), "\ud800", {"\ud800": 1}, 10**400], ids=ascii)
def test_names_that_are_not_known_hold_nothing_that_cannot_be_written_again(
    trained_run: Path, tmp_path: Path, place: tuple[str, ...], value: Any
) -> None:
    copy = Path(shutil.copytree(trained_run, tmp_path / "copy"))
    make_old(copy)
    forge(copy, put(place, [value]))
    with pytest.raises(gpunet.InputError, match=r"run\.json: damaged: .*'more' is "):
        RunFolder.open(copy)


@pytest.mark.parametrize("depth", [60, 600, 100_000])
def test_nothing_is_so_deep_that_nobody_can_write_it_again(
    trained_run: Path, tmp_path: Path, depth: int
) -> None:
    copy = Path(shutil.copytree(trained_run, tmp_path / "copy"))
    make_old(copy)
    text = (copy / "run.json").read_text()
    (copy / "run.json").write_text('{"more": ' + "[" * depth + "]" * depth + "," + text[1:])
    with pytest.raises(gpunet.InputError, match=r"run\.json: damaged: "):
        RunFolder.open(copy)


@pytest.mark.parametrize("value", [float("nan"), "\ud800"], ids=ascii)
def test_what_no_checksum_can_be_made_of_is_damaged(
    trained_run: Path, tmp_path: Path, value: Any
) -> None:
    for name, make in (("sealed", lambda path: None), ("old", make_old)):
        copy = Path(shutil.copytree(trained_run, tmp_path / name))
        make(copy)
        place = ("seconds",) if isinstance(value, float) else ("data", "name")
        forge(copy, put(place, value))
        with pytest.raises(gpunet.InputError, match=r"run\.json: damaged"):
            RunFolder.open(copy)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("grid", "hidden"), [5], r"grid.hidden\[0\] is 5, not a list"),
        (("grid", "hidden"), [[[8, 8]]], r"grid.hidden\[0\]\[0\] is \[8, 8\], not a layer"),
        (("grid", "cost"), "quadratic", "grid.cost is 'quadratic', not a list"),
        (("grid", "l2"), [{}], r"grid.'l2'\[0\] is \{\}, not a number"),
        (("grid", "l2"), list(range(10_001)), "its grid makes more than 10,000 networks"),
        (("networks",), 10**9, "networks is 1000000000, not a whole number"),
        (("data", "digest"), "x", "data.digest is 'x', not 64 hexadecimal digits"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_population_that_makes_no_sense_is_refused(
    trained_many: Path, tmp_path: Path, place: tuple[str, ...], value: Any, said: str
) -> None:
    copy = Path(shutil.copytree(trained_many, tmp_path / "copy"))
    forge(copy, put(place, value))
    with pytest.raises(gpunet.InputError, match=rf"copy/run\.json: damaged: .*{said}"):
        RunFolder.claim(copy)


def test_a_network_larger_than_its_checkpoint_is_never_built(few: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "run"
    network = gpunet.Network([64, 12, 10], seed=3)
    session = Run.start(network, few, TrainingConfig(epochs=1), path, overwrite=False)
    session.train()
    make_killed(path)
    forge_all(path, put(("network", "sizes"), [64, 1_000_000, 10]))
    tracemalloc.start()
    try:
        with RunFolder.claim(path) as folder, pytest.raises(gpunet.InputError, match="tensors"):
            Run.resume(folder, few, "cpu", None)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dtype", ["float64", "int32", "complex64"])
def test_tensors_of_another_type_are_refused(
    trained_run: Path, few: Dataset, tmp_path: Path, dtype: str
) -> None:
    path = Path(shutil.copytree(trained_run, tmp_path / "copy"))
    make_killed(path)
    tensors, about, _ = read_tensors(path / "checkpoint.safetensors")
    changed = {name: array.astype(np.dtype(dtype)) for name, array in tensors.items()}
    write_tensors(path / "checkpoint.safetensors", changed, about)
    with RunFolder.claim(path) as folder, pytest.raises(gpunet.InputError, match="tensors"):
        Run.resume(folder, few, "cpu", None)
