"""Many networks: grids, statistics, and members that are to the byte what single runs are."""

import json
import random
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from signal import SIGTERM, raise_signal
from typing import Any

import numpy as np
import pytest
import scipy.stats
from threadpoolctl import ThreadpoolController

import gpunet
from gpunet.datasets.dataset import Dataset
from gpunet.runs.config import RunConfig
from gpunet.runs.description import identify, read_description, write_description
from gpunet.runs.folder import RunFolder
from gpunet.runs.run import Run
from gpunet.sweeps.executors import choose, processes
from gpunet.sweeps.grid import differing, expand
from gpunet.sweeps.members import open_run
from gpunet.sweeps.population import Population
from gpunet.sweeps.statistics import summarise
from gpunet.training.config import TrainingConfig

STATE = ("checkpoint.safetensors", "history.jsonl", "model.safetensors")
ONE: dict[str, list[Any]] = {
    "hidden": [[12]],
    "activation": ["sigmoid"],
    "cost": ["quadratic"],
    "initializer": [None],
    "epochs": [2],
    "batch_size": [10],
    "learning_rate": [1.0],
    "momentum": [0.0],
    "l2": [0.0],
}
GRID = {**ONE, "cost": ["quadratic", "cross-entropy"], "hidden": [[12], [8, 6]]}
# Far too large a learning rate, which sigmoid neurons survive.
DIVERGING = {**ONE, "activation": ["linear", "sigmoid"], "learning_rate": [50.0]}


def start(few: Dataset, path: Path, grid: dict[str, list[Any]], networks: int = 2) -> Population:
    device = gpunet.open_device("cpu")
    return Population.start(grid, networks, 5, "float32", few, device, path, False)


def train(population: Population) -> Population:
    assert population.train(lambda entry: None, lambda done: None)
    return population


def resume(path: Path, few: Dataset) -> Population:
    return Population.resume(RunFolder.claim(path), few, gpunet.open_device("cpu"))


def tree(path: Path) -> dict[str, bytes]:
    """Every file of a population that must not depend on how it came about."""
    files = [p for p in path.rglob("*") if p.is_file() and p.name != "run.json"]
    return {str(p.relative_to(path)): p.read_bytes() for p in files}


@pytest.fixture(params=[1, 2], ids=["in turn", "processes"])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many processes train."""
    monkeypatch.setattr(choose, "cores", lambda: request.param)
    return int(request.param)


def test_a_grid_is_every_combination_the_last_option_varying_fastest() -> None:
    points = expand({**GRID, "momentum": [0.0, 0.5]})
    assert [(point.hidden, point.cost, point.training.momentum) for point in points] == [
        (hidden, cost, momentum)
        for hidden in ((12,), (8, 6))
        for cost in ("quadratic", "cross-entropy")
        for momentum in (0.0, 0.5)
    ]
    assert differing(points) == ["hidden", "cost", "momentum"]


@pytest.mark.parametrize(
    "change", [{"momentum": []}, {"momentum": [0.5, 0.5]}, {"hidden": [[3], [3]]}, {"eta": [1.0]}]
)
def test_a_grid_that_is_none_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(gpunet.InputError):
        expand({**ONE, **change})


def test_the_statistics_of_three_accuracies_are_those_of_a_textbook() -> None:
    summary = summarise([0.90, 0.94, 0.92])
    assert (summary.n, summary.least, summary.most) == (3, 0.90, 0.94)
    assert summary.mean == pytest.approx(0.92)
    assert summary.std == pytest.approx(0.02)
    # t(0.975, 2 degrees of freedom) = 4.303 in any printed table
    assert summary.ci95 is not None
    assert summary.ci95[1] - 0.92 == pytest.approx(4.303 * 0.02 / 3**0.5, rel=1e-4)
    assert summary.ci95[0] + summary.ci95[1] == pytest.approx(2 * 0.92)


@pytest.mark.parametrize("n", [2, 5, 32, 1000])
def test_the_statistics_agree_with_scipy(n: int) -> None:
    values = [random.Random(n + k).uniform(0.9, 1.0) for k in range(n)]
    summary = summarise(values)
    assert summary.mean == pytest.approx(np.mean(values), rel=1e-14)
    assert summary.std == pytest.approx(np.std(values, ddof=1), rel=1e-12)
    interval = scipy.stats.t.interval(0.95, n - 1, np.mean(values), scipy.stats.sem(values))
    assert summary.ci95 == pytest.approx(interval, rel=1e-12)


def test_one_network_has_no_spread_and_none_has_no_mean() -> None:
    one = {"n": 1, "mean": 0.9, "std": None, "ci95": None, "min": 0.9, "max": 0.9}
    assert summarise([0.9]).to_json() == one
    assert set(summarise([]).to_json().values()) == {0, None}


@pytest.mark.usefixtures("cores")
def test_a_member_is_to_the_byte_the_network_of_a_single_run(few: Dataset, tmp_path: Path) -> None:
    population = train(start(few, tmp_path / "many", GRID))
    assert len(population.members) == 8
    for member in population.members:
        network = member.config.network(few, seed=member.seed, dtype="float32", device="cpu")
        single = tmp_path / str(member.number)
        run = Run.start(network, few, member.config.training, single, overwrite=False)
        run.train()
        folder = tmp_path / "many" / member.folder
        for name in STATE:
            assert (folder / name).read_bytes() == (single / name).read_bytes()
        told = json.loads((folder / "run.json").read_text())
        assert told["identity"] == run.folder.identity
        assert population.entries[member.number]["accuracy"] == told["result"]["accuracy"]
    assert [member.seed for member in population.members] == [5, 6] * 4


@pytest.mark.usefixtures("cores")
def test_a_line_for_each_network_in_order(few: Dataset, tmp_path: Path) -> None:
    train(start(few, tmp_path / "many", ONE, networks=3))
    lines = (tmp_path / "many/population.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    assert [entry["number"] for entry in entries] == [0, 1, 2]
    assert [entry["seed"] for entry in entries] == [5, 6, 7]
    assert [entry["folder"] for entry in entries] == [
        "networks/000",
        "networks/001",
        "networks/002",
    ]
    for entry in entries:
        assert entry["accuracy"] == entry["correct"] / entry["total"]
        assert entry["setting"]["hidden"] == [12]
        assert entry["diverged"] is None


@pytest.mark.usefixtures("cores")
def test_a_network_that_diverges_does_not_stop_the_others(few: Dataset, tmp_path: Path) -> None:
    population = train(start(few, tmp_path / "many", DIVERGING))
    linear, sigmoid = population.folder.description["result"]["settings"]
    assert (linear["n"], linear["diverged"], linear["mean"]) == (0, 2, None)
    assert (sigmoid["n"], sigmoid["diverged"]) == (2, 0)
    first = json.loads((tmp_path / "many/population.jsonl").read_text().splitlines()[0])
    assert first["diverged"].startswith("training diverged: the weights became NaN or infinite")
    assert first["accuracy"] is None
    assert population.folder.description["result"]["total"] == 2 * len(few.test)


@pytest.mark.parametrize("kept", [True, False], ids=["its line kept", "its line lost"])
def test_what_is_found_of_a_population_is_not_run_again(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    monkeypatch.setattr(choose, "cores", lambda: 1)
    path = tmp_path / "many"
    train(start(few, path, DIVERGING))
    before = tree(path)
    (path / "networks/003/model.safetensors").unlink()
    if not kept:
        (path / "population.jsonl").unlink()
    again: list[int] = []
    monkeypatch.setattr(choose, "open_run", spy(open_run, again))
    train(resume(path, few))
    assert again == [3]
    assert tree(path) == before


def spy(function: Callable[..., Any], numbers: list[int]) -> Callable[..., Any]:
    def called(job: Any, member: Any) -> Any:
        numbers.append(member.number)
        return function(job, member)

    return called


@pytest.mark.usefixtures("cores")
@pytest.mark.parametrize("moment", [1, 2, 4])
def test_a_population_that_is_stopped_goes_on(few: Dataset, tmp_path: Path, moment: int) -> None:
    whole, path = tmp_path / "whole", tmp_path / "many"
    grid = {**ONE, "momentum": [0.5]}
    train(start(few, whole, grid, networks=4))
    population, entries = start(few, path, grid, networks=4), []

    def stop(entry: Any) -> None:
        entries.append(entry)
        if len(entries) == moment:
            raise_signal(SIGTERM)

    stopped = not population.train(stop, lambda done: None)
    assert stopped == (population.stopped_by is SIGTERM)
    if stopped:
        assert json.loads((path / "run.json").read_text())["status"] == "interrupted"
        train(resume(path, few))
    assert tree(path) == tree(whole)


@pytest.mark.parametrize(
    ("error", "said"),
    [(MemoryError(), "MemoryError"), (OSError(28, "No space left"), "No space left")],
    ids=["memory", "disk"],
)
def test_what_fails_in_a_worker_is_told_by_its_parent(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fail(*arguments: Any) -> None:
        raise error

    monkeypatch.setattr(choose, "cores", lambda: 2)
    with monkeypatch.context() as patch:
        patch.setattr(processes, "train_member", fail)  # a forked worker has it too
        with pytest.raises(gpunet.GpunetError, match=f"networks/00[01].*{said}"):
            train(start(few, tmp_path / "many", ONE))
    train(resume(tmp_path / "many", few))


def test_where_forking_is_not_safe_workers_are_sent_the_data(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose, "cores", lambda: 2)
    train(start(few, tmp_path / "forked", ONE))
    monkeypatch.setattr(sys, "platform", "darwin")
    train(start(few, tmp_path / "spawned", ONE))
    assert tree(tmp_path / "spawned") == tree(tmp_path / "forked")


def test_networks_that_use_several_threads_are_not_run_side_by_side(
    few: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = {**ONE, "hidden": [[12], [1600, 1000], [8]], "epochs": [1]}
    apart: list[int] = []
    monkeypatch.setattr(choose, "cores", lambda: 2)

    def note(job: Any, members: Any, reports: Any, count: int) -> None:
        apart.extend(member.number for member in members)
        choose.run_in_turn(job, members, reports)

    monkeypatch.setattr(choose, "run_in_processes", note)
    population = train(start(few, tmp_path / "many", wide, networks=1))
    assert apart == [0, 2]
    assert len(population.entries) == 3


def test_a_network_that_trains_on_one_thread_is_evaluated_on_one(
    few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or it would wait for cores that others train on: chapter 1's on MNIST took twice as long."""
    threads, limit = [], ThreadpoolController.limit

    def note(pools: Any, *, limits: int | None, user_api: str) -> Any:
        threads.append(limits)
        return limit(pools, limits=limits, user_api=user_api)

    monkeypatch.setattr(ThreadpoolController, "limit", note)
    images = np.zeros((2000, 784), np.uint8)
    gpunet.evaluate(gpunet.Network([784, 30, 10]), (images, few.test.labels[:1].repeat(2000)))
    assert threads == [1]


def test_a_member_of_another_population_is_refused(few: Dataset, tmp_path: Path) -> None:
    train(start(few, tmp_path / "a", ONE))
    train(start(few, tmp_path / "b", {**ONE, "learning_rate": [2.0]}))
    (tmp_path / "a/networks/001/run.json").write_bytes(
        (tmp_path / "b/networks/001/run.json").read_bytes()
    )
    with pytest.raises(gpunet.InputError, match="is not network 1 of"):
        resume(tmp_path / "a", few)


def test_a_member_trained_on_other_data_is_refused(few: Dataset, tmp_path: Path) -> None:
    fewer = replace(few, train=few.train[:200])
    train(start(few, tmp_path / "a", ONE))
    train(start(fewer, tmp_path / "b", ONE))
    (tmp_path / "a/networks/001/run.json").write_bytes(
        (tmp_path / "b/networks/001/run.json").read_bytes()
    )
    with pytest.raises(gpunet.InputError, match=r"is not network 1 of .* its data"):
        resume(tmp_path / "a", few)


def test_a_population_is_no_run(few: Dataset, tmp_path: Path) -> None:
    start(few, tmp_path / "many", ONE)
    with pytest.raises(gpunet.InputError, match=r"name one of them, such as .*networks/000"):
        RunFolder.open(tmp_path / "many")


def test_a_setting_tells_itself_in_plain_values() -> None:
    training = TrainingConfig(epochs=3, batch_size=10, learning_rate=0.1, l2=5.0)
    setting = RunConfig(hidden=(8, 6), activation="relu", cost="log-likelihood", training=training)
    assert json.loads(json.dumps(setting.to_json())) == setting.to_json()
    assert expand({name: [value] for name, value in setting.to_json().items()}) == [setting]


def test_one_begun_before_an_option_came_to_be_goes_on(few: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "many"
    train(start(few, path, ONE))
    for run in (path, *sorted(path.glob("networks/*"))):
        description = read_description(run).description
        if run == path:
            del description["grid"]["l2"]
            description["status"] = "running"
        else:
            del description["options"]["l2"]
        description["identity"] = identify(description)
        write_description(run, description)
    (path / "networks/001/run.json").unlink()
    for name in STATE:
        (path / "networks/001" / name).unlink()
    (path / "networks/001").rmdir()
    population = resume(path, few)
    assert [member.number in population.entries for member in population.members] == [True, False]
