"""What the benchmark counts, compares and leaves out."""

import json
from pathlib import Path
from typing import Any

import pytest

from gpunet.datasets.dataset import Dataset
from scripts.bench import first_samples
from scripts.benchmarks import cuda as bench_cuda
from scripts.benchmarks.cuda import WORKLOADS, A, W, best_engine, run_on_gpu, tell
from scripts.benchmarks.cuda_peers import (
    GpunetEager,
    GpunetFused,
    GpunetGraph,
    GpunetOnCpu,
    GpunetOnGpu,
    GpunetPopulation,
    largest_divisor,
)
from scripts.benchmarks.matrix_rate import matrix_rates, seconds_of
from scripts.benchmarks.peers import Contender, Workload
from scripts.benchmarks.tables import measure, print_table
from scripts.gpu.checks import made_up_data
from tests.pretended_gpu import PretendedGpu

SMALL = Workload("A", (784, 5, 10), "sigmoid", "quadratic", 10, 0.5, threads=1)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return first_samples(made_up_data(200), 105)


class Absent(Contender):
    """A peer that is not installed."""

    name = "absent"

    def prepare(self) -> None:
        raise ImportError("no module named absent\nand more")

    def epoch(self) -> None:
        raise AssertionError("never made")


class Breaking(Contender):
    """A peer that fails in its second epoch."""

    name = "breaking"

    def prepare(self) -> None:
        self.epochs = 0

    def epoch(self) -> None:
        self.epochs += 1
        if self.epochs == 2:
            raise RuntimeError("lost")


def test_a_peer_that_is_absent_is_left_out_and_said_to_be(
    data: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    times, left_out = measure([GpunetOnCpu, Absent], SMALL, data, 2)
    assert left_out == {"absent": "no module named absent"}
    assert [len(seconds) for seconds in times.values()] == [2]
    assert "absent is left out: no module named absent" in capsys.readouterr().out


def test_a_peer_that_fails_on_the_way_takes_nothing_with_it(data: Dataset) -> None:
    times, left_out = measure([Breaking, GpunetOnCpu], SMALL, data, 3, (Exception,))
    assert left_out == {"breaking": "lost"}
    assert {name: len(seconds) for name, seconds in times.items()} == {GpunetOnCpu.name: 3}


def test_ratios_are_to_the_fastest_engine(capsys: pytest.CaptureFixture[str]) -> None:
    times = {
        GpunetOnCpu.name: [1e-6] * 3,
        "gpunet, eager": [4e-6] * 3,
        "gpunet, fused": [2e-6] * 3,
        "peer": [8e-6, 9e-6, 2e-6],
    }
    assert best_engine(times) == "gpunet, fused"
    assert best_engine({"peer": [1.0]}) is None
    print_table(A, times, "gpunet, fused")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "A: 784-30-10, sigmoid, quadratic, batch 10, float32, 3 rounds"
    assert "| gpunet, fused | 2 | 2 – 2 | 1.00 |" in lines
    assert "| peer | 8 | 2 – 9 | 4.00 |" in lines


def test_the_fraction_of_the_matrix_rate_counts_every_product(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Forward 3 products, downward 2, for the weights 3; 2 operations each; 1,024 samples.
    first, second, third = 784 * 2048, 2048 * 2048, 2048 * 10
    operations = 2 * 1024 * (2 * first + 3 * second + 3 * third)
    assert 2 * W.macs == operations
    record = tell(W, {"gpunet, graph": [1e-3]}, {}, {"float32": 2e3 * operations})
    assert record["fraction_of_matrix_rate"] == {"gpunet, graph": pytest.approx(0.5)}
    assert "gpunet, graph 50%" in capsys.readouterr().out


def test_where_no_engine_ran_there_is_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert "best_engine" not in tell(A, {"peer": [1.0]}, {}, {})
    assert "no engine of gpunet's ran" in capsys.readouterr().out


def test_the_workloads_have_names_and_contenders() -> None:
    assert [work.name for work in WORKLOADS] == ["A", "M", "W", "W", "W", "P"]
    for work in WORKLOADS:
        names = [kind.name for kind in bench_cuda.CONTENDERS[work.name]]
        assert len(set(names)) == len(names)
        assert any(name.startswith("gpunet") for name in names)


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> PretendedGpu:
    """A pretended GPU that is opened under whatever name."""
    device = PretendedGpu()
    monkeypatch.setattr("scripts.benchmarks.cuda_peers.open_device", lambda name, precision: device)
    return device


@pytest.mark.parametrize("kind", [GpunetEager, GpunetGraph, GpunetFused])
@pytest.mark.usefixtures("pretended")
def test_every_engine_is_a_contender(kind: type[GpunetOnGpu], data: Dataset) -> None:
    contender = kind(SMALL, data)
    contender.epoch()
    assert contender.trainer.position.epoch == 2
    assert contender.trainer.engine.name == kind.engine
    assert contender.steps == 11


@pytest.mark.usefixtures("pretended")
def test_a_population_is_a_contender(data: Dataset) -> None:
    pytest.importorskip("gpunet.sweeps.executors.shared_launch")
    work = Workload("P", (784, 5, 10), "sigmoid", "quadratic", 10, 0.5, threads=1, networks=3)
    contender = GpunetPopulation(work, data)
    contender.epoch()
    epochs = [trainer.position.epoch for trainer in contender.population.trainers]
    assert epochs == [10, 10, 10]
    assert contender.steps == 5 * 11


@pytest.mark.parametrize(("number", "divisor"), [(5000, 20), (48, 16), (7, 7), (23, 1)])
def test_blocks_of_steps_divide_the_epoch(number: int, divisor: int) -> None:
    assert largest_divisor(number, 20) == divisor


def test_a_product_is_timed_to_its_end() -> None:
    waited: list[int] = []
    done: list[int] = []
    seconds = seconds_of(lambda: done.append(1), lambda: waited.append(len(done)), 0.001)
    assert 0 < seconds < 0.1
    assert waited[-1] == len(done)


def test_without_a_library_there_is_no_matrix_rate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(*arguments: Any) -> Any:
        raise ImportError("not installed")

    absent.__name__ = "bind_torch"
    monkeypatch.setattr("scripts.benchmarks.matrix_rate.bind_torch", absent)
    monkeypatch.setattr("scripts.benchmarks.matrix_rate.bind_cublas", absent)
    assert matrix_rates(PretendedGpu(), 8) == {}
    assert "no tf32 product through torch: not installed" in capsys.readouterr().out


def test_the_gpus_benchmark_runs_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
    pretended: PretendedGpu,
    data: Dataset,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    facts = {"gpu": "none", "driver": {}, "cuda": {"runtime": "0"}, "machine": "", "date": "2000"}
    monkeypatch.setattr(bench_cuda, "describe_gpu", lambda device: facts)
    monkeypatch.setattr(bench_cuda, "WORKLOADS", [SMALL])
    kinds = {"A": [GpunetFused, GpunetOnCpu, Absent, Breaking]}
    monkeypatch.setattr(bench_cuda, "CONTENDERS", kinds)
    record = run_on_gpu(pretended, data, "A", 3)
    assert json.loads(json.dumps(record)) == record
    [workload] = record["workloads"]
    assert workload["best_engine"] == "gpunet, fused"
    assert set(workload["left_out"]) == {"absent", "breaking"}
    assert "| gpunet, fused |" in capsys.readouterr().out
