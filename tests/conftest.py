"""What every test may ask for."""

import pytest

from gpunet.backend.device import Device
from tests.backends import BACKENDS, open_backend


@pytest.fixture(params=BACKENDS)
def device(request: pytest.FixtureRequest) -> Device:
    """Each backend in turn."""
    return open_backend(request.param)


@pytest.fixture(autouse=True)
def no_device_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests decide on the device themselves."""
    monkeypatch.delenv("GPUNET_DEVICE", raising=False)
