"""A training that is watched is the same training, in whatever parts it is told to go on."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from gpunet.backend.device import Device
from gpunet.core.errors import DeviceFailedError, InputError
from gpunet.core.options import names_of
from gpunet.datasets.dataset import Dataset
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from gpunet.web.play.settings import make_trainer
from gpunet.web.play.views import Views
from gpunet.web.play.watched import INTERVAL, Watched

Watch = Callable[..., Watched]
SOON = 20.0


@pytest.fixture
def watch(few: Dataset) -> Iterator[Watch]:
    """Has a training on few digits watched."""
    begun: list[Watched] = []

    def start(device: Device, pace: float = float("inf"), **given: str) -> Watched:
        trainer, used = make_trainer(given, few, device)
        begun.append(Watched(trainer, Views(trainer.network, used), pace))
        return begun[-1]

    yield start
    for each in begun:
        each.close()
        each.thread.join(SOON)


def told(future: "Future[Any]") -> Any:
    return future.result(SOON)


def picture(watched: Watched) -> dict[str, Any]:
    seen = told(watched.next_picture())
    assert seen.endswith(b"\n")
    return dict(json.loads(seen))


def paused(watched: Watched) -> dict[str, Any]:
    """The picture of when it has stopped."""
    while (seen := picture(watched))["going"]:
        pass
    return seen


def parameters(trainer: Trainer) -> np.ndarray:
    return np.array(trainer.network.device.host(trainer.network.parameters.array))


def trained(few: Dataset, device: Device, epochs: int, **given: str) -> np.ndarray:
    """The parameters after whole epochs that nobody watched."""
    trainer, _ = make_trainer(given, few, device)
    options = {name: getattr(trainer.config, name, None) for name in names_of(TrainingConfig)}
    config = TrainingConfig.from_json(
        {k: v for k, v in options.items() if v is not None} | {"epochs": epochs}
    )
    fresh = Trainer(trainer.network, few, config, None, trainer.engine.name)
    fresh.train()
    return parameters(fresh)


@pytest.mark.parametrize("given", [{}, {"dropout": "0.5", "momentum": "0.5", "batch_size": "7"}])
def test_the_parts_make_no_difference(
    watch: Watch, few: Dataset, device: Device, given: dict[str, str]
) -> None:
    watched = watch(device, **given)
    for _ in range(3):
        told(watched.do(lambda: watched.go(1)))
        paused(watched)
    told(watched.do(watched.go_to_epoch_end))
    assert paused(watched)["epochs"] == 1
    told(watched.do(watched.go_to_epoch_end))
    assert paused(watched)["epochs"] == 2
    assert (parameters(watched.trainer) == trained(few, device, 2, **given)).all()


def test_it_waits_to_be_told(watch: Watch, usual: Device) -> None:
    watched = watch(usual)
    seen = picture(watched)
    assert (seen["steps"], seen["going"], seen["speed"]) == (0, False, None)
    before = parameters(watched.trainer)
    told(watched.do(lambda: watched.go(1)))
    assert paused(watched)["steps"] == 1
    assert (parameters(watched.trainer) != before).any()


def test_it_goes_until_it_is_paused(watch: Watch, usual: Device) -> None:
    watched = watch(usual)
    told(watched.do(watched.go))
    while picture(watched)["steps"] < 500:
        pass
    assert picture(watched)["speed"] > 0
    told(watched.do(watched.pause))
    steps = paused(watched)["steps"]
    time.sleep(0.05)
    assert watched.trainer.steps_done == steps


def test_pictures_are_not_sent_more_often_than_can_be_seen(watch: Watch, usual: Device) -> None:
    watched = watch(usual)
    told(watched.do(watched.go))
    picture(watched)
    began = time.monotonic()
    for _ in range(8):
        picture(watched)
    assert time.monotonic() - began > 7.5 * INTERVAL


def test_a_picture_waits_for_something_new(watch: Watch, usual: Device) -> None:
    watched = watch(usual)
    picture(watched)
    waiting = watched.next_picture()
    time.sleep(3 * INTERVAL)
    assert not waiting.done()
    told(watched.do(lambda: watched.see(lambda: watched.views.choose(4))))
    assert json.loads(told(waiting))["image"]["place"] == 4


def test_the_learning_rate_changes_while_it_trains(
    watch: Watch, few: Dataset, usual: Device
) -> None:
    watched = watch(usual)
    told(watched.do(watched.go_to_epoch_end))
    paused(watched)
    told(watched.do(lambda: watched.set_rate(0.5)))
    told(watched.do(watched.go_to_epoch_end))
    assert paused(watched)["learning_rate"] == 0.5
    trainer, _ = make_trainer({}, few, usual)
    for rate in (3.0, 0.5):
        config = TrainingConfig(epochs=trainer.position.epoch + 1, learning_rate=rate)
        trainer.config = config
        trainer.train()
    assert (parameters(watched.trainer) == parameters(trainer)).all()


def test_a_training_that_diverges_says_so_and_can_go_on(watch: Watch, usual: Device) -> None:
    watched = watch(usual, activation="linear", learning_rate="1000")
    told(watched.do(watched.go))
    seen = paused(watched)
    assert "learning rate" in seen["message"]
    assert np.isfinite(parameters(watched.trainer)).all()
    told(watched.do(lambda: watched.set_rate(0.01)))
    told(watched.do(watched.go_to_epoch_end))
    seen = paused(watched)
    assert seen["message"] == ""
    assert seen["validation"]["cost"] is not None


def test_slowly(watch: Watch, usual: Device) -> None:
    watched = watch(usual, pace=100.0)
    told(watched.do(watched.go))
    began = time.monotonic()
    while (seen := picture(watched))["steps"] < 40:
        pass
    took = time.monotonic() - began
    assert took > 0.3
    assert seen["steps"] <= 100 * took + 10
    told(watched.do(lambda: watched.set_pace(float("inf"))))
    while picture(watched)["steps"] < 4000:
        pass
    assert time.monotonic() - began - took < 20, "at that pace it would take 40 seconds"


def test_once_closed_it_ends(watch: Watch, usual: Device) -> None:
    watched = watch(usual)
    told(watched.do(watched.go))
    watched.close()
    watched.thread.join(SOON)
    assert not watched.thread.is_alive()
    with pytest.raises(InputError, match="this training has ended"):
        told(watched.do(watched.go))
    assert told(watched.next_picture()) is None


def test_who_waits_when_it_ends_is_told(watch: Watch, usual: Device) -> None:
    watched = watch(usual)
    picture(watched)
    waiting = watched.next_picture()
    watched.close()
    assert told(waiting) is None


def test_what_is_refused_does_not_end_it(watch: Watch, usual: Device) -> None:
    watched = watch(usual)

    def refuse() -> None:
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        told(watched.do(refuse))
    assert told(watched.do(lambda: 5)) == 5


def test_a_device_that_is_lost_has_the_last_word(watch: Watch, usual: Device) -> None:
    watched = watch(usual)
    picture(watched)

    def fail() -> None:
        raise DeviceFailedError("cuda:0 has failed")

    with pytest.raises(DeviceFailedError):
        told(watched.do(fail))
    said = picture(watched)
    assert said == {"message": "training has ended: cuda:0 has failed", "ended": True}
    assert told(watched.next_picture()) is None
    assert threading.main_thread().is_alive()
