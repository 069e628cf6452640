"""Whatever a run folder says, it is used, or refused with a reason."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import gpunet
from gpunet.datasets.dataset import Dataset
from gpunet.evaluation.predict import answer, see
from gpunet.runs.description import read_description
from gpunet.runs.folder import RunFolder
from gpunet.runs.run import Run
from gpunet.serialization.seal import seal
from gpunet.serialization.tensors import read_tensors, write_tensors
from gpunet.sweeps.named import open_runs
from gpunet.sweeps.population import Population
from gpunet.training.callbacks import KeepGoing
from tests.forging import forge, forge_all, make_killed, make_old
from tests.mutations import Mutation, mutations

FILES = ("model.safetensors", "checkpoint.safetensors")
BOUNDED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def run_of(request: pytest.FixtureRequest, kind: str) -> tuple[Path, Any]:
    """The run or the population, and what its run.json says."""
    path: Path = request.getfixturevalue(f"trained_{kind}")
    return path, json.loads((path / "run.json").read_bytes())


def sign(path: Path) -> None:
    """Let this user's own key sign it, as far as that can be."""
    description = json.loads((path / "run.json").read_bytes())
    for key in ("sha256", "signature"):
        description.pop(key, None)
    try:
        (path / "run.json").write_text(json.dumps(seal(description)))
    except ValueError:
        return


def go_through(path: Path, few: Dataset, image: Path) -> list[str]:
    """Do with a folder whatever is done with one; why it is refused, where it is."""
    refused = []
    device = gpunet.open_device("cpu")
    try:
        runs = open_runs([path])
        network = runs.load(device)
        (picture,) = answer(network, [(image, see(image, runs.style))])
        assert len(picture.digits[0].probabilities) == len(runs.classes)
        gpunet.evaluate(network, few.test)
        _ = runs.folders[0].data_source
    except gpunet.GpunetError as error:
        refused.append(str(error))
    try:
        with RunFolder.claim(path) as folder:
            if folder.is_population:
                Population.resume(folder, few, device)
            else:
                session = Run.resume(folder, few, device, None)
                session.train(KeepGoing(lambda: False))
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
            (forge_all if kind == "run" else forge)(path, mutation)
        except KeyError:  # what has gone with the seal
            return
        if seal_of == "own":
            sign(path)
        go_through(path, few, image)

    check()


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_tensors_that_says_anything_is_used_or_refused(
    trained_run: Path, few: Dataset, tmp_path: Path, image: Path, name: str
) -> None:
    tensors, about, _ = read_tensors(trained_run / name)

    @BOUNDED
    @given(mutations(about))
    def check(mutation: Mutation) -> None:
        path = tmp_path / "copy"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(trained_run, path)
        make_killed(path)
        changed = json.loads(json.dumps(about))
        mutation(changed)
        write_tensors(path / name, tensors, changed)
        go_through(path, few, image)

    check()


def test_what_is_not_changed_is_used(
    trained_run: Path, trained_many: Path, few: Dataset, tmp_path: Path, image: Path
) -> None:
    for path in (trained_run, trained_many):
        copy = Path(shutil.copytree(path, tmp_path / path.name))
        make_killed(copy)
        refused = go_through(copy, few, image)
        assert [why for why in refused if "--data" not in why] == []
