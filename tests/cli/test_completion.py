"""`gpunet completion`: scripts that real shells read, and what is then completed, at once."""

import os
import pty
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gpunet.cli.completing import RUN, SHIPPED
from gpunet.core.names import ACTIVATIONS, COSTS, DATA_SETS, OPTIMIZERS
from gpunet.runs import description
from gpunet.runs.recipe import list_recipes
from gpunet.serialization import shipped
from tests.cli.running import gpunet
from tests.cli.test_help import HEAVY

SHELLS = ("bash", "zsh", "fish")
# What the shells themselves do when Tab is pressed behind the last word, and what is then offered.
PRESS_TAB = {
    "bash": """
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
        compopt() { :; }
        $(complete -p gpunet | sed 's/.*-F \\([^ ]*\\).*/\\1/') gpunet "${COMP_WORDS[COMP_CWORD]}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "zsh": """
        autoload -Uz compinit; compinit -D -u; compadd() { printf '%s\\n' "${(@)completions}"; }
        _describe() { printf '%s\\n' "${(@)completions_with_descriptions%%:*}"; }
        _path_files() { :; }
        source "$1"; shift
        words=("$@"); CURRENT=$#; $_comps[gpunet]
    """,
    "fish": """
        source $argv[1]
        complete --do-complete "$argv[2..]" | string replace --regex '\\t.*' ''
    """,
}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """A shell that is installed."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user is; `gpunet` is found there, as where it is installed."""
    program = tmp_path / "programs" / "gpunet"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gpunet "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    there = tmp_path / "there"
    for run in ("runs/1", "runs/2", "runs/10", "runs/with space", "other/deep/down", "mine"):
        (there / run).mkdir(parents=True)
        (there / run / "run.json").touch()
    (there / "runs/empty").mkdir()
    (there / "digit.png").touch()
    monkeypatch.chdir(there)
    return there


def completed(shell: str, *words: str) -> list[str]:
    """What a shell offers for the last of some words."""
    script = Path("../script").resolve()
    script.write_text(gpunet("completion", shell).out)
    command = [shell, "-c", PRESS_TAB[shell], *(["-"] * (shell != "fish")), str(script), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("gpunet ev", ["evaluate"]),
        ("gpunet data ve", ["verify"]),
        ("gpunet train --learning-r", ["--learning-rate"]),
        ("gpunet train --no-k", ["--no-keep-best"]),
        ("gpunet train --cost nothing --epo", ["--epochs"]),
        ("gpunet train --cost ", list(COSTS)),
        ("gpunet train --activation ", list(ACTIVATIONS)),
        ("gpunet train --optimizer ada", [name for name in OPTIMIZERS if name[:3] == "ada"]),
        ("gpunet train --recipe ", [recipe.name for recipe in list_recipes()]),
        ("gpunet train --data m", ["mnist"]),
        ("gpunet train --resume r", ["runs/1", "runs/2", "runs/10"]),
        ("gpunet evaluate ", ["mine", "runs/1", "runs/2", "runs/10", SHIPPED]),
        ("gpunet evaluate runs/1", ["runs/1", "runs/10"]),
        ("gpunet evaluate runs/1 m", ["mine", SHIPPED]),
        ("gpunet curves other/", ["other/deep/down"]),
        ("gpunet predict m", ["mine", SHIPPED]),
        ("gpunet predict mine m", []),
        ("gpunet data fetch ", list(DATA_SETS)),
        ("gpunet completion ", list(SHELLS)),
        ("gpunet baseline --device", []),
        ("gpunet report --device c", ["cpu", "cuda"]),
    ],
)
def test_it_is_completed(shell: str, line: str, offered: list[str]) -> None:
    found = completed(shell, *line.split(" "))
    # Where there may be paths, zsh and fish offer them by themselves, and fish in its own order.
    if shell == "bash":
        assert found == offered
    else:
        assert set(offered) <= set(found)


@pytest.mark.usefixtures("folder")
def test_an_equals_sign_is_as_good_as_a_space() -> None:
    """Bash takes it for a word of its own."""
    assert completed("bash", "gpunet", "train", "--cost", "=", "q") == ["quadratic"]
    assert completed("bash", "gpunet", "train", "--cost", "=") == list(COSTS)
    assert completed("bash", "gpunet", "train", "--cost", "=", "x", "--data", "d") == ["digits"]


def test_nothing_is_offered_that_is_a_command_to_a_shell(folder: Path) -> None:
    for name in ("$(touch gone)", "a;b", "`b`", "two\nlines"):
        (folder / "other" / name).mkdir()
        (folder / "other" / name / "run.json").touch()
    assert completed("bash", "gpunet", "evaluate", "other/") == ["other/deep/down"]
    assert not (folder / "gone").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_has_no_runs(folder: Path) -> None:
    (folder / "runs").chmod(0)
    assert completed("bash", "gpunet", "evaluate", "runs/") == []
    (folder / "runs").chmod(0o755)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("line", ["gpunet evaluate ", "gpunet train --cost nothing --recipe "])
def test_it_answers_at_once(line: str) -> None:
    code = """
import sys
from gpunet.cli.main import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    asked = {**os.environ, **words, "_GPUNET_COMPLETE": "bash_complete"}
    took = []
    for _ in range(5):
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code], env=asked, capture_output=True, text=True, timeout=60
        )
        took.append(time.perf_counter() - began)
    assert "plain," in done.stdout
    assert not HEAVY & {name.partition(".")[0] for name in done.stderr.split()}
    assert min(took) < 1


@pytest.mark.parametrize("named", SHELLS)
def test_a_script_begins_with_how_to_keep_it(named: str) -> None:
    said = gpunet("completion", named)
    assert said.status == 0
    assert said.err == ""
    lines = [line for line in said.out.splitlines()[:3] if line.startswith("# ")]
    assert lines[0].startswith(f"# to keep it: gpunet completion {named} >~/.")
    assert len(lines) == 2
    # By this line compinit knows what a file in its path is for.
    assert (said.out.splitlines()[0] == "#compdef gpunet") == (named == "zsh")


def test_on_a_terminal_how_to_keep_it_goes_to_standard_error() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "gpunet", "completion", "bash"]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "to keep it: gpunet completion bash >~/.gpunet-completion.bash",
        "and add this line to ~/.bashrc: . ~/.gpunet-completion.bash",
    ]


def test_a_shell_that_is_not_known() -> None:
    said = gpunet("completion", "powershell")
    assert said.status == 2
    assert said.complaint == "gpunet: SHELL powershell: choose one of bash, zsh, fish"


def test_what_is_known_of_runs_is_true() -> None:
    assert (RUN, SHIPPED) == (description.RUN, shipped.SHIPPED)
