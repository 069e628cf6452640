"""Everything about gpunet that only a GPU can show, in one command.

    scripts/python scripts/gpu_check.py --quick       in 3 minutes
    scripts/python scripts/gpu_check.py               in under 9
    scripts/python scripts/gpu_check.py --list        what there is to check

Runs each check in a process of its own and within its own time, whatever becomes of the others;
prints one table and writes gpu_check.json. Exit status: 0 nothing failed, 1 something did, 2 there
is no GPU.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gpunet.core.errors import GpunetError
from scripts.benchmarks.cuda import open_gpu
from scripts.gpu.checks import CHECKS, Check, Request
from scripts.gpu.outcome import FAILED, PASSED, SKIPPED, Outcome, run_check, write_outcome
from scripts.machine import describe_gpu, one_line

# For all checks together; the last one gets what the others have left.
QUICK_SECONDS, FULL_SECONDS = 175.0, 530.0
LEAST_SECONDS = 5.0
# A benchmark cut short tells nothing: this share is kept for the last check.
KEPT_FOR_LAST = 0.4

Run = Callable[[str, float], Outcome]


def main() -> None:
    """Run the checks, print the table and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cuda", help="cuda or cuda:N  [default: cuda]")
    parser.add_argument("--quick", action="store_true", help="shorter forms, in 3 minutes")
    parser.add_argument("--list", action="store_true", help="name the checks, and end")
    words: dict[str, Any] = {"metavar": "WORD", "action": "append", "default": []}
    parser.add_argument("--only", **words, help="checks with that word in their name, or another")
    parser.add_argument("--skip", **words, help="not those with that word, nor with another")
    parser.add_argument(
        "--patience", type=float, default=1.0, metavar="TIMES", help="allow that much more time"
    )
    parser.add_argument("--json", type=Path, default=Path("gpu_check.json"), metavar="FILE")
    parser.add_argument(
        "--run", nargs=3, metavar=("CHECK", "SECONDS", "FILE"), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if options.run:
        return run_here(options)
    chosen = choose(options.only, options.skip)
    if not chosen:
        parser.error(f"no check is left; there are: {', '.join(CHECKS)}")
    if options.list:
        print("\n".join(chosen))
        return None
    try:
        device = open_gpu(options.device)
        facts = describe_gpu(device)
    except GpunetError as error:
        print(f"gpu_check: {error}", file=sys.stderr)
        sys.exit(2)
    print(f"{one_line(facts)}\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run_all(
            chosen, options.quick, in_a_process(options, Path(folder)), options.patience
        )
    print(f"\n{table(outcomes)}")
    write_record(options.json, facts, options.quick, outcomes)
    sys.exit(any(outcome.result == FAILED for outcome in outcomes.values()))


def choose(only: Sequence[str], skip: Sequence[str]) -> dict[str, Check]:
    """The checks with one of some words in their name, or all, but for those with another."""
    return {
        name: check
        for name, check in CHECKS.items()
        if (not only or any(word in name for word in only)) and not any(w in name for w in skip)
    }


def run_here(options: argparse.Namespace) -> None:
    """One check, in this process; its outcome goes into a file."""
    name, seconds, file = options.run
    request = Request(options.device, options.quick, float(seconds))
    write_outcome(CHECKS[name].run(request), Path(file))


def in_a_process(options: argparse.Namespace, folder: Path) -> Run:
    """Runs a check by its name, and this script, within some seconds."""

    def run(name: str, seconds: float) -> Outcome:
        result = folder / "outcome.json"
        result.unlink(missing_ok=True)
        command = [sys.executable, str(Path(__file__).resolve()), "--device", options.device]
        quick = ["--quick"] if options.quick else []
        return run_check(
            [*command, *quick, "--run", name, str(seconds), str(result)], result, seconds
        )

    return run


def run_all(
    checks: Mapping[str, Check],
    quick: bool,
    run: Run,
    patience: float = 1.0,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Outcome]:
    """Run the checks one after another, within the time there is for all of them.

    All limits are those of a GPU of the last years, times `patience`.
    """
    whole = patience * (QUICK_SECONDS if quick else FULL_SECONDS)
    end = clock() + whole
    *_, last = checks
    outcomes = {}
    for name, check in checks.items():
        left = end - clock() - (KEPT_FOR_LAST * whole if name != last else 0)
        limit = min(patience * (check.quick_limit if quick else check.full_limit), left)
        if limit < LEAST_SECONDS:
            outcome = Outcome.skip("no time was left for it")
        else:
            outcome = run(name, limit)
        print(f"{outcome.result:<8}{outcome.seconds:6.1f} s  {name}: {outcome.reason}", flush=True)
        if "tables" in outcome.details:
            print(f"\n{outcome.details['tables']}", flush=True)
        outcomes[name] = outcome
    return outcomes


def table(outcomes: Mapping[str, Outcome]) -> str:
    """All outcomes, as a Markdown table."""
    rows = [
        f"| {name} | {outcome.result} | {outcome.seconds:.1f} | {cell(outcome.reason)} |"
        for name, outcome in outcomes.items()
    ]
    results = [outcome.result for outcome in outcomes.values()]
    counted = ", ".join(f"{results.count(kind)} {kind}" for kind in (PASSED, FAILED, SKIPPED))
    return "\n".join(["| check | result | s | |", "|---|---|---|---|", *rows, "", counted])


def cell(text: str) -> str:
    """A text that stays within its cell."""
    return " ".join(text.split()).replace("|", "/")


def write_record(
    path: Path, facts: dict[str, Any], quick: bool, outcomes: Mapping[str, Outcome]
) -> None:
    """Everything that was found, as one JSON file."""
    checks = [{"name": name, **asdict(outcome)} for name, outcome in outcomes.items()]
    record = {**facts, "quick": quick, "checks": checks}
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
