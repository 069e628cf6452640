"""NVIDIA's compute-sanitizer over short runs of every kernel."""

import os
import re
import shutil
import sys
from pathlib import Path

from scripts.gpu.outcome import ROOT, Ended, Outcome, last_line, run_process, tail

SHORT_RUNS = ROOT / "scripts" / "gpu/short_runs.py"
ERRORS = re.compile(r"ERROR SUMMARY: (\d+) error")
HAZARDS = re.compile(r"RACECHECK SUMMARY: (\d+) hazard")


def find_sanitizer() -> str | None:
    """compute-sanitizer, on the path or where CUDA toolkits have it."""
    if found := shutil.which("compute-sanitizer"):
        return found
    homes = [os.environ.get("CUDA_HOME"), os.environ.get("CUDA_PATH"), "/usr/local/cuda"]
    for home in filter(None, homes):
        for folder in ("bin", "compute-sanitizer"):
            program = Path(home) / folder / "compute-sanitizer"
            if os.access(program, os.X_OK):
                return str(program)
    return None


def check_sanitizer(tool: str, engine: str, device: str, seconds: float) -> Outcome:
    """The short runs of an engine under "memcheck" or "racecheck"."""
    program = find_sanitizer()
    if program is None:
        return Outcome.skip("compute-sanitizer is not installed; it comes with the CUDA toolkit")
    short_runs = [sys.executable, str(SHORT_RUNS), engine, "--device", device]
    # Calls that CuPy makes to find out what there is may fail without harm.
    options = ["--tool", tool, "--target-processes", "all", "--report-api-errors", "no"]
    return judge_sanitizer(run_process([program, *options, *short_runs], seconds), seconds)


def judge_sanitizer(ended: Ended, seconds: float) -> Outcome:
    """Passed if the tool came to its end and found nothing."""
    text = f"{ended.out}\n{ended.err}"
    if ended.status is None:
        return Outcome.judge(False, f"not done after {seconds:.0f} s", output=tail(text))
    found = [int(count) for count in (*ERRORS.findall(text), *HAZARDS.findall(text))]
    if ended.status == 2 and "gpu_short_runs:" in text:
        return Outcome.skip(last_line(ended.err))  # the engine cannot serve here
    if not found or ended.status != 0:
        said = last_line(ended.err) or last_line(ended.out)
        return Outcome.judge(False, f"status {ended.status}: {said}", output=tail(text, 60))
    return Outcome.judge(
        sum(found) == 0,
        f"{sum(found)} errors or hazards",
        **({"output": tail(text, 60)} if sum(found) else {}),
    )
