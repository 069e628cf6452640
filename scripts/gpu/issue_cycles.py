"""How many cycles a multiprocessor needs to issue one step of the fused kernel: counted, not timed.

    scripts/python --with kernels scripts/gpu/issue_cycles.py

The kernel is compiled for a card and disassembled with NVIDIA's nvdisasm. Every instruction of a
step counts as often as warps come to it; four schedulers issue one each cycle. How long
instructions take, and wait for one another, is not in the figure.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, files
from math import ceil, nan
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from gpunet.backend.cuda_primitives import OPTIONS
from gpunet.backend.fused import FusedPlan
from gpunet.backend.fused_division import SCHEDULERS, WARP
from gpunet.backend.fused_functions import FusedCost
from gpunet.nn.activations import ACTIVATIONS
from scripts.cards_table import CARDS

WHEEL = "nvidia-cuda-nvdisasm"
# Of nvdisasm: a label, the innermost first of the source lines of what follows, an instruction.
LABEL = re.compile(r"(\.L_x_\d+):")
LINE = re.compile(r'//## File ".*?", line (\d+)')
INSTRUCTION = re.compile(r"/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9_.]*)(.*)")
# No more instructions than this are those of an input that not all warps have.
MOST_OF_LAST = 40
# A function in the kernel's text.
FUNCTION = re.compile(r"DEVICE \w[\w\s*<>]*?[\s*](\w+)\(")


class Instruction(NamedTuple):
    """One of the kernel's instructions.

    Attributes:
        name: such as FFMA.
        operands: the rest of it.
        lines: of the source, the innermost of the functions first that are inlined there.
    """

    name: str
    operands: str
    lines: tuple[int, ...]


def find_nvdisasm() -> str | None:
    """NVIDIA's disassembler: of its wheel, or wherever it is installed; None if it is not."""
    try:
        found = [file for file in files(WHEEL) or () if file.name == "nvdisasm"]
    except PackageNotFoundError:
        found = []
    return str(found[0].locate()) if found else shutil.which("nvdisasm")


def book_plan(shared_limit: int, momentum: bool = False) -> FusedPlan:
    """784-30-10 with batches of ten, as the book trains it."""
    sigmoid = ACTIVATIONS["sigmoid"].fused
    assert sigmoid
    return FusedPlan(
        sizes=(784, 30, 10),
        functions=(sigmoid, sigmoid),
        cost=FusedCost("0", "a - y"),
        cancels=False,
        batch_size=10,
        dtype="float32",
        momentum=momentum,
        decays=False,
        shared_limit=shared_limit,
    )


def compile_kernel(plan: FusedPlan, architecture: str) -> bytes:
    """The kernel as a cubin, with the numbers of its source lines."""
    from cupy.cuda import nvrtc

    program = nvrtc.createProgram(plan.source(), "fused.cu", [], [])
    nvrtc.compileProgram(program, (f"-arch={architecture}", "-lineinfo", *OPTIONS))
    return bytes(nvrtc.getCUBIN(program)) + b"\0"  # which CuPy takes for the end of a text


def disassemble(cubin: bytes, nvdisasm: str) -> tuple[list[Instruction], dict[str, int]]:
    """Its instructions, and where among them the labels are."""
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        command = [nvdisasm, "-c", "-gi", file.name]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    instructions: list[Instruction] = []
    labels: dict[str, int] = {}
    lines: list[int] = []
    inner = False  # whether the line before told of a function that is inlined
    for text in told.splitlines():
        if match := LABEL.match(text):
            labels[match[1]] = len(instructions)
        elif match := LINE.search(text):
            lines = [*(lines if inner else []), int(match[1])]
            inner = "inlined at" in text
        elif (match := INSTRUCTION.search(text)) and match[1] != "NOP":
            instructions.append(Instruction(match[1], match[2], tuple(lines)))
    return instructions, labels


def branches(
    instructions: list[Instruction], labels: Mapping[str, int]
) -> Iterator[tuple[int, int]]:
    """Every branch and where it goes to."""
    for at, (name, operands, _) in enumerate(instructions):
        target = re.search(r"\.L_x_\d+", operands)
        if name.startswith("BRA") and target:
            yield at, labels[target[0]]


def find_step(
    instructions: list[Instruction], labels: Mapping[str, int], functions: list[str]
) -> tuple[range, list[range]]:
    """Where a step is, the one loop with barriers and an update in it, and the loops inside.

    Raises:
        ValueError: there is no such loop, or there are several.
    """
    loops = [range(to, at + 1) for at, to in branches(instructions, labels) if to <= at]

    def updates(loop: range) -> bool:
        lines = {line for at in loop for line in instructions[at].lines}
        barriers = any("BAR" in instructions[at].name for at in loop)
        return barriers and "update_slab" in {functions[line - 1] for line in lines}

    step, *others = sorted(filter(updates, loops), key=len, reverse=True) or [range(0)]
    if not step or any(other.start not in step for other in others):
        raise ValueError(f"there are {len(others) + bool(step)} loops of steps")
    return step, [loop for loop in loops if loop not in (step, *others) and loop.start in step]


def functions_by_line(source: str) -> list[str]:
    """For each line of the kernel's text the function in which it is, the first line's first."""
    found, name = [], ""
    for line in source.splitlines():
        match = FUNCTION.match(line)
        name = match[1] if match else name
        found.append(name)
    return found


def warps_by_function(plan: FusedPlan) -> dict[str, float]:
    """How many of a block's warps come to a function's instructions, where not all do.

    Where threads have several numbers each, there are as many copies of the instructions, and so
    many warps come to each of them on average. Known for networks with one hidden layer.
    """
    division, batch = plan.division, plan.batch_size
    assert division
    if plan.layers != 2:
        return {}
    n_hidden, n_out = plan.sizes[1:]
    numbers = {
        "ask_rows": batch,
        "place_rows": batch,
        "add_slabs": batch * n_hidden,
        "forward_layer": batch * n_out,
        "deltas_below": batch * n_hidden,
        "update_weights": n_out * ceil(n_hidden / 4),
        "update_biases": max(n_hidden, n_out),
    }
    return {
        name: ceil(count / WARP) / ceil(count / division.threads) for name, count in numbers.items()
    }


class Counts(NamedTuple):
    """What was counted of a step.

    Attributes:
        cycles: in which its instructions are issued; not a number where they stand in loops, or
            the network has not one hidden layer.
        barriers: of the block.
        local: instructions that touch local memory, where registers are kept that were too many.
        local_in_loops: those of them in a loop inside the step.
    """

    cycles: float
    barriers: int
    local: int
    local_in_loops: int


def count_step(plan: FusedPlan, architecture: str, nvdisasm: str) -> Counts:
    """Count a step."""
    division = plan.division
    assert division
    instructions, labels = disassemble(compile_kernel(plan, architecture), nvdisasm)
    functions, warps = functions_by_line(plan.source()), warps_by_function(plan)
    step, loops = find_step(instructions, labels, functions)
    # The lines do not tell what all warps compute from what those with one input more do.
    some = set[int]()
    for at, to in branches(instructions, labels):
        if at < to <= at + MOST_OF_LAST:
            some.update(range(at + 1, to))

    def warps_at(at: int) -> float:
        inside = [functions[line - 1] for line in instructions[at].lines]
        if at in some and "last_pixels" in inside:
            return division.full
        return next((warps[name] for name in inside if name in warps), division.warps)

    def local(places: Iterable[int]) -> int:
        return sum(instructions[at].name.startswith(("LDL", "STL")) for at in places)

    return Counts(
        cycles=nan if loops or not warps else sum(map(warps_at, step)) / SCHEDULERS,
        barriers=sum(instructions[at].name.startswith("BAR") for at in step),
        local=local(step),
        local_in_loops=local({at for loop in loops for at in loop}),
    )


def cycles_table(nvdisasm: str) -> str:
    """A line a family of cards, of a step of 784-30-10 with batches of ten."""
    head = ["cards (compute capability)", "threads", "shared memory, bytes", "issue cycles"]
    lines = [[*head, "barriers"], ["---"] * (len(head) + 1)]
    for card in CARDS:
        plan = book_plan(card.shared_limit)
        counts = count_step(plan, card.architecture, nvdisasm)
        numbers = (plan.threads, plan.shared_bytes, round(counts.cycles), counts.barriers)
        lines.append([card.title, *(f"{number:,}" for number in numbers)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main() -> None:
    """Print the table."""
    nvdisasm = find_nvdisasm()
    if nvdisasm is None:
        sys.exit(f"issue_cycles: nvdisasm is not installed; it comes with {WHEEL}")
    print(cycles_table(nvdisasm))


if __name__ == "__main__":
    main()
