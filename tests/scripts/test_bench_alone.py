"""Contenders in processes of their own: timed in turn, held to AVX2, their memory measured."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from gpunet.datasets.dataset import Dataset
from scripts.bench import CONTENDERS, WORKLOADS, first_samples
from scripts.benchmarks.alone import Measured, measure_alone
from scripts.benchmarks.convolutions import flat
from scripts.benchmarks.isa import AVX2, environment, widest
from scripts.benchmarks.peers import Contender, Gpunet, Workload
from scripts.benchmarks.tables import describe, print_columns
from scripts.gpu.checks import made_up_data

SMALL = Workload("A", (784, 5, 10), "sigmoid", "quadratic", 10, 0.5, threads=1)
MIB = 1 << 20


class Hungry(Contender):
    """Takes 64 MiB once, and gives it back."""

    name = "hungry"

    def prepare(self) -> None:
        np.ones(64 * MIB, np.uint8)

    def epoch(self) -> None:
        pass


class Absent(Contender):
    """A peer that is not installed."""

    name = "absent"
    imports = ("no_module_has_this_name",)

    def prepare(self) -> None:
        raise AssertionError("never made")

    def epoch(self) -> None:
        raise AssertionError("never made")


class Dying(Contender):
    """Ends its process in the second epoch."""

    name = "dying"

    def prepare(self) -> None:
        self.epochs = 0

    def epoch(self) -> None:
        self.epochs += 1
        if self.epochs == 2:
            sys.exit(3)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return first_samples(made_up_data(200), 100)


def test_what_fails_takes_nothing_with_it(data: Dataset) -> None:
    found = measure_alone([Gpunet, Absent, Dying, Hungry], SMALL, data, 2)["native"]
    assert {name: len(each.seconds) for name, each in found.items() if not each.left_out} == {
        "gpunet": 2,
        "hungry": 2,
    }
    assert "no_module_has_this_name" in found["absent"].left_out
    assert "status 3" in found["dying"].left_out


def test_memory_is_the_most_there_was_beyond_what_importing_takes(data: Dataset) -> None:
    found = measure_alone([Hungry], SMALL, data, 1)["native"]
    # Some of what importing took may be given back before, and taken again.
    assert 60 * MIB < found["hungry"].bytes < 80 * MIB


def test_each_is_held_to_avx2_in_the_same_rounds(data: Dataset) -> None:
    found = measure_alone([Gpunet], SMALL, data, 2, ("native", "avx2"))
    assert [len(each["gpunet"].seconds) for each in found.values()] == [2, 2]
    if widest() in ("AVX2", "AVX-512"):
        assert "openblas Haswell" in found["avx2"]["gpunet"].kernels


def test_avx2_is_asked_of_every_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=/nowhere")
    held = environment("avx2")
    assert held.items() >= AVX2.items()
    assert held["XLA_FLAGS"] == "--xla_dump_to=/nowhere --xla_cpu_max_isa=AVX2"
    assert environment("native")["XLA_FLAGS"] == "--xla_dump_to=/nowhere"


@pytest.mark.parametrize(
    ("features", "called"),
    [
        ({"AVX": True, "AVX2": True, "AVX512_ICL": False}, "AVX2"),
        ({"AVX2": True, "X86_V4": True}, "AVX-512"),
        ({"NEON": True, "ASIMD": True}, "NEON"),
        ({}, "none known"),
    ],
)
def test_the_widest_instructions_are_named(features: dict[str, bool], called: str) -> None:
    assert widest(features) == called


def test_a_table_has_a_group_of_columns_for_each_instruction_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ours = Measured([1e-3, 2e-3, 3e-3], 3 * MIB, "openblas Haswell")
    peer = Measured([2e-3, 4e-3, 12e-3], 9 * MIB)
    gone = Measured([2e-3], left_out="lost")
    found = {"native": {"gpunet": ours, "peer": peer}, "avx2": {"gpunet": ours, "peer": gone}}
    print_columns(SMALL, found, "gpunet")
    out = capsys.readouterr().out
    assert "| peer | 4 | 2 – 12 | 2.00 | 9 |  |  |  |  |" in out
    assert "peer (avx2) is left out: lost" in out
    assert "kernels in use (native): openblas Haswell" in out


def test_the_convolutional_workloads_are_the_books() -> None:
    c1, c2 = WORKLOADS["C1"], WORKLOADS["C2"]
    said = describe(c1)
    assert said.startswith("C1: 20C5-MP2-100-10, relu, softmax, log-likelihood, batch 10, float32")
    assert said.endswith("5,000 images a round")
    assert "C2: 20C5-MP2-40C5-MP2-100-10," in describe(c2)
    assert (flat(c1), flat(c2)) == (20 * 12 * 12, 40 * 4 * 4)


@pytest.mark.parametrize("kind", CONTENDERS["C2"][1:], ids=lambda kind: kind.__name__)
def test_peers_make_the_same_convolutional_network(kind: type[Contender], data: Dataset) -> None:
    """As many parameters as gpunet's, of which there are those of the layers as spelled."""
    pytest.importorskip(kind.imports[0])
    if "compile" in kind.name:
        pytest.skip("it is the one above, and takes minutes to compile")
    contender = kind(replace(WORKLOADS["C2"], threads=1), data)
    contender.epoch()
    if hasattr(contender, "model"):
        count = sum(p.numel() for p in contender.model.parameters())
    else:
        count = sum(w.size + b.size for w, b in contender.parameters)  # type: ignore[attr-defined]
    expected = 20 * 26 + 40 * (20 * 25 + 1) + 100 * (40 * 16 + 1) + 10 * 101
    assert count == expected
