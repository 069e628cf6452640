"""The CUDA sources compile for every architecture, within bounds; no GPU is needed for it."""

import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from gpunet.backend.cuda_primitives import OPTIONS, kernel_source
from gpunet.backend.device import Device
from gpunet.backend.fused import C_TYPES, FusedPlan
from gpunet.backend.fused_functions import FusedFunction
from gpunet.nn.activations import ACTIVATIONS
from gpunet.nn.costs import COSTS
from scripts.cards_table import CARDS, Card
from tests.backends import assert_close
from tests.pretended_gpu import HOPPER_SHARED

ARCHITECTURES = [card.architecture for card in CARDS]
FIRST_WITH_BLACKWELL = (12, 8)
# A block of 1,024 threads has no more registers. The most spilled that was seen are 52 bytes for
# the book's network (sm_120, momentum) and 76 for others (sm_75, float64); much more would mean
# that something got worse.
MOST_REGISTERS, MOST_SPILLED_BYTES, MOST_SPILLED_BY_OTHERS = 64, 64, 96


def compile_kernel(text: str, architecture: str) -> str:
    """What NVRTC and ptxas say of a kernel; skips the test where they are not installed."""
    if find_spec("cupy") is None:
        pytest.skip("CuPy is not installed")
    nvrtc: Any = import_module("cupy.cuda").nvrtc
    try:
        version = nvrtc.getVersion()
    except Exception as error:
        pytest.skip(f"NVRTC cannot be loaded: {error}")
    if version < FIRST_WITH_BLACKWELL and architecture in ("sm_100", "sm_120"):
        pytest.skip(f"NVRTC {'.'.join(map(str, version))} does not know {architecture}")
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


def book_plan(**changes: Any) -> FusedPlan:
    """The book's network on a Hopper GPU."""
    plan = {
        "sizes": (784, 30, 10),
        "functions": functions("sigmoid", "sigmoid"),
        "cost_slope": "a - y",
        "cancels": False,
        "batch_size": 10,
        "dtype": "float32",
        "momentum": False,
        "shared_limit": HOPPER_SHARED,
    }
    return FusedPlan(**{**plan, **changes})


def assert_within_registers(log: str, most_spilled: int) -> None:
    """ptxas tells of no more registers and spilled bytes, and NVRTC of nothing odd."""
    registers = re.search(r"Used (\d+) registers", log)
    spilled = re.search(r"(\d+) bytes spill stores", log)
    assert registers
    assert spilled
    assert int(registers[1]) <= MOST_REGISTERS
    assert int(spilled[1]) <= most_spilled
    assert "warning" not in log


@pytest.mark.parametrize("momentum", [False, True])
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.architecture)
def test_the_fused_kernel_keeps_within_its_registers(card: Card, momentum: bool) -> None:
    # In slices where the book's network fits into that card's shared memory, else in one.
    plan = book_plan(momentum=momentum, shared_limit=card.shared_limit)
    assert_within_registers(compile_kernel(plan.source(), card.architecture), MOST_SPILLED_BYTES)


# What is compiled for one old and one new card; every card takes them.
@pytest.mark.parametrize("architecture", ["sm_75", "sm_120"])
@pytest.mark.parametrize(
    "changes",
    [
        {"sizes": (64, 10), "functions": functions("softmax"), "cancels": True},
        {"sizes": (64, 33, 12, 10), "functions": functions("relu", "tanh", "sigmoid")},
        {"sizes": (63, 9, 10), "batch_size": 33},
        {"sizes": (64, 12, 10), "functions": functions("softmax", "softmax")},
        {"sizes": (64, 30, 10), "dtype": "float64", "momentum": True},
    ],
)
def test_the_fused_kernel_compiles_for_other_networks(
    changes: dict[str, Any], architecture: str
) -> None:
    plan = book_plan(**changes, shared_limit=min(card.shared_limit for card in CARDS))
    assert plan.misfit == ""
    assert_within_registers(compile_kernel(plan.source(), architecture), MOST_SPILLED_BY_OTHERS)


@pytest.mark.parametrize("name", [name for name, its in ACTIVATIONS.items() if its.fused])
def test_the_fused_kernel_compiles_with_every_activation(name: str) -> None:
    plan = book_plan(sizes=(64, 12, 10), functions=functions(name, name))
    assert "warning" not in compile_kernel(plan.source(), "sm_80")


@pytest.mark.parametrize("slope", [its.fused for its in COSTS.values() if its.fused])
def test_the_fused_kernel_compiles_with_every_cost(slope: str) -> None:
    plan = book_plan(sizes=(64, 12, 10), cost_slope=slope)
    assert "warning" not in compile_kernel(plan.source(), "sm_80")


@pytest.mark.parametrize("dtype", C_TYPES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("name", ["deform", "gather", "patches", "pooling", "softmax"])
def test_the_small_kernels_compile(architecture: str, dtype: str, name: str) -> None:
    log = compile_kernel(kernel_source(name, dtype), architecture)
    assert "warning" not in log


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.architecture)
def test_inputs_are_divided_into_slices_that_fit(card: Card) -> None:
    for sizes in ((64, 30, 10), (784, 10), (784, 30, 10)):
        plan = book_plan(sizes=sizes, shared_limit=card.shared_limit)
        undivided = plan.layout([1] * plan.layers)[-1]
        assert plan.shared_bytes <= max(undivided, card.shared_limit)
        # Every input belongs to one slice, and no slice is empty.
        for n_in, slices, chunk in zip(plan.sizes, plan.slices, plan.chunks, strict=False):
            assert (slices - 1) * chunk < n_in <= slices * chunk


def test_arrays_in_shared_memory_do_not_overlap() -> None:
    plan = book_plan(sizes=(63, 33, 12, 10), functions=functions("relu", "relu", "relu"))
    activations, deltas, held, partial, size = plan.layout(plan.slices)
    batch = plan.batch_size
    lengths = [batch * n for n in plan.sizes] + [batch * n for n in plan.sizes[1:]]
    for n_in, n_out in zip(plan.sizes, plan.sizes[1:], strict=False):
        lengths += [n_in * (n_out | 1), n_out]
    starts = [*activations, *deltas, *held, partial]
    for start, length, following in zip(starts[:-1], lengths, starts[1:], strict=True):
        assert start % 4 == 0
        assert start + length <= following
    assert size > 4 * partial


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
