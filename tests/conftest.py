"""What every test may ask for."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.engines.compiled import Compiled
from tests.backends import CUDA, EVERY_BACKEND, EVERY_GPU, marks, open_backend, open_gpu


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Has `open_backend` know how the test is marked."""
    marks.clear()
    marks.update(mark.name for mark in item.iter_markers())


@pytest.fixture(params=EVERY_BACKEND)
def device(request: pytest.FixtureRequest) -> Device:
    """Each backend in turn."""
    return open_backend(request.param)


@pytest.fixture(params=["cpu", CUDA])
def usual(request: pytest.FixtureRequest) -> Device:
    """The devices that users have, for what primitives and engines have no part in."""
    return open_backend(request.param)


@pytest.fixture(params=EVERY_GPU)
def gpu(request: pytest.FixtureRequest) -> Device:
    """A device with every engine: a pretended one, and a real one."""
    return open_gpu(request.param)


@pytest.fixture(scope="session", autouse=True)
def compiled_beforehand() -> None:
    """What Numba compiles is there, so that no test waits for it, or is told of it."""
    if find_spec("numba"):
        Compiled.unready(asked=True)


@pytest.fixture(scope="session", autouse=True)
def key_of_the_tests_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs are signed with a key that is made for the tests, not with the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def on_the_cpu() -> Iterator[None]:
    """What names no device computes on the CPU, whatever the user prefers and the machine has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GPUNET_DEVICE", "cpu")
        yield


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return gpunet.load_dataset("digits")


@pytest.fixture(scope="session")
def few(digits: Dataset) -> Dataset:
    """The first 253 training digits: in tens, twenty-five whole batches and one of three."""
    rest = (digits.validation, digits.test, digits.shape, digits.max_pixel, digits.classes)
    return Dataset("few", digits.train[:253], *rest)
