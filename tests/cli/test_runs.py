"""`gpunet runs`: the runs of a folder."""

import shutil
from pathlib import Path

import pytest

from gpunet.runs.lock import Lock
from tests.cli.running import gpunet
from tests.forging import forge


@pytest.fixture
def folder(finished: Path, two_of_three: Path, tmp_path: Path) -> Path:
    """A finished run, and a population with one network to be trained."""
    made = tmp_path / "runs"
    shutil.copytree(finished, made / "one")
    shutil.copytree(two_of_three, made / "many")
    return made


def listed(folder: Path) -> dict[str, dict[str, object]]:
    """What is said of each folder, by its name."""
    outcome = gpunet("runs", folder, "--json")
    assert outcome.status == 0, outcome.err
    return {Path(each["path"]).name: each for each in outcome.result["runs"]}


def test_a_run_is_told_with_what_train_said(finished: Path) -> None:
    (one,) = gpunet("runs", finished, "--json").result["runs"]
    evaluated = gpunet("evaluate", finished, "--json").result
    assert one["accuracy"] == evaluated["accuracy"]
    assert (one["state"], one["epochs"], one["asked_epochs"]) == ("finished", 5, 5)
    assert one["options"]["hidden"] == [30]
    # Wilson's interval is where the accuracy is 1.96 standard deviations of a share away.
    for end in one["ci95"]:
        deviation = (end * (1 - end) / evaluated["total"]) ** 0.5
        assert abs(end - one["accuracy"]) == pytest.approx(1.959964 * deviation, rel=1e-5)


def test_a_population_has_a_line_for_each_setting(tmp_path: Path) -> None:
    grid = ("--learning-rate", 1, "--learning-rate", 3, "--networks", 2, "--epochs", 2)
    trained = gpunet("train", *grid, "--out", tmp_path / "runs" / "grid", "--json").result
    result = gpunet("runs", tmp_path / "runs", "--json").result
    assert result["differing"] == ["learning_rate"]
    for said, setting in zip(result["runs"], trained["settings"], strict=True):
        assert said["accuracy"] == setting["mean"]
        assert (said["deviation"], said["ci95"]) == (setting["std"], setting["ci95"])
        assert said["options"]["learning_rate"] == setting["options"]["learning_rate"]
        assert said["trained"] == said["networks"] == 2


def test_only_settings_that_differ_are_told(folder: Path) -> None:
    said = gpunet("runs", folder).out
    assert "seed" in said
    assert "0 to 2" in said
    for same in ("hidden", "activation", "batch size", "data"):
        assert same not in said


def test_the_newest_is_last(folder: Path) -> None:
    started = [each["started"] for each in gpunet("runs", folder, "--json").result["runs"]]
    assert started == sorted(started)
    assert len(started) == 2


def test_what_was_killed_is_interrupted_and_what_is_trained_is_running(folder: Path) -> None:
    for name in ("one", "many"):
        forge(
            folder / name,
            lambda said: said.update(status="running", result={}) or said.pop("result"),
        )
    found = listed(folder)
    assert found["one"]["state"] == found["many"]["state"] == "interrupted"
    assert (found["many"]["trained"], found["many"]["networks"]) == (2, 3)
    lock = Lock(folder / "one")
    assert listed(folder)["one"]["state"] == "running"
    lock.release()


def test_a_run_that_diverged_says_so(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "wild"
    wild = ("--learning-rate", 1e6, "--activation", "linear")
    assert gpunet("train", *wild, "--out", run).status == 1
    said = listed(tmp_path / "runs")["wild"]
    assert (said["state"], said["accuracy"]) == ("diverged", None)
    assert "diverged" in gpunet("runs", tmp_path / "runs").out


def test_damaged_folders_hide_no_others(folder: Path) -> None:
    for name in ("text", "edited", "headless", "history"):
        shutil.copytree(folder / "one", folder / name)
    (folder / "text" / "run.json").write_text("{")
    (folder / "edited" / "run.json").write_text(
        (folder / "one" / "run.json").read_text().replace('"seed": 0', '"seed": 1')
    )
    (folder / "headless" / "run.json").unlink()
    (folder / "history" / "history.jsonl").write_text("[]\n")
    (folder / "something else").mkdir()
    outcome = gpunet("runs", folder)
    assert outcome.status == 0
    for name, why in (
        ("text", "not the description of a run"),
        ("edited", "do not match their checksum"),
        ("headless", "has no run.json"),
        ("history", "line 1"),
    ):
        (line,) = [each for each in outcome.out.splitlines() if f"{folder / name}" in each]
        assert line.startswith("damaged: ")
        assert why in line
    assert str(folder / "one") in outcome.out
    assert "something else" not in outcome.out
    states = {name: each["state"] for name, each in listed(folder).items()}
    assert list(states.values()).count("damaged") == 4
    assert states["one"] == "finished"


@pytest.mark.parametrize(
    "result",
    [
        {"settings": 5},
        {"settings": [{"mean": "high"}]},
        {"settings": [{"mean": 0.5, "ci95": [1]}]},
        7,
    ],
)
def test_a_forged_result_of_a_population_is_damage(folder: Path, result: object) -> None:
    forge(folder / "many", lambda said: said.update(result=result))
    assert listed(folder)["many"]["state"] == "damaged"


def test_a_forged_result_of_a_run_is_not_told(folder: Path) -> None:
    forge(folder / "one", lambda said: said["result"].update(correct=9, total=3))
    assert listed(folder)["one"]["accuracy"] is None


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    for place, why in ((tmp_path, "holds no run"), (tmp_path / "none", "no such folder")):
        outcome = gpunet("runs", place)
        assert outcome.status == 2
        assert why in outcome.complaint


@pytest.mark.parametrize("width", [40, 60, 80, 160])
def test_names_that_are_typed_are_never_cut(
    folder: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.cli.common.PIPED_WIDTH", width)
    said = gpunet("runs", folder).out
    assert "…" not in said
    for name in ("one", "many"):
        assert str(folder / name) in said
    if width >= 60:
        assert all(len(line) <= width or str(folder) in line for line in said.splitlines())
