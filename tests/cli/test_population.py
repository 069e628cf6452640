"""`gpunet train`, many networks at once: what it prints, writes and refuses, and how it goes on."""

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import gpunet as package
from gpunet.backend import cpu
from gpunet.runs.folder import RunFolder
from gpunet.runs.lock import Lock, LockHolder
from tests.cli.running import Outcome, contents, everywhere, gpunet, population_state, start, state

GRID = ("train", "--networks", 3, "--cost", "quadratic", "--cost", "cross-entropy", "--epochs", 2)
LONG = ("train", "--networks", 4, "--epochs", 10, "--batch-size", 5, "--momentum", 0.5)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, where: str) -> tuple[Path, Outcome]:
    """Two settings of three networks each, and what was said; not to be changed."""
    run = tmp_path_factory.mktemp("many") / "run"
    return run, gpunet(*GRID, "--device", where, "--out", run, "--seed", 4, "--json")


@pytest.fixture
def copied_many(many: tuple[Path, Outcome], tmp_path: Path) -> Path:
    """A copy of them, to be changed at will."""
    return Path(shutil.copytree(many[0], tmp_path / "copied"))


@everywhere
def test_json_is_one_object_with_settings_and_networks(
    many: tuple[Path, Outcome], where: str
) -> None:
    run, outcome = many
    result = outcome.result
    assert outcome.status == 0
    networks = result["networks"]
    assert [network["seed"] for network in networks] == [4, 5, 6, 4, 5, 6]
    assert result["correct"] == sum(network["correct"] for network in networks)
    assert result["total"] == 6 * 359
    assert result["accuracy"] == result["correct"] / result["total"]
    assert [setting["options"]["cost"] for setting in result["settings"]] == [
        *("quadratic", "cross-entropy")
    ]
    for setting, first in zip(result["settings"], (0, 3), strict=True):
        accuracies = [network["accuracy"] for network in networks[first : first + 3]]
        assert setting["n"] == 3
        assert setting["mean"] == pytest.approx(np.mean(accuracies))
        assert setting["std"] == pytest.approx(np.std(accuracies, ddof=1))
        assert (setting["min"], setting["max"]) == (min(accuracies), max(accuracies))
        assert setting["ci95"][0] < setting["mean"] < setting["ci95"][1]
        assert setting["ci95_images"][0] < setting["mean"] < setting["ci95_images"][1]
        assert setting["diverged"] == 0
    told = {key: result[key] for key in ("device", "seed", "run", "epochs")}
    assert told == {"device": where, "seed": 4, "run": str(run), "epochs": 2}
    assert result["seconds"] > 0


@everywhere
def test_each_network_is_that_of_a_single_run_and_can_be_evaluated(
    many: tuple[Path, Outcome], tmp_path: Path
) -> None:
    run, outcome = many
    options = ("--cost", "cross-entropy", "--epochs", 2, "--seed", 5)
    assert gpunet("train", *options, "--out", tmp_path / "one").status == 0
    assert state(run / "networks/004") == state(tmp_path / "one")
    evaluated = gpunet("evaluate", run / "networks/004", "--json").result
    assert evaluated["correct"] == outcome.result["networks"][4]["correct"]


@everywhere
def test_a_network_of_many_can_be_given_more_epochs(copied_many: Path, tmp_path: Path) -> None:
    gpunet("train", "--seed", 4, "--epochs", 4, "--out", tmp_path / "one")
    network = copied_many / "networks/000"
    assert gpunet("train", "--resume", network, "--epochs", 4).status == 0
    assert state(network) == state(tmp_path / "one")


@everywhere
def test_elsewhere_than_on_a_terminal_a_line_a_network_and_a_table(tmp_path: Path) -> None:
    said = gpunet(*GRID, "--out", tmp_path / "run").out
    lines = [line.split() for line in said.splitlines()]
    networks = [line for line in lines if len(line) > 1 and line[1].startswith("networks/")]
    assert [line[0] for line in networks] == [f"{k}/6" for k in range(1, 7)]
    assert "(cost quadratic, learning rate 3, seed 0)" in said
    heading = next(line for line in lines if line[:1] == ["cost"])
    # Each cost has a learning rate of its own.
    assert heading == [
        "cost",
        "learning",
        "rate",
        "n",
        "accuracy",
        *("95", "%,", "networks"),
        *("95", "%,", "images"),
        "min",
        "max",
    ]
    rows = [line for line in lines if line[:1] in (["quadratic"], ["cross-entropy"])]
    assert [row[1:3] for row in rows] == [["3", "3"], ["0.5", "3"]]
    assert all(row[4] == "±" for row in rows)
    assert f"gpunet evaluate {tmp_path / 'run'}" in said


def test_networks_of_one_setting_are_drawn(tmp_path: Path) -> None:
    options = ("train", "--networks", 2, "--epochs", 4)
    drawn = gpunet(*options, "--out", tmp_path / "one").out
    assert "validation accuracy, %" in drawn
    assert "validation cost (quadratic)" in drawn
    several = ("--learning-rate", 1, "--learning-rate", 2)
    assert "validation accuracy" not in gpunet(*options, *several, "--out", tmp_path / "two").out
    silent = gpunet(*options, "--json", "--out", tmp_path / "three")
    assert "validation accuracy" not in silent.out + silent.err


def test_one_value_given_twice_is_one_run(tmp_path: Path) -> None:
    options = ("--learning-rate", 1, "--learning-rate", 1.0, "--epochs", 1)
    assert gpunet("train", *options, "--out", tmp_path / "run").status == 0
    assert set(contents(tmp_path / "run")) == {"run.json", *state(tmp_path / "run")}


@everywhere
def test_one_network_for_each_setting_has_no_error_bar(tmp_path: Path) -> None:
    options = ("--hidden", "none", "--hidden", "9,8", "--epochs", 1, "--epochs", 2, "--json")
    result = gpunet("train", *options, "--out", tmp_path / "run").result
    told = [(each["options"]["hidden"], each["options"]["epochs"]) for each in result["settings"]]
    assert told == [([], 1), ([], 2), ([9, 8], 1), ([9, 8], 2)]
    assert {(each["n"], each["std"], each["ci95"]) for each in result["settings"]} == {
        (1, None, None)
    }
    assert result["epochs"] == 2


@everywhere
def test_networks_that_diverge_are_counted(tmp_path: Path) -> None:
    options = ("--activation", "linear", "--activation", "sigmoid", "--learning-rate", 50)
    outcome = gpunet("train", *options, "--epochs", 1, "--out", tmp_path / "run", "--json")
    assert outcome.status == 0
    assert [each["diverged"] for each in outcome.result["settings"]] == [1, 0]
    assert "training diverged" in outcome.result["networks"][0]["diverged"]
    assert "diverged" in outcome.err


@everywhere
def test_if_every_network_diverges_it_has_failed(tmp_path: Path) -> None:
    options = ("--activation", "linear", "--learning-rate", 50, "--networks", 2, "--json")
    outcome = gpunet("train", *options, "--epochs", 1, "--out", tmp_path / "run")
    assert (outcome.status, outcome.out) == (1, "")
    assert "every network diverged" in outcome.complaint


def test_on_a_terminal_it_shows_one_live_line(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    arguments = (*LONG, "--out", tmp_path / "run")
    process = start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # what Linux says when the other end is closed
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0
    assert re.search(rb"[1-4]/4 networks", shown)
    assert "━".encode() in shown
    assert b"networks/001  accuracy" not in shown
    assert b"next: gpunet evaluate" in shown
    assert b"Traceback" not in shown


@pytest.mark.parametrize(
    "options",
    [
        *(["--networks=0"], ["--networks=-3"], ["--networks=10001"], ["--networks=many"]),
        *(["--networks=1.5"], ["--networks="], ["--networks=nan"]),
        ["--networks=5001", "--momentum=0", "--momentum=0.5"],
    ],
    ids=" ".join,
)
def test_a_number_of_networks_that_makes_no_sense_is_refused(
    tmp_path: Path, options: list[str]
) -> None:
    outcome = gpunet("train", *options, "--out", tmp_path / "run", "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert "--networks" in outcome.complaint
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--learning-rate=1", "--learning-rate=0"], "--learning-rate"),
        (["--hidden=30", "--hidden=x"], "--hidden"),
        (["--hidden=30", "--hidden=1000000,1000000"], "smaller layers"),
        (["--cost=quadratic", "--cost=cubic"], "--cost"),
        (["--momentum=0", "--momentum=1"], "--momentum"),
        (["--epochs=1", "--epochs=0"], "--epochs"),
        (["--batch-size=1", "--batch-size=-1"], "--batch-size"),
    ],
)
def test_a_grid_with_a_point_that_makes_no_sense_is_refused_before_anything_is_written(
    tmp_path: Path, options: list[str], named: str
) -> None:
    outcome = gpunet("train", *options, "--networks", 2, "--out", tmp_path / "run")
    assert outcome.status == 2
    assert named in outcome.complaint
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("option", ["--networks=2", "--seed=3", "--cost=quadratic", "--epochs=9"])
def test_what_they_are_cannot_be_changed_on_the_way(copied_many: Path, option: str) -> None:
    outcome = gpunet("train", "--resume", copied_many, option)
    assert outcome.status == 2
    assert f"{option.partition('=')[0]} cannot be changed" in outcome.complaint


def test_many_that_are_finished_are_not_run_again(copied_many: Path) -> None:
    before = contents(copied_many)
    outcome = gpunet("train", "--resume", copied_many)
    assert outcome.status == 2
    assert "all of its 6 networks are finished" in outcome.complaint
    assert contents(copied_many) == before


@everywhere
def test_a_network_that_was_lost_is_made_again(
    copied_many: Path, many: tuple[Path, Outcome]
) -> None:
    shutil.rmtree(copied_many / "networks/004")
    result = gpunet("train", "--resume", copied_many, "--json").result
    assert population_state(copied_many) == population_state(many[0])
    assert result["settings"] == many[1].result["settings"]


@pytest.mark.parametrize("damage", ["edited", "format", "newer"])
def test_damaged_files_are_refused(copied_many: Path, damage: str) -> None:
    path = copied_many / "run.json"
    asked = json.loads(path.read_text())
    asked |= {"edited": {"seed": 9}, "format": {"format": "1"}, "newer": {"format": 99}}[damage]
    path.write_text(json.dumps(asked))
    shutil.rmtree(copied_many / "networks/004")
    before = contents(copied_many)
    outcome = gpunet("train", "--resume", copied_many)
    assert outcome.status == 2
    assert path.name in outcome.complaint
    assert contents(copied_many) == before


def test_what_population_jsonl_says_is_not_believed_but_written_again(
    copied_many: Path, many: tuple[Path, Outcome]
) -> None:
    lines = (copied_many / "population.jsonl").read_text().splitlines()
    lines[4] = json.dumps({**json.loads(lines[4]), "accuracy": None, "diverged": "so they say"})
    (copied_many / "population.jsonl").write_text("\n".join(["{", *lines]))
    shutil.rmtree(copied_many / "networks/004")
    result = gpunet("train", "--resume", copied_many, "--json").result
    assert result["settings"] == many[1].result["settings"]
    assert population_state(copied_many) == population_state(many[0])


def test_they_go_on_only_with_the_data_they_began_with(copied_many: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("".join(f"{i % 2},{i},{i + 1},3,4\n" for i in range(40)))
    outcome = gpunet("train", "--resume", copied_many, "--data", table)
    assert outcome.status == 2
    assert "trained on other data" in outcome.complaint


def test_they_are_not_one_run(copied_many: Path) -> None:
    with pytest.raises(package.InputError, match=f"such as {copied_many / 'networks/000'}"):
        RunFolder.open(copied_many)


def test_an_option_given_twice_is_refused_when_one_run_is_resumed(copied: Path) -> None:
    outcome = gpunet("train", "--resume", copied, "--epochs", 8, "--epochs", 9)
    assert outcome.status == 2
    assert "--epochs: give it once" in outcome.complaint


def test_they_are_not_touched_by_another_run(copied_many: Path) -> None:
    before = contents(copied_many)
    assert gpunet(*GRID, "--out", copied_many).status == 2
    assert contents(copied_many) == before


def test_they_are_replaced_when_told_so_and_nothing_else_is(copied_many: Path) -> None:
    (copied_many / "networks/005/letter.txt").write_text("dear")
    options = ("--epochs", 1, "--overwrite", "--out", copied_many)
    assert gpunet("train", *options).status == 0
    left = {*state(copied_many), "run.json", "networks/005/letter.txt"}
    assert set(contents(copied_many)) == left
    assert package.load(copied_many / "model.safetensors", "cpu").sizes == (64, 30, 10)


def test_as_many_processes_as_there_are_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cpu.cores() == 1


@pytest.mark.parametrize("engine", ["graph", "fused"])
def test_what_cannot_be_trained_overwrites_nothing(copied_many: Path, engine: str) -> None:
    before = contents(copied_many)
    options = ("--networks", 2, "--engine", engine, "--out", copied_many, "--overwrite")
    outcome = gpunet("train", *options, "--device", "cpu")
    assert outcome.status == 2
    assert "use --engine eager" in outcome.complaint
    assert contents(copied_many) == before


def test_a_run_that_is_being_trained_is_not_overwritten(
    copied_many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.runs.lock.GRACE_PERIOD", 0.0)
    before = contents(copied_many)
    with LockHolder(Lock(copied_many)):
        outcome = gpunet("train", "--epochs", 1, "--out", copied_many, "--overwrite")
    assert outcome.status == 2
    assert "is being trained by another process" in outcome.complaint
    assert contents(copied_many) == before
