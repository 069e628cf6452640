"""What a run.json says is believed as far as it can be: edited, forged, or of another kind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gpunet.serialization.tensors import read_tensors, write_tensors
from tests.cli.running import gpunet, population_state, state
from tests.forging import edit, forge, forge_all, make_foreign, make_killed, make_old, put


def lie(description: dict[str, Any]) -> None:
    description["result"] |= {"accuracy": 0.125, "correct": 45}


def test_a_result_that_was_edited_is_never_told(two_of_three: Path) -> None:
    edit(two_of_three / "networks/001", lie)
    outcome = gpunet("train", "--resume", two_of_three)
    assert outcome.status == 2
    assert "networks/001/run.json: damaged or edited" in outcome.complaint
    assert "12.5" not in outcome.out


@pytest.mark.parametrize("make", [lambda run: forge(run, lie), make_foreign, make_old])
def test_a_result_of_somebody_elses_is_found_out_again(
    two_of_three: Path, three: Path, make: Callable[[Path], None]
) -> None:
    for network in ("000", "001"):
        make(two_of_three / "networks" / network)
    result = gpunet("train", "--resume", two_of_three, "--json").result
    told = [json.loads(line) for line in (three / "population.jsonl").read_text().splitlines()]
    assert result["networks"] == told
    assert population_state(two_of_three) == population_state(three)


@pytest.mark.parametrize(
    "result",
    [
        *(None, 5, [], {}, {"accuracy": 0.5}, "good"),
        *({"accuracy": value, "correct": 1, "total": 1, "cost": 0.1} for value in ("x", 10**400)),
    ],
    ids=str,
)
def test_a_result_of_another_kind_is_refused(two_of_three: Path, result: Any) -> None:
    forge(two_of_three / "networks/001", lambda description: description.update(result=result))
    outcome = gpunet("train", "--resume", two_of_three)
    assert outcome.status == 2
    assert "networks/001/run.json: damaged: " in outcome.complaint


def test_a_run_of_somebody_elses_is_evaluated_again_and_is_ours_then(
    copied: Path, finished: Path
) -> None:
    make_foreign(copied)
    assert gpunet("train", "--resume", copied).status == 0
    assert state(copied) == state(finished)
    assert "has finished its 5 epochs" in gpunet("train", "--resume", copied).complaint


WRONG = {
    "a name that is a number": (("data", "name"), 5),
    "no name": (("data", "name"), None),
    "no classes": (("data", "classes"), []),
    "classes that are numbers": (("data", "classes"), list(range(10))),
    "too many seconds": (("seconds",), 10**400),
    "seconds that are none": (("seconds",), float("nan")),
    "half a letter": (("started",), "\ud800"),
    "no result": (("result",), None),
    "a size beyond all bounds": (("network", "sizes"), [64, 10**400, 10]),
    "a box larger than the image": (("data", "style", "box"), 10**9),
    "a shape that no memory holds": (("data", "style", "shape"), [2**31, 2**31]),
    "an option that is a list": (("options", "epochs"), [1]),
    "no precision": (("precision",), 5),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("reader", ["evaluate", "predict", "resume"])
def test_what_makes_no_sense_is_refused_by_name(
    copied: Path, image: Path, wrong: str, reader: str
) -> None:
    forge_all(copied, put(*WRONG[wrong]))
    arguments = {
        "evaluate": ("evaluate", copied),
        "predict": ("predict", copied, image),
        "resume": ("train", "--resume", copied, "--epochs", 6),
    }[reader]
    outcome = gpunet(*arguments)
    assert outcome.status == 2
    assert "run.json: damaged" in outcome.complaint


GRIDS = {
    "values that are none": (("grid", "cost"), "quadratic"),
    "layers that are none": (("grid", "hidden"), [5]),
    "layers within layers": (("grid", "hidden"), [[[30]]]),
    "an option of options": (("grid", "l2"), [{}]),
    "too many points": (("grid", "l2"), list(range(10_001))),
    "too many networks": (("networks",), 10**400),
    "no data": (("data",), {}),
    "a type that is none": (("dtype",), "float16"),
}


@pytest.mark.parametrize("wrong", GRIDS)
@pytest.mark.parametrize("command", [("evaluate",), ("train", "--resume")], ids=str)
def test_a_population_that_makes_no_sense_is_refused_by_name(
    two_of_three: Path, wrong: str, command: tuple[str, ...]
) -> None:
    forge(two_of_three, put(*GRIDS[wrong]))
    outcome = gpunet(*command, two_of_three)
    assert outcome.status == 2
    assert "run.json: damaged" in outcome.complaint


@pytest.mark.parametrize(
    "row", [5, None, [], {}, {"epoch": 1, "steps": "many"}, {"epoch": float("nan")}], ids=str
)
def test_a_history_of_another_kind_is_refused(copied: Path, row: Any) -> None:
    make_killed(copied)
    path = copied / "checkpoint.safetensors"
    tensors, about, _ = read_tensors(path)
    about["history"][0] = row
    write_tensors(path, tensors, about)
    outcome = gpunet("train", "--resume", copied, "--epochs", 6)
    assert outcome.status == 2
    assert "checkpoint.safetensors: damaged: " in outcome.complaint
    assert "history[0]" in outcome.complaint
