"""The checks themselves, on a pretended GPU and on what tools print."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.cpu import CpuDevice
from gpunet.datasets.dataset import Dataset
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from scripts.gpu import sanitizer as gpu_sanitizer
from scripts.gpu.checks import made_up_data
from scripts.gpu.exhaustion import complaint, train
from scripts.gpu.figures import (
    DOUBLE_TOLERANCE,
    compare_single,
    compare_with_cpu,
    judge_difference,
    move_between_devices,
    shrink,
)
from scripts.gpu.outcome import Ended
from scripts.gpu.sanitizer import check_sanitizer, judge_sanitizer
from scripts.gpu.short_runs import RUNS, make_short_runs
from scripts.gpu.steadiness import judge_steps, run_steps
from tests.pretended_gpu import PretendedGpu


@pytest.fixture(scope="module")
def small() -> Dataset:
    """105 made-up images: ten batches of ten, and one of five."""
    return made_up_data(105)


@pytest.mark.parametrize("engine", ["eager", "graph"])
def test_an_engine_is_compared_with_the_cpu(small: Dataset, engine: str) -> None:
    outcome = compare_with_cpu(PretendedGpu(), engine, small)
    assert outcome.result == "passed"
    assert outcome.reason.startswith("784-30-10 float64")


def test_the_fused_engine_is_compared_on_the_largest_images_it_takes(small: Dataset) -> None:
    outcome = compare_with_cpu(PretendedGpu(shared_limit=22_000), "fused", small)
    assert outcome.result == "passed"
    assert outcome.reason.startswith("196-30-10 float64")
    assert 0 < outcome.details["difference"] < DOUBLE_TOLERANCE


def test_the_fused_engine_is_compared_with_eager_in_float32(small: Dataset) -> None:
    assert compare_single(PretendedGpu(), small).result == "passed"


@pytest.mark.parametrize("limit", [0, 1000])
def test_an_engine_that_cannot_serve_is_skipped_with_its_reason(small: Dataset, limit: int) -> None:
    for outcome in (
        compare_with_cpu(PretendedGpu(shared_limit=limit), "fused", small),
        compare_single(PretendedGpu(shared_limit=limit), small),
    ):
        assert outcome.result == "skipped"
        assert "fused engine" in outcome.reason


def test_networks_that_differ_are_told_apart() -> None:
    one, other = (gpunet.Network([4, 3, 2], dtype="float64") for _ in range(2))
    assert judge_difference(one, other, 0.0).result == "passed"
    other.biases[0][0] += 1e-6
    assert judge_difference(one, other, 1e-9).result == "failed"


def test_images_are_shrunk_by_averaging() -> None:
    data = made_up_data(10)
    small = shrink(data, 14)
    assert small.shape == (2, 2)
    corner = data.train.images.reshape(-1, 28, 28)[:, :14, :14].mean(axis=(1, 2))
    np.testing.assert_array_equal(small.train.images[:, 0], corner.astype(np.uint8))


def test_a_run_moves_between_devices() -> None:
    outcome = move_between_devices("cpu", 120)
    assert outcome.result == "passed"
    assert outcome.details["difference"] == 0


def test_a_run_that_cannot_move_says_where() -> None:
    outcome = move_between_devices("cuda:99", 120)
    assert outcome.result == "failed"
    assert "--device cuda:99" in outcome.reason
    assert "status 2" in outcome.reason


@pytest.mark.parametrize("engine", RUNS)
def test_the_short_runs_run(engine: str) -> None:
    make_short_runs(PretendedGpu(), engine)


@pytest.mark.parametrize("engine", ["eager", "graph", "fused"])
@pytest.mark.parametrize("steps", [1, 10, 11, 30])
def test_steps_can_be_run_over_and_over(small: Dataset, engine: str, steps: int) -> None:
    network = gpunet.Network([784, 5, 10], device=PretendedGpu())
    trainer = Trainer(
        network, small, TrainingConfig(epochs=1, batch_size=10, learning_rate=0.1), None, engine
    )
    taken: list[int] = []
    run = trainer.engine.run

    def counted(step: int, most: int | None = None) -> int:
        taken.append(run(step, most))
        return taken[-1]

    trainer.engine.run = counted  # type: ignore[method-assign]
    trainer.engine.begin(trainer.order())
    run_steps(trainer, steps)
    assert sum(taken) == steps


@pytest.mark.parametrize(
    ("driver", "pool", "waited", "result"),
    [
        (0, 0, False, "passed"),
        (0, 50, False, "failed"),
        (1, 0, False, "failed"),
        (0, 0, True, "failed"),
    ],
)
def test_steps_that_allocate_or_wait_are_found_out(
    driver: int, pool: int, waited: bool, result: str
) -> None:
    assert judge_steps(100, driver, pool, waited).result == result


CLEAN = "========= COMPUTE-SANITIZER\n========= ERROR SUMMARY: 0 errors\n"
NO_RACES = "========= RACECHECK SUMMARY: 0 hazards displayed (0 errors, 0 warnings)\n"
RACES = "========= RACECHECK SUMMARY: 2 hazards displayed (1 error, 1 warning)\n"


@pytest.mark.parametrize(
    ("ended", "result", "reason"),
    [
        (Ended(0, CLEAN, ""), "passed", "0 errors or hazards"),
        (Ended(0, NO_RACES, ""), "passed", "0 errors or hazards"),
        (Ended(0, RACES, ""), "failed", "2 errors or hazards"),
        (Ended(0, "========= ERROR SUMMARY: 3 errors\n", ""), "failed", "3 errors or hazards"),
        (Ended(0, "", ""), "failed", "status 0: "),
        (Ended(1, CLEAN, "gpunet fell over"), "failed", "status 1: gpunet fell over"),
        (Ended(None, CLEAN, ""), "failed", "not done after 9 s"),
        (Ended(2, CLEAN, "gpu_short_runs: no graph"), "skipped", "gpu_short_runs: no graph"),
    ],
)
def test_what_the_sanitizer_prints_is_read(ended: Ended, result: str, reason: str) -> None:
    outcome = judge_sanitizer(ended, 9)
    assert (outcome.result, outcome.reason) == (result, reason)


def test_without_the_sanitizer_its_checks_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_sanitizer, "find_sanitizer", lambda: None)
    assert check_sanitizer("memcheck", "fused", "cuda", 9).result == "skipped"


def test_the_sanitizer_is_given_the_short_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "compute-sanitizer"
    program.write_text('#!/bin/sh\necho "$@" >&2\necho "========= ERROR SUMMARY: 0 errors"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert gpu_sanitizer.find_sanitizer() == str(program)
    assert check_sanitizer("memcheck", "fused", "cuda:0", 9).result == "passed"


def test_a_training_that_asks_for_too_much_is_refused_in_one_line() -> None:
    ended = train("cpu", 60, "--hidden", "1000000,1000000")
    assert ended.status == 2
    assert complaint(ended) == ""


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (Ended(2, "", "gpunet: no room\n"), ""),
        (Ended(1, "", "engine: fused\ngpunet: cuda:0 failed\n"), ""),
        (Ended(None, "", ""), "it did not end"),
        (Ended(0, "{}", ""), "status 0"),
        (Ended(-9, "", ""), "status -9"),
        (Ended(1, "", "Traceback (most recent call last)\nMemoryError"), "a traceback"),
        (Ended(1, "", ""), "it did not say why"),
        (Ended(1, "", "gpunet: unexpected CUDADriverError"), "unexpected CUDADriverError"),
    ],
)
def test_how_a_training_ran_out_of_memory_is_judged(ended: Ended, words: str) -> None:
    assert words in complaint(ended)
    assert bool(words) == bool(complaint(ended))


def test_the_cpu_itself_is_no_gpu(small: Dataset) -> None:
    outcome: Any = compare_with_cpu(CpuDevice(), "graph", small)
    assert outcome.result == "skipped"
