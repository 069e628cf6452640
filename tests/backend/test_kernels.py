"""The CUDA sources compile for every architecture, within bounds; no GPU is needed for it."""

import re
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from gpunet.backend.cuda_primitives import OPTIONS, kernel_source
from gpunet.backend.device import Device
from gpunet.backend.fused import C_TYPES, FusedPlan
from gpunet.backend.fused_division import divisions, registers_of
from gpunet.backend.fused_functions import FusedCost, FusedFunction
from gpunet.nn.activations import ACTIVATIONS
from gpunet.nn.costs import COSTS
from scripts.cards_table import CARDS, Card
from scripts.gpu.issue_cycles import book_plan
from tests.backends import assert_close
from tests.pretended_gpu import HOPPER_SHARED

ARCHITECTURES = [card.architecture for card in CARDS]
FIRST_WITH_BLACKWELL = (12, 8)
# The most bytes spilled that were seen, without momentum and with it, are 32 and 256, outside the
# loops that matter (see test_issue_cycles.py); much more would mean that something got worse.
MOST_SPILLED = {False: 64, True: 288}


def load_nvrtc(architecture: str) -> Any:
    """NVRTC; skips the test where it is not installed, or does not know the architecture."""
    if find_spec("cupy") is None:
        pytest.skip("CuPy is not installed")
    nvrtc: Any = import_module("cupy.cuda").nvrtc
    try:
        version = nvrtc.getVersion()
    except Exception as error:
        pytest.skip(f"NVRTC cannot be loaded: {error}")
    if version < FIRST_WITH_BLACKWELL and architecture in ("sm_100", "sm_120"):
        pytest.skip(f"NVRTC {'.'.join(map(str, version))} does not know {architecture}")
    return nvrtc


def compile_kernel(text: str, architecture: str) -> str:
    """What NVRTC and ptxas say of a kernel."""
    nvrtc = load_nvrtc(architecture)
    program = nvrtc.createProgram(text, "kernel.cu", [], [])
    options = (f"-arch={architecture}", *OPTIONS, "--ptxas-options=-v")
    try:
        nvrtc.compileProgram(program, options)
    except nvrtc.NVRTCError:
        pytest.fail(nvrtc.getProgramLog(program))
    assert len(nvrtc.getCUBIN(program)) > 0
    return str(nvrtc.getProgramLog(program))


def functions(*names: str) -> tuple[FusedFunction, ...]:
    """Activations as the kernel computes them."""
    known = [ACTIVATIONS[name].fused for name in names]
    return tuple(function for function in known if function)


def plan_of(**changes: Any) -> FusedPlan:
    """That of the book's network on a Hopper GPU, with changes."""
    return replace(book_plan(HOPPER_SHARED), **changes)


def assert_within_registers(log: str, plan: FusedPlan, most_spilled: int = 0) -> None:
    """ptxas tells of no more registers and spilled bytes, and NVRTC of nothing odd."""
    registers = re.search(r"Used (\d+) registers", log)
    spilled = re.search(r"(\d+) bytes spill stores", log)
    assert registers
    assert spilled
    assert int(registers[1]) <= registers_of(plan.threads)
    assert int(spilled[1]) <= most_spilled
    assert "warning" not in log


@pytest.mark.parametrize("momentum", [False, True])
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.architecture)
def test_the_fused_kernel_keeps_within_its_registers(card: Card, momentum: bool) -> None:
    plan = plan_of(momentum=momentum, shared_limit=card.shared_limit)
    assert plan.misfit == ""
    log = compile_kernel(plan.source(), card.architecture)
    assert_within_registers(log, plan, MOST_SPILLED[momentum])


# What is compiled for one old and one new card; every card takes them.
@pytest.mark.parametrize("architecture", ["sm_75", "sm_120"])
@pytest.mark.parametrize(
    "changes",
    [
        {"sizes": (64, 10), "functions": functions("softmax"), "cancels": True},
        {"sizes": (64, 33, 12, 10), "functions": functions("relu", "tanh", "sigmoid")},
        {"sizes": (63, 9, 10), "batch_size": 33},
        {"sizes": (64, 12, 10), "functions": functions("softmax", "softmax"), "decays": True},
        {"sizes": (64, 30, 10), "dtype": "float64", "momentum": True},
    ],
)
def test_the_fused_kernel_compiles_for_other_networks(
    changes: dict[str, Any], architecture: str
) -> None:
    plan = plan_of(**changes, shared_limit=min(card.shared_limit for card in CARDS))
    assert plan.misfit == ""
    log = compile_kernel(plan.source(), architecture)
    assert_within_registers(log, plan, MOST_SPILLED[plan.momentum])


@pytest.mark.parametrize("name", [name for name, its in ACTIVATIONS.items() if its.fused])
def test_the_fused_kernel_compiles_with_every_activation(name: str) -> None:
    plan = plan_of(sizes=(64, 12, 10), functions=functions(name, name))
    assert "warning" not in compile_kernel(plan.source(), "sm_80")


@pytest.mark.parametrize("cost", [its.fused for its in COSTS.values() if its.fused])
def test_the_fused_kernel_compiles_with_every_cost(cost: FusedCost) -> None:
    plan = plan_of(sizes=(64, 12, 10), cost=replace(cost, slope=cost.slope or "a - y"))
    assert "warning" not in compile_kernel(plan.source(), "sm_80")


@pytest.mark.parametrize("dtype", C_TYPES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("name", ["deform", "gather", "patches", "pooling", "softmax"])
def test_the_small_kernels_compile(architecture: str, dtype: str, name: str) -> None:
    log = compile_kernel(kernel_source(name, dtype), architecture)
    assert "warning" not in log


@pytest.mark.parametrize("sizes", [(64, 30), (784, 10), (784, 30), (784, 64), (63, 9), (5, 200)])
def test_every_weight_has_a_thread(sizes: tuple[int, int]) -> None:
    found = divisions(*sizes, 10, 1)
    assert found
    n_in, n_out = sizes
    for division in found:
        assert n_out <= division.outputs
        columns = division.warps * division.inputs - (division.warps - division.full)
        assert n_in <= columns * division.lanes < n_in + division.warps * division.lanes
        assert division.full == division.warps or division.inputs % 4 == 1


def test_arrays_in_shared_memory_do_not_overlap() -> None:
    plan = plan_of(sizes=(63, 33, 12, 10), functions=functions("relu", "relu", "relu"))
    division, batch, sizes = plan.division, plan.batch_size, plan.sizes
    assert division
    places = plan.layout(division)
    lengths = {
        "ACTIVATIONS_AT": [0, *(batch * n for n in sizes[1:])],
        "DELTAS_AT": [0, *(batch * n for n in sizes[1:])],
        "WEIGHTS_AT": [0, *(o * i for i, o in pairwise(sizes[1:]))],
        "BIASES_AT": list(sizes[1:]),
        "LOWER_AT": [batch * division.outputs],
        "PARTIAL_AT": [division.warps * batch * division.outputs],
    }
    at = [
        (start, n) for name in lengths for start, n in zip(places[name], lengths[name], strict=True)
    ]
    starts = [start for start, _ in at] + [places["PIXELS_AT"][0] // 4]
    for (start, length), following in zip(at, starts[1:], strict=True):
        assert start % 4 == 0
        assert start + length <= following
    pixels, of_batch, end = (places[key][0] for key in ("PIXELS_AT", "BATCH_AT", "SHARED_BYTES"))
    assert pixels + 4 * batch * sizes[0] <= of_batch
    assert of_batch % 8 == 0
    assert of_batch + batch * 2 * (8 + 4) <= end


def test_gather_next_takes_batch_after_batch(device: Device) -> None:
    images = np.arange(36, dtype=np.uint8).reshape(9, 4)
    labels = np.arange(9, dtype=np.int32) % 3
    order = np.array([8, 2, 5, 1, 0, 7, 3, 4, 6], dtype=np.int32)
    counter = device.put(np.zeros((), dtype=np.int32))
    x, y = device.put(np.zeros((2, 4))), device.put(np.zeros((2, 3)))
    with device.active():
        operations = device.primitives.gather_next(
            device.put(images), device.put(labels), device.put(order), counter, 1 / 256, x, y
        )
        for batch in (order[:2], order[2:4], order[4:6]):
            for operation in operations:
                operation()
            assert_close(device, x, images[batch] / 256, 0)
            assert_close(device, y, np.eye(3)[labels[batch]], 0)
