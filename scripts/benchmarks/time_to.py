"""How long PyTorch, JAX and this package take from MNIST on disk to an accuracy on the test split.

    scripts/python --with bench scripts/benchmarks/time_to.py 97 98 99 [--seeds 10]

Each target has one recipe, that of `gpunet bench time-to`, which was found by trying gpunet on the
validation split; each program follows it: network, first weights (Glorot's), mini-batch, optimizer,
rate and epochs. All are timed alike: reading and scaling the data, making the network, training,
and evaluating it on the test split after every epoch, but not imports and compilation, which a
rehearsal brings about. They take turns, one seed after the other, and each is timed in a process
of its own.
"""

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from gpunet.core.errors import GpunetError, first_line
from gpunet.runs.config import RunConfig
from gpunet.runs.recipe import find_goal
from gpunet.sweeps.time_to import Attempt, First, attempt, judge, rehearse
from scripts.benchmarks.alone import started
from scripts.benchmarks.tables import describe_machine

PROGRAMS = ("gpunet", "PyTorch", "JAX")
TARGETS = ("97", "98", "99")


def main() -> None:
    """Print a table for each target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="97, 98 or 99")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--worker", choices=PROGRAMS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    targets = options.targets or TARGETS
    if unknown := [target for target in targets if target not in TARGETS]:
        parser.error(f"{unknown[0]}: choose from {', '.join(TARGETS)}")
    if options.seeds < 1:
        parser.error("--seeds: give a whole number from 1")
    if options.worker:
        serve(options.worker, targets[0])
        return
    print(f"{describe_machine()}\n")
    for target in targets:
        compare(target, options.seeds)


def compare(target: str, seeds: int) -> None:
    """Let each program reach a target for each seed, in turn, and print a table."""
    print(f"{target} % of MNIST's test images: {find_goal(target).title}\n")
    with ExitStack() as open_ones:
        going = {
            name: open_ones.enter_context(started(__file__, target, "--worker", name))
            for name in PROGRAMS
        }
        done: dict[str, list[Attempt]] = {name: [] for name in PROGRAMS}
        for name, process in list(going.items()):
            if why := ask(process).get("left_out"):
                print(f"{name} is left out: {why}")
                del going[name]
        print("| seed | program | test, % | seconds | first at the target: epoch | seconds |")
        print("|---|---|---|---|---|---|", flush=True)
        for seed in range(seeds):
            for name, process in going.items():
                print(seed, file=process.stdin, flush=True)
                said = ask(process)
                if said.get("left_out"):
                    print(f"{name} is left out: {said['left_out']}")
                    continue
                first = First(**said["first"]) if said["first"] else None
                done[name].append(each := Attempt(**{**said, "first": first}))
                crossed = f"{first.epoch} | {first.seconds:.2f}" if first else "never | "
                accuracy = f"{100 * each.accuracy:.2f}"
                print(f"| {seed} | {name} | {accuracy} | {each.seconds:.2f} | {crossed} |")
    print_verdicts(done, float(target) / 100)


def print_verdicts(done: dict[str, list[Attempt]], target: float) -> None:
    """A line for each program: means and deviations."""
    print(
        "\n| program | test, % | seconds | mean at the target | first crossed, seconds | by |\n"
        "|---|---|---|---|---|---|"
    )
    for name, attempts in done.items():
        if attempts:
            verdict = judge(attempts, target)
            accuracy, first = spread(verdict.accuracy, 100), spread(verdict.first)
            reached = "yes" if verdict.reached else "no"
            by = f"{verdict.first.n} of {len(attempts)}"
            seconds = spread(verdict.seconds)
            print(f"| {name} | {accuracy} | {seconds} | {reached} | {first} | {by} |")
    print(flush=True)


def spread(summary: Any, factor: float = 1) -> str:
    """A mean with its deviation, as far as there are any."""
    if summary.mean is None:
        return ""
    mean = f"{factor * summary.mean:.2f}"
    return mean if summary.std is None else f"{mean} ± {factor * summary.std:.2f}"


def ask(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a program says next."""
    assert process.stdout is not None
    line = process.stdout.readline()
    said: dict[str, Any] = json.loads(line) if line else {"left_out": "its process has ended"}
    return said


def serve(name: str, target: str) -> None:
    """Rehearse, say so, and reach the target for each seed that is read from standard input."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    options = find_goal(target).options
    try:
        run = reacher(name, options, float(target) / 100)
        print("{}", file=answers)
        for line in sys.stdin:
            print(json.dumps(run(int(line)).to_json()), file=answers)
    except (ImportError, GpunetError, RuntimeError, ValueError) as error:
        print(json.dumps({"left_out": first_line(error)}), file=answers)


def reacher(name: str, options: dict[str, Any], target: float) -> Any:
    """A function of a seed that makes an attempt; everything is imported and compiled."""
    if name == "gpunet":
        from gpunet.backend.choose import open_device

        config = RunConfig.from_json({k: v for k, v in options.items() if k != "data"})
        device = open_device("cpu")
        rehearse(options["data"], config, device)
        return lambda seed: attempt(options["data"], config, target, seed, device)
    if name == "PyTorch":
        from scripts.benchmarks.time_to_torch import TorchReacher

        return TorchReacher(options, target).attempt
    from scripts.benchmarks.time_to_jax import JaxReacher

    return JaxReacher(options, target).attempt


if __name__ == "__main__":
    main()
