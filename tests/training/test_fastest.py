"""A device chosen automatically is the one on which the network trains fastest, as it was timed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import gpunet
from gpunet.backend import choose
from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.core.errors import DeviceError, GpunetError
from gpunet.datasets.dataset import Dataset
from gpunet.training import fastest, remembered
from gpunet.training.config import TrainingConfig
from gpunet.training.fastest import find_fastest
from gpunet.training.trainer import Trainer
from tests.pretended_gpu import PretendedGpu

SIZES = [64, 9, 10]
LONG = TrainingConfig(epochs=100_000, batch_size=10, learning_rate=0.5)
Times = dict[str, float]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is timed is remembered for one test alone."""
    monkeypatch.setattr(remembered, "place", lambda: tmp_path / "cache" / remembered.FILE)


@pytest.fixture
def automatic() -> PretendedGpu:
    """A GPU that nobody has asked for by name."""
    device = PretendedGpu()
    device.automatic = True
    return device


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Times], list[str]]:
    """Lets ways take given times, by device and engine; gives a list of what is timed."""

    def set_times(times: Times) -> list[str]:
        asked: list[str] = []

        def time_steps(trainer: Trainer) -> float:
            name = f"{trainer.network.device.name} {trainer.engine.name}"
            asked.append(name)
            if name not in times:
                raise GpunetError("it fails")
            return times[name]

        monkeypatch.setattr(fastest, "time_steps", time_steps)
        return asked

    return set_times


@pytest.fixture(autouse=True)
def without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same ways on every machine."""
    monkeypatch.setattr("gpunet.training.fastest.compiled_pays", lambda network, plan: False)


def test_the_compiled_engine_is_among_them_where_it_pays(
    automatic: PretendedGpu, few: Dataset, timed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.training.fastest.compiled_pays", lambda network, plan: True)
    asked = timed({"cpu eager": 3e-6, "cpu compiled": 1e-6, "pretended fused": 2e-6})
    choice = find_fastest(gpunet.Network(SIZES, device=automatic), few, LONG, None)
    assert choice
    assert choice.way.name == "cpu with compiled"
    assert asked[:2] == ["cpu eager", "cpu compiled"]


def test_what_was_asked_for_by_name_is_not_questioned(few: Dataset, timed: Any) -> None:
    asked = timed({})
    for device in (PretendedGpu(), CpuDevice()):
        network = gpunet.Network(SIZES, device=device)
        assert find_fastest(network, few, LONG, None) is None
    assert asked == []


@pytest.mark.parametrize("sizes", [SIZES, [64, 16_000, 10]], ids=str)
def test_without_a_gpu_nothing_is_timed(
    few: Dataset, timed: Any, monkeypatch: pytest.MonkeyPatch, sizes: list[int]
) -> None:
    def refuse(ordinal: int, precision: str = "float32") -> Device:
        raise DeviceError("no CUDA device")

    monkeypatch.setattr(choose, "open_cuda", refuse)
    asked = timed({})
    network = gpunet.Network(sizes, device=gpunet.open_device("auto"))
    assert network.device.name == "cpu"
    assert find_fastest(network, few, LONG, None) is None
    assert asked == []


@pytest.mark.parametrize(
    ("times", "device", "engine"),
    [
        (
            {"cpu eager": 3e-6, "pretended fused": 2e-6, "pretended graph": 5e-6},
            "pretended",
            "fused",
        ),
        (
            {"cpu eager": 3e-6, "pretended fused": 9e-6, "pretended graph": 2e-6},
            "pretended",
            "graph",
        ),
        ({"cpu eager": 3e-6, "pretended fused": 4e-6, "pretended graph": 5e-6}, "cpu", "eager"),
        ({"cpu eager": 3e-6, "pretended graph": 2e-6}, "pretended", "graph"),
    ],
)
def test_the_fastest_is_chosen_and_both_figures_are_told(
    automatic: PretendedGpu, few: Dataset, timed: Any, times: Times, device: str, engine: str
) -> None:
    asked = timed(times)
    choice = find_fastest(gpunet.Network(SIZES, device=automatic), few, LONG, None)
    assert choice
    assert (choice.way.device.name, choice.way.engine) == (device, engine)
    assert sorted(asked) == ["cpu eager", "pretended fused", "pretended graph"]
    assert "cpu 3.0 µs a step" in str(choice)
    assert "pretended with graph" in str(choice)
    assert choice.to_json()["seconds_a_step"]["cpu"] == 3e-6


def test_what_is_timed_is_a_copy(automatic: PretendedGpu, few: Dataset) -> None:
    network = gpunet.Network(SIZES, device=automatic, seed=3)
    before = network.parameters.array.tobytes(), network.input_scale
    choice = find_fastest(network, few, LONG, None)
    assert choice
    assert len(choice.seconds) == 3
    assert all(0 < seconds < 1e-2 for seconds in choice.seconds.values())
    assert (network.parameters.array.tobytes(), network.input_scale) == before


def test_an_engine_asked_for_is_kept_and_a_cpu_has_none_of_it(
    automatic: PretendedGpu, few: Dataset, timed: Any
) -> None:
    asked = timed({})
    assert find_fastest(gpunet.Network(SIZES, device=automatic), few, LONG, None, "graph") is None
    assert asked == []


def test_no_gpu_is_asked_to_do_what_the_cpu_has_done_by_then(
    automatic: PretendedGpu, few: Dataset, timed: Any
) -> None:
    asked = timed({"cpu eager": 1e-5})
    short = TrainingConfig(epochs=30, batch_size=10)
    choice = find_fastest(gpunet.Network(SIZES, device=automatic), few, short, None)
    assert choice
    assert choice.way.device.name == "cpu"
    assert asked == ["cpu eager"]
    assert str(choice) == "cpu 10.0 µs a step; too little in all for a GPU (timed)"


def test_it_is_remembered_until_it_is_forgotten(
    automatic: PretendedGpu, few: Dataset, timed: Any
) -> None:
    times = {"cpu eager": 3e-6, "pretended fused": 2e-6, "pretended graph": 5e-6}
    network = gpunet.Network(SIZES, device=automatic)

    def asked(config: TrainingConfig = LONG) -> int:
        found = timed(times)
        assert find_fastest(network, few, config, None)
        return len(found)

    assert [asked(), asked()] == [3, 0]
    again = find_fastest(network, few, LONG, None)
    assert again
    assert "remembered; gpunet devices --forget" in str(again)
    assert asked(TrainingConfig(epochs=100_000, batch_size=20)) == 3
    assert remembered.forget() == 2
    assert remembered.forget() == 0
    assert asked() == 3
    for damaged in ("{", "[]", '{"a": 1}', "\xff"):
        remembered.place().write_text(damaged)
        assert asked() == 3
    (key,) = remembered.read_all().keys() - {"a"}
    remembered.place().write_text(json.dumps({key: {"cpu": "much"}}))
    assert asked() == 3


def test_what_cannot_be_kept_is_timed_again(
    automatic: PretendedGpu, few: Dataset, timed: Any, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("no folder")
    network = gpunet.Network(SIZES, device=automatic)
    for _ in range(2):
        asked = timed({"cpu eager": 3e-6, "pretended fused": 2e-6, "pretended graph": 5e-6})
        assert find_fastest(network, few, LONG, None)
        assert len(asked) == 3


def test_a_failure_is_not_remembered(automatic: PretendedGpu, few: Dataset, timed: Any) -> None:
    network = gpunet.Network(SIZES, device=automatic)
    for _ in range(2):
        asked = timed({"cpu eager": 3e-6, "pretended graph": 5e-6})
        assert find_fastest(network, few, LONG, None)
        assert len(asked) == 3
    timed({})
    assert find_fastest(network, few, LONG, None) is None


def test_wide_networks_may_have_one_thread_or_all(
    automatic: PretendedGpu, few: Dataset, timed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastest, "blas_threads", lambda: 2)
    network = gpunet.Network([64, 16_000, 10], device=automatic)  # 10 million multiply-adds a batch
    timed({"cpu eager": 3e-3, "pretended graph": 5e-3})
    choice = find_fastest(network, few, LONG, None)
    assert choice
    names = ["cpu on 1 thread", "cpu on 2 threads", "pretended with graph"]
    assert sorted(choice.seconds) == names
    threads = choice.to_json()["threads"]
    with choice.way.device.computing(10**9):
        limits = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
    assert limits == {threads}


@pytest.mark.parametrize("fastest_one", ["cpu eager", "pretended fused"])
def test_fit_trains_where_it_is_fastest_and_the_network_stays_where_it_is(
    automatic: PretendedGpu, digits: Dataset, timed: Any, fastest_one: str
) -> None:
    times = {"cpu eager": 9.0, "pretended fused": 9.0, "pretended graph": 9.0}
    timed(times | {fastest_one: 1.0})
    network = gpunet.Network(SIZES, device=automatic, seed=3)
    seen: list[np.ndarray] = []
    history = gpunet.fit(
        network,
        digits,
        epochs=2,
        on_epoch=lambda record: seen.append(network.parameters.array.copy()),
    )
    assert network.device is automatic
    device, _, engine = fastest_one.partition(" ")
    single = gpunet.Network(
        SIZES, device=CpuDevice() if device == "cpu" else PretendedGpu(), seed=3
    )
    trainer = Trainer(single, digits, TrainingConfig(epochs=2), digits.validation, engine)
    trainer.train()
    np.testing.assert_array_equal(network.parameters.array, single.parameters.array)
    np.testing.assert_array_equal(seen[-1], single.parameters.array)
    assert np.abs(seen[0] - seen[1]).max() > 0
    assert [record.cost for record in history] == [record.cost for record in trainer.history]


def test_a_network_that_diverges_elsewhere_is_brought_back(
    automatic: PretendedGpu, digits: Dataset, timed: Any
) -> None:
    timed({"cpu eager": 1.0, "pretended fused": 9.0, "pretended graph": 9.0})
    network = gpunet.Network(SIZES, activation="linear", device=automatic)
    with pytest.raises(gpunet.DivergedError):
        gpunet.fit(network, digits, epochs=50, learning_rate=9.0)
    assert np.isfinite(network.parameters.array).all()


WATCHING: list[dict[str, Any]] = [
    {"keep_best": True},
    {"patience": 2},
    {"schedule": "halving:2"},
    {"warm_up": 1},
    {"expand": True},
    {"rotation": 5.0},
    {"diagnose": True},
]


@pytest.mark.parametrize("options", WATCHING, ids=str)
def test_whatever_the_training_does_besides_its_steps(
    automatic: PretendedGpu, few: Dataset, options: dict[str, Any]
) -> None:
    network = gpunet.Network(SIZES, device=automatic)
    history = gpunet.fit(network, few, epochs=3, **options)
    assert len(history) == 3
    config = TrainingConfig.from_json({**LONG.to_json(), **options})
    choice = find_fastest(network, few, config, few.validation)
    assert choice
    assert choice.note == ""
    assert len(choice.seconds) > 1


def test_why_a_way_failed_is_told(automatic: PretendedGpu, few: Dataset, timed: Any) -> None:
    timed({"cpu eager": 3e-6, "pretended graph": 5e-6})
    choice = find_fastest(gpunet.Network(SIZES, device=automatic), few, LONG, None)
    assert str(choice).endswith("; pretended with fused failed: it fails (timed)")
