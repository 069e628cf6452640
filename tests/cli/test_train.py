"""`gpunet train`: what it prints, what it writes, what it refuses."""

import json
import os
import resource
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import gpunet as package
from tests.cli.running import contents, everywhere, finish, gpunet, start, state


@everywhere
def test_with_no_options_it_trains_the_network_of_chapter_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert gpunet("train").status == 0
    asked = json.loads((tmp_path / "runs/1/run.json").read_text())
    assert asked["network"]["sizes"] == [64, 30, 10]
    assert asked["network"]["activations"] == ["sigmoid", "sigmoid"]
    assert asked["network"]["cost"] == "quadratic"
    chapter_1 = {"epochs": 30, "batch_size": 10, "learning_rate": 3.0, "momentum": 0.0, "l2": 0.0}
    others = {"schedule": "constant", "optimizer": "sgd", "l1": 0.0, "patience": 0}
    assert asked["options"].items() >= {**chapter_1, **others}.items()
    assert asked["data"]["name"] == "digits"


def test_runs_without_a_name_are_numbered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runs = [gpunet("train", "--epochs", 1, "--json").result["run"] for _ in range(2)]
    assert runs == ["runs/1", "runs/2"]


@everywhere
def test_json_is_one_object_with_the_promised_fields(tmp_path: Path, where: str) -> None:
    outcome = gpunet("train", "--epochs", 2, "--seed", 7, "--out", tmp_path / "run", "--json")
    result = outcome.result
    assert result["total"] == 359
    assert result["accuracy"] == result["correct"] / result["total"]
    assert result["device"] == where
    assert result["seed"] == 7
    assert result["run"] == str(tmp_path / "run")
    assert result["epochs"] == 2
    assert result["seconds"] > 0
    assert "epoch 2/2" in outcome.err


@everywhere
def test_elsewhere_than_on_a_terminal_it_prints_one_line_an_epoch(tmp_path: Path) -> None:
    outcome = gpunet("train", "--epochs", 3, "--out", tmp_path / "run")
    epochs = [line for line in outcome.out.splitlines() if line.startswith("epoch")]
    assert [line.split()[1] for line in epochs] == ["1/3", "2/3", "3/3"]
    # Nothing else is told, and of a GPU's engine one line.
    assert [line for line in outcome.err.splitlines() if not line.startswith("engine: ")] == []


@everywhere
def test_it_ends_with_the_result_and_what_to_type_next(tmp_path: Path, where: str) -> None:
    run = tmp_path / "run"
    said = gpunet("train", "--epochs", 2, "--out", run).out
    for part in (
        "accuracy",
        "most often confused",
        f"trained on {where}",
        f"gpunet evaluate {run}",
    ):
        assert part in said


@everywhere
def test_the_run_folder_holds_the_four_files_and_nothing_else(finished: Path) -> None:
    assert {path.name for path in finished.iterdir()} == {"run.json", *state(finished)}


@everywhere
def test_the_history_has_a_line_an_epoch(finished: Path) -> None:
    lines = [json.loads(line) for line in (finished / "history.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3, 4, 5]
    assert [line["steps"] for line in lines] == [126, 252, 378, 504, 630]
    assert all(0 < line["accuracy"] < 1 and line["cost"] > 0 for line in lines)


@everywhere
def test_the_run_file_says_all_that_is_needed_to_repeat_the_run(finished: Path, where: str) -> None:
    asked = json.loads((finished / "run.json").read_text())
    assert asked["status"] == "finished"
    assert asked["data"]["digest"] == package.load_dataset("digits").digest
    assert asked["versions"]["numpy"] == np.__version__
    assert asked["device"] == where
    assert ("cupy" in asked["versions"]) == (where != "cpu")


@everywhere
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, finished: Path) -> None:
    gpunet("train", "--epochs", 5, "--out", tmp_path / "again")
    assert state(tmp_path / "again") == state(finished)


@everywhere
def test_another_seed_gives_others(tmp_path: Path, finished: Path) -> None:
    gpunet("train", "--epochs", 5, "--seed", 1, "--out", tmp_path / "other")
    assert state(tmp_path / "other") != state(finished)


@everywhere
def test_options_decide_the_network(tmp_path: Path) -> None:
    layers = ["--hidden=20,15", "--activation=tanh", "--cost=log-likelihood", "--dtype=float64"]
    learning = ["--learning-rate=0.1", "--momentum=0.5", "--initializer=scaled", "--epochs=2"]
    assert gpunet("train", *layers, *learning, "--out", tmp_path / "run").status == 0
    network = package.load(tmp_path / "run/model.safetensors", "cpu")
    assert network.sizes == (64, 20, 15, 10)
    assert network.activations == ("tanh", "tanh", "softmax")
    assert network.dtype == np.float64


@everywhere
def test_a_network_may_have_no_hidden_layer(tmp_path: Path) -> None:
    assert gpunet("train", "--hidden", "none", "--epochs", 2, "--out", tmp_path / "r").status == 0
    assert package.load(tmp_path / "r/model.safetensors", "cpu").sizes == (64, 10)


@everywhere
def test_a_batch_larger_than_the_data_takes_all_of_them(tmp_path: Path) -> None:
    outcome = gpunet("train", "--batch-size", 5000, "--epochs", 2, "--out", tmp_path / "run")
    assert outcome.status == 0
    assert "--batch-size 5000 is more than the 1,258 training images: using all" in outcome.out
    assert json.loads((tmp_path / "run/history.jsonl").read_text().splitlines()[-1])["steps"] == 2


def test_an_existing_run_is_not_touched(copied: Path) -> None:
    before = contents(copied)
    outcome = gpunet("train", "--seed", 3, "--out", copied)
    assert outcome.status == 2
    assert "--overwrite" in outcome.complaint
    assert contents(copied) == before


def test_an_existing_run_is_replaced_when_told_so(copied: Path) -> None:
    before = state(copied)
    assert gpunet("train", "--seed", 3, "--out", copied, "--overwrite").status == 0
    assert state(copied) != before


def test_a_folder_of_other_things_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    outcome = gpunet("train", "--out", tmp_path, "--overwrite")
    assert outcome.status == 2
    assert contents(tmp_path) == {"letter.txt": b"dear"}


@pytest.mark.parametrize(
    "place", ["taken", "taken/below", "n" * 300], ids=["file", "below", "long"]
)
def test_a_place_where_no_folder_can_be_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "taken").write_text("a file")
    outcome = gpunet("train", "--out", tmp_path / place)
    assert outcome.status == 2
    assert "--out" in outcome.complaint
    assert contents(tmp_path) == {"taken": b"a file"}


@everywhere
def test_divergence_names_the_step_and_keeps_the_last_good_epoch(tmp_path: Path) -> None:
    options = ["--hidden", "none", "--activation", "linear", "--learning-rate", "0.2"]
    outcome = gpunet("train", *options, "--epochs", 9, "--out", tmp_path / "long", "--json")
    assert outcome.status == 1
    assert outcome.out == ""
    assert "at step" in outcome.complaint
    assert "a learning rate smaller than 0.2" in outcome.complaint
    good = len((tmp_path / "long/history.jsonl").read_text().splitlines())
    assert good > 0
    gpunet("train", *options, "--epochs", good, "--out", tmp_path / "short")
    assert state(tmp_path / "long") == state(tmp_path / "short")


@everywhere
def test_divergence_in_the_first_epoch_keeps_the_first_weights(tmp_path: Path) -> None:
    options = ["--hidden", "30,30,30,30", "--activation", "relu", "--cost", "log-likelihood"]
    outcome = gpunet("train", *options, "--learning-rate", 1e6, "--out", tmp_path / "run")
    assert outcome.status == 1
    assert "of epoch 1" in outcome.complaint
    tensors = load_file(tmp_path / "run/model.safetensors")
    assert all(np.isfinite(tensor).all() for tensor in tensors.values())


def test_no_space_left_ends_in_one_line_and_keeps_the_earlier_state(copied: Path) -> None:
    before = state(copied)

    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    outcome = finish(start("train", "--resume", copied, "--epochs", 8, preexec_fn=small_files_only))
    assert outcome.status == 1
    assert len(outcome.err.splitlines()) == 1
    assert f"{copied}: cannot be written: File too large" in outcome.err
    assert state(copied) == before
    assert {path.name for path in copied.iterdir()} == {"run.json", *before}


def test_on_a_terminal_it_shows_a_live_display(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    arguments = ("train", "--epochs", 20, "--batch-size", 2, "--out", tmp_path / "run")
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
    assert b"\x1b[" in shown
    assert "━".encode() in shown
    assert b"next: gpunet evaluate" in shown
    assert b"Traceback" not in shown
