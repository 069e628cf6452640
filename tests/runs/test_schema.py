"""What is read back from a run folder: whatever it says, it is used, or refused with a reason."""

import json
import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gpunet
from gpunet.datasets.dataset import Dataset
from gpunet.evaluation.predict import predict_images
from gpunet.runs.description import read_description
from gpunet.runs.folder import RunFolder
from gpunet.runs.run import Run
from gpunet.serialization.seal import seal
from gpunet.serialization.tensors import read_tensors, write_tensors
from gpunet.sweeps.named import open_runs
from gpunet.sweeps.population import Population
from gpunet.training.config import TrainingConfig
from tests.forging import edit, forge, make_killed, make_old

FILES = ("model.safetensors", "checkpoint.safetensors")
NUMBERS = [0, -1, 1, 2, 255, 2**31, 2**53, 2**64, 10**400, 0.5, -0.0, 1e308, 5e-324]
NUMBERS += [float("nan"), float("inf"), -float("inf")]
TEXTS = ["", "\ud800", "x", "\x1b[31m", "x" * 5000, "\0", "NaN", "cosine", "20C5", "9" * 40 + "C5"]
TEXTS += ["/dev/zero", "0" * 64, "finished", "running", "population", "[/red]", "\udcff.csv"]
PLAIN = st.sampled_from([None, True, False, *NUMBERS, *TEXTS])
ANYTHING = st.recursive(
    PLAIN,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "epoch", "\ud800", ""]), inside, max_size=2)
    ),
    max_leaves=4,
)
BOUNDED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def places(value: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, as the keys that lead there."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inside:
        yield (*so_far, key)
        if isinstance(each, dict | list):
            yield from places(each, (*so_far, key))


@dataclass
class Mutation:
    """Something put in the place of something else, beside it, or nothing at all."""

    place: tuple[Any, ...]
    how: str
    value: Any

    def __call__(self, description: Any) -> None:
        *above, last = self.place
        for key in above:
            description = description[key]
        if self.how == "remove":
            del description[last]
        elif self.how == "add" and isinstance(description, dict):
            description["more"] = self.value
        elif self.how == "add":
            description.append(self.value)
        else:
            description[last] = self.value


def mutations(of: Any) -> st.SearchStrategy[Mutation]:
    """All mutations of a JSON value."""
    how = st.sampled_from(["replace", "replace", "replace", "remove", "add"])
    return st.builds(Mutation, st.sampled_from(sorted(places(of), key=str)), how, ANYTHING)


@pytest.fixture(scope="module")
def run(few: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two epochs, with convolution and momentum; not to be changed."""
    path = tmp_path_factory.mktemp("schema") / "run"
    network = gpunet.Network([(8, 8), "3C3", "MP2", 8, 10], seed=3, dropout=0.1)
    session = Run.start(network, few, TrainingConfig(2, 10, 0.1, momentum=0.5), path, False)
    assert session.train(lambda record: None, lambda steps: None)
    return path


@pytest.fixture(scope="module")
def many(few: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A population of two; not to be changed."""
    path = tmp_path_factory.mktemp("schema") / "many"
    grid: dict[str, list[Any]] = {"hidden": [[6], [5, 4]], "epochs": [1], "learning_rate": [1.0]}
    population = Population.start(
        grid, 1, 5, "float32", few, gpunet.open_device("cpu"), path, overwrite=False
    )
    assert population.train(lambda entry: None, lambda done: None)
    return path


def run_of(request: pytest.FixtureRequest, kind: str) -> tuple[Path, Any]:
    """The run or the population, and what its run.json says."""
    path: Path = request.getfixturevalue(kind)
    return path, json.loads((path / "run.json").read_bytes())


def give_identity(path: Path) -> None:
    """Make the other files of a run belong to what its run.json says now."""
    identity = json.loads((path / "run.json").read_bytes())["identity"]
    for name in FILES:
        tensors, about, _ = read_tensors(path / name)
        write_tensors(path / name, tensors, {**about, "identity": identity})


def sign(path: Path) -> None:
    """Let this user's own key sign it, as far as that can be."""
    description = json.loads((path / "run.json").read_bytes())
    for key in ("sha256", "signature"):
        description.pop(key, None)
    try:
        (path / "run.json").write_text(json.dumps(seal(description)))
    except ValueError:
        return


def stop_in(session: Run) -> Callable[[int], None]:
    def stop(steps: int) -> None:
        session.stopped_by = SIGTERM

    return stop


def go_through(path: Path, few: Dataset, image: Path) -> list[str]:
    """Do with a folder whatever is done with one; why it is refused, where it is."""
    refused = []
    device = gpunet.open_device("cpu")
    try:
        runs = open_runs([path])
        network = runs.load(device)
        predictions = predict_images(network, [image], runs.style)
        assert len(predictions[0].probabilities) == len(runs.classes)
        gpunet.evaluate(network, few.test)
        assert all(isinstance(folder.reservation, str) for folder in runs.folders)
        _ = runs.folders[0].data_source
    except gpunet.GpunetError as error:
        refused.append(str(error))
    try:
        with RunFolder.claim(path) as folder:
            if folder.is_population:
                Population.resume(folder, few, device)
            else:
                session = Run.resume(folder, few, device, None)
                session.train(lambda record: None, stop_in(session))
                read_description(path)  # what we write, we can read
    except gpunet.GpunetError as error:
        refused.append(str(error))
    return refused


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.pgm"
    path.write_bytes(b"P5 8 8 255 " + bytes(range(0, 256, 4)))
    return path


@pytest.mark.parametrize("seal_of", ["forged", "old", "own"])
@pytest.mark.parametrize("kind", ["run", "many"])
def test_a_run_json_that_says_anything_is_used_or_refused(
    request: pytest.FixtureRequest,
    few: Dataset,
    tmp_path: Path,
    image: Path,
    kind: str,
    seal_of: str,
) -> None:
    original, description = run_of(request, kind)

    @BOUNDED
    @given(mutations(description))
    def check(mutation: Mutation) -> None:
        path = tmp_path / "copy"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(original, path)
        if seal_of == "old":
            make_old(path)
        try:
            forge(path, mutation)
        except KeyError:  # what has gone with the seal
            return
        if kind == "run":
            give_identity(path)
        if seal_of == "own":
            sign(path)
        go_through(path, few, image)

    check()


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_tensors_that_says_anything_is_used_or_refused(
    run: Path, few: Dataset, tmp_path: Path, image: Path, name: str
) -> None:
    tensors, about, _ = read_tensors(run / name)

    @BOUNDED
    @given(mutations(about))
    def check(mutation: Mutation) -> None:
        path = tmp_path / "copy"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(run, path)
        make_killed(path)
        changed = json.loads(json.dumps(about))
        mutation(changed)
        write_tensors(path / name, tensors, changed)
        go_through(path, few, image)

    check()


def test_what_is_not_changed_is_used(
    run: Path, many: Path, few: Dataset, tmp_path: Path, image: Path
) -> None:
    for path in (run, many):
        copy = Path(shutil.copytree(path, tmp_path / path.name))
        make_killed(copy)
        refused = go_through(copy, few, image)
        assert [why for why in refused if "--data" not in why] == []


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
        (("data", "style", "max_pixel"), 10**400, "data.style.peak is 1000"),
        (("data", "style"), None, "data.style is None, not an object"),
        (("seconds",), True, "seconds is True, not a number"),
        (("seconds",), 10**400, "seconds is 1000"),
        (("seed",), -1, "seed is -1, not a whole number"),
        (("status",), "done", "status is 'done', not one of"),
        (("options", "epochs"), "many", "epochs 'many': give a whole number"),
        (("options", "momentum"), 2, "momentum 2: give a number from 0 to below 1"),
        (("options", "eta"), 1, "options has 'eta', which are none"),
        (("options", "epochs"), [3], r"options.'epochs' is \[3\], not a number, text"),
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
    run: Path, tmp_path: Path, place: tuple[str, ...], value: Any, said: str
) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    forge(copy, Mutation(place, "replace", value))
    with pytest.raises(gpunet.InputError, match=rf"copy/run\.json: damaged: .*{said}"):
        RunFolder.open(copy)


@pytest.mark.parametrize("place", [("more",), ("data", "more"), ("network", "more")], ids=str)
@pytest.mark.parametrize("value", [float("nan"), "\ud800", {"\ud800": 1}, 10**400], ids=ascii)
def test_names_that_are_not_known_hold_nothing_that_cannot_be_written_again(
    run: Path, tmp_path: Path, place: tuple[str, ...], value: Any
) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    make_old(copy)
    forge(copy, Mutation(place, "replace", [value]))
    with pytest.raises(gpunet.InputError, match=r"run\.json: damaged: .*'more' is "):
        RunFolder.open(copy)


@pytest.mark.parametrize("depth", [60, 600, 100_000])
def test_nothing_is_so_deep_that_nobody_can_write_it_again(
    run: Path, tmp_path: Path, depth: int
) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    make_old(copy)
    text = (copy / "run.json").read_text()
    (copy / "run.json").write_text('{"more": ' + "[" * depth + "]" * depth + "," + text[1:])
    with pytest.raises(gpunet.InputError, match=r"run\.json: damaged: "):
        RunFolder.open(copy)


@pytest.mark.parametrize("value", [float("nan"), "\ud800"], ids=ascii)
def test_what_no_checksum_can_be_made_of_is_damaged(run: Path, tmp_path: Path, value: Any) -> None:
    for name, make in (("sealed", lambda path: None), ("old", make_old)):
        copy = Path(shutil.copytree(run, tmp_path / name))
        make(copy)
        place = ("seconds",) if isinstance(value, float) else ("data", "name")
        forge(copy, Mutation(place, "replace", value))
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
    many: Path, tmp_path: Path, place: tuple[str, ...], value: Any, said: str
) -> None:
    copy = Path(shutil.copytree(many, tmp_path / "copy"))
    forge(copy, Mutation(place, "replace", value))
    with pytest.raises(gpunet.InputError, match=rf"copy/run\.json: damaged: .*{said}"):
        RunFolder.claim(copy)


def test_a_network_larger_than_its_checkpoint_is_never_built(few: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "run"
    network = gpunet.Network([64, 12, 10], seed=3)
    session = Run.start(network, few, TrainingConfig(1), path, overwrite=False)
    session.train(lambda record: None, lambda steps: None)
    sizes = ("network", "sizes")
    make_killed(path)
    forge(path, Mutation(sizes, "replace", [64, 1_000_000, 10]))
    give_identity(path)
    tracemalloc.start()
    try:
        with RunFolder.claim(path) as folder, pytest.raises(gpunet.InputError, match="tensors"):
            Run.resume(folder, few, "cpu", None)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dtype", ["float64", "int32", "complex64"])
def test_tensors_of_another_type_are_refused(
    run: Path, few: Dataset, tmp_path: Path, dtype: str
) -> None:
    path = Path(shutil.copytree(run, tmp_path / "copy"))
    edit(path, lambda description: None)
    make_killed(path)
    tensors, about, _ = read_tensors(path / "checkpoint.safetensors")
    changed = {name: array.astype(np.dtype(dtype)) for name, array in tensors.items()}
    write_tensors(path / "checkpoint.safetensors", changed, about)
    with RunFolder.claim(path) as folder, pytest.raises(gpunet.InputError, match="tensors"):
        Run.resume(folder, few, "cpu", None)
