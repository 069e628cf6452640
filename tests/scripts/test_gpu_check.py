"""The GPU check's runner: limits, tables, files; and what it says where there is no GPU."""

import json
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.gpu.checks import CHECKS, Check, Request, judge_tests
from scripts.gpu.outcome import ROOT, Ended, Outcome, run_check, run_process, write_outcome
from scripts.gpu_check import (
    LEAST_SECONDS,
    QUICK_SECONDS,
    choose,
    in_a_process,
    main,
    run_all,
    table,
    write_record,
)
from scripts.machine import QUERY, cuda_version, installed, parse_query

Clock = Callable[[], float]


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def never(request: Request) -> Outcome:
    raise AssertionError("run in this process")


def test_a_process_has_the_checkouts_package() -> None:
    ended = run_process(python("import gpunet; print(gpunet.__file__)"), 30)
    assert ended.status == 0
    assert Path(ended.out.strip()).is_relative_to(ROOT)


def test_a_process_and_its_children_are_killed_when_their_time_runs_out(tmp_path: Path) -> None:
    child = "import subprocess, sys; print('begun', flush=True); subprocess.run([sys.executable, "
    ended = run_process(python(child + "'-c', 'import time; time.sleep(60)'])"), 1.0)
    assert ended == Ended(None, "begun\n", "")


def test_an_outcome_comes_back_from_a_process(tmp_path: Path) -> None:
    file = tmp_path / "outcome.json"
    code = (
        "import sys; from pathlib import Path; from scripts.gpu.outcome import *; "
        "write_outcome(Outcome.judge(True, 'well', figure=3), Path(sys.argv[1]))"
    )
    outcome = run_check(python(code, file), file, 30)
    assert (outcome.result, outcome.reason, outcome.details) == ("passed", "well", {"figure": 3})
    assert outcome.seconds > 0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import time; time.sleep(60)", "not done after 1 s"),
        ("raise RuntimeError('lost')", "ended with status 1: RuntimeError: lost"),
        ("import os; os.abort()", "ended with status -6: "),
        ("import sys; open(sys.argv[1], 'w').write('{')", "ended with status 0: "),
    ],
)
def test_whatever_becomes_of_a_check_is_an_outcome(tmp_path: Path, code: str, reason: str) -> None:
    file = tmp_path / "outcome.json"
    limit = 1.0 if "sleep" in code else 30.0
    outcome = run_check(python(code, file), file, limit)
    assert (outcome.result, outcome.reason) == ("failed", reason)


def running(seconds: float) -> tuple[Callable[[str, float], Outcome], Clock, dict[str, float]]:
    """Checks that take so long, or their limit; a clock that they move; the limits they got."""
    limits: dict[str, float] = {}
    now = [0.0]

    def run(name: str, limit: float) -> Outcome:
        limits[name] = limit
        now[0] += min(seconds, limit)
        return Outcome.judge(seconds <= limit, "")

    return run, lambda: now[0], limits


def test_checks_share_the_time_and_the_last_keeps_its_part() -> None:
    run, clock, limits = running(seconds=1000)
    checks = {f"check {n}": Check(never, 60, 60) for n in range(5)}
    outcomes = run_all(checks, True, run, clock=clock)
    assert clock() <= QUICK_SECONDS
    assert outcomes["check 2"].reason == "no time was left for it"
    assert limits["check 4"] == 60
    assert all(limit >= LEAST_SECONDS for limit in limits.values())


def test_a_failure_stops_no_other_check(capsys: pytest.CaptureFixture[str]) -> None:
    run, clock, limits = running(seconds=30)
    checks = {"slow": Check(never, 5, 5), "good": Check(never, 40, 40)}
    outcomes = run_all(checks, True, run, clock=clock)
    assert [outcome.result for outcome in outcomes.values()] == ["failed", "passed"]
    assert list(limits) == ["slow", "good"]
    assert "good" in capsys.readouterr().out


def test_patience_gives_each_check_that_much_more_time() -> None:
    run, clock, limits = running(seconds=30)
    checks = {"first": Check(never, 5, 5), "last": Check(never, 40, 40)}
    run_all(checks, True, run, 4, clock)
    assert limits == {"first": 20, "last": 160}


def test_a_check_is_run_by_its_name(tmp_path: Path) -> None:
    options = Namespace(device="cpu", quick=True)
    run = in_a_process(options, tmp_path)
    outcome = run("a run moved to the GPU and back", 100.0)
    assert outcome.result == "passed"
    refused = run("memory used up", 30.0)
    assert refused.result == "failed"
    assert refused.reason.endswith("cpu is no CUDA device: give cuda or cuda:N")


def test_checks_are_chosen_by_words() -> None:
    assert choose([], []) == CHECKS
    assert list(choose(["float32", "benchmark"], [])) == [
        "same weights as eager: fused, float32",
        "benchmark",
    ]
    assert list(choose(["memcheck"], ["graph"])) == ["memcheck: fused"]
    assert choose([], ["suite", "check", "benchmark"]).keys() == {
        name for name in CHECKS if name.startswith(("same", "a run", "steps", "memory"))
    }


def test_checks_are_listed_without_a_gpu() -> None:
    listed = subprocess.run(
        [sys.executable, str(ROOT / "scripts/gpu_check.py"), "--list", "--skip", "memcheck"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert listed.stdout.splitlines() == [name for name in CHECKS if "memcheck" not in name]


def test_words_that_leave_no_check_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu_check.py", "--only", "wit"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2


def test_the_quick_form_and_the_full_have_limits_for_every_check() -> None:
    assert all(LEAST_SECONDS < c.quick_limit <= c.full_limit for c in CHECKS.values())
    assert list(CHECKS)[-1] == "benchmark"


def test_the_table_and_the_file_say_the_same(tmp_path: Path) -> None:
    outcomes = {
        "one": Outcome("passed", "a | b\nc", {"figure": 1.5}, 2.0),
        "two": Outcome.skip("not here"),
    }
    lines = table(outcomes).splitlines()
    assert lines[2] == "| one | passed | 2.0 | a / b c |"
    assert lines[-1] == "1 passed, 0 failed, 1 skipped"
    write_record(tmp_path / "check.json", {"gpu": "some GPU"}, True, outcomes)
    record = json.loads((tmp_path / "check.json").read_text())
    assert record["gpu"] == "some GPU"
    assert [check["name"] for check in record["checks"]] == ["one", "two"]
    assert record["checks"][0]["details"] == {"figure": 1.5}


def test_an_outcome_survives_being_written(tmp_path: Path) -> None:
    outcome = Outcome("failed", "η ≠ 3", {"a": [1, 2]}, 0.5)
    write_outcome(outcome, tmp_path / "file")
    assert Outcome(**json.loads((tmp_path / "file").read_text())) == outcome


@pytest.mark.parametrize(
    ("ended", "result", "reason"),
    [
        (Ended(0, "....\n12 passed, 3 skipped in 4.0s\n", ""), "passed", "12 passed, 3 skipped"),
        (Ended(1, "F\n1 failed, 9 passed in 2.1s", ""), "failed", "1 failed, 9 passed"),
        (Ended(0, "ss\n2 skipped in 0.1s", ""), "failed", "2 skipped"),
        (Ended(5, "no tests ran in 0.1s", ""), "failed", "no tests ran in 0.1s"),
        (Ended(None, "..", ""), "failed", "the tests were not done in time"),
    ],
)
def test_pytests_summary_is_read(ended: Ended, result: str, reason: str) -> None:
    outcome = judge_tests(ended)
    assert (outcome.result, outcome.reason) == (result, reason)


def test_nvidia_smis_answer_is_read() -> None:
    answer = "NVIDIA H200, 570.86.10, 143771 MiB, 1980 MHz, 700.00 W\n"
    facts = parse_query(answer)
    assert list(facts) == list(QUERY)
    assert facts["driver_version"] == "570.86.10"
    assert parse_query("No devices were found\n") == {}


def test_versions_are_told() -> None:
    assert cuda_version(12080) == "12.8"
    assert list(installed(("numpy", "no-such-package"))) == ["numpy"]


@pytest.mark.parametrize(
    "command",
    [
        ["gpu_check.py", "--quick"],
        ["gpu_check.py", "--device", "cpu"],
        ["bench.py", "--device", "cuda"],
        ["gpu/short_runs.py", "fused"],
    ],
    ids=" ".join,
)
def test_without_a_gpu_there_is_one_clear_line(tmp_path: Path, command: list[str]) -> None:
    script, *arguments = command
    ended = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / script), *arguments],
        cwd=tmp_path,
        env={"PATH": "", "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert "no CUDA device" in ended.stderr
    assert list(tmp_path.iterdir()) == []
