"""Bad input: one clear line, exit 2, nothing written, nothing lost; never a traceback."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from gpunet.backend.choose import survey
from tests.cli.running import contents, gpunet, state

WHOLE = ["0", "-1", "nan", "inf", "1.5", "many", "", "99999999999"]
NUMBERS = ["-1", "nan", "inf", "-inf", "1e300", "much", ""]
WRONG = {
    "--epochs": WHOLE,
    "--batch-size": WHOLE,
    "--learning-rate": ["0", *NUMBERS],
    "--momentum": ["1", *NUMBERS],
    "--l1": NUMBERS,
    "--l2": NUMBERS,
    "--max-norm": [*NUMBERS, "2,", "2,-1", "2,x", "none,nan"],
    "--momentum-start": ["1", *NUMBERS],
    "--momentum-epochs": WHOLE[1:],
    "--clip": NUMBERS,
    "--optimizer": ["adamax", ""],
    "--schedule": ["linear", "step:0:0.5", "exponential:2", ""],
    "--warm-up": WHOLE[1:],
    "--patience": WHOLE[1:],
    "--hidden": [
        *WHOLE,
        "30,0",
        "30,,30",
        "30;30",
        "C5",
        "20C",
        "0C5",
        "MP0",
        "20C5,30x",
    ],
    "--dropout": ["1", *NUMBERS, "0.5,", "0.5,1", "0.5;0.3", "none"],
    "--input-dropout": ["1", *NUMBERS, "0.5,0.3"],
    "--dropout-scaling": ["inverted", ""],
    "--rotation": NUMBERS,
    "--sigma": ["0", *NUMBERS],
    "--seed": ["-1", "nan", "1.5", "lucky"],
    "--cost": ["cubic", ""],
    "--activation": ["swish"],
    "--initializer": ["zero"],
    "--dtype": ["float16", "int8"],
}


@pytest.mark.parametrize(
    ("option", "value"), [(option, value) for option in WRONG for value in WRONG[option]]
)
def test_a_value_that_makes_no_sense_is_refused_by_its_option(
    tmp_path: Path, option: str, value: str
) -> None:
    outcome = gpunet("train", f"{option}={value}", "--out", tmp_path / "run", "--json")
    assert outcome.status == 2
    assert outcome.out == ""
    assert option in outcome.complaint
    assert not (tmp_path / "run").exists()


def test_layers_that_no_memory_could_hold_are_refused(tmp_path: Path) -> None:
    outcome = gpunet("train", "--hidden", "1000000,1000000", "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "give smaller layers" in outcome.complaint
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cuda:-1", "cpu:0", "cuda:99"])
def test_a_device_that_is_not_here_is_refused(tmp_path: Path, name: str) -> None:
    outcome = gpunet("train", "--device", name, "--out", tmp_path / "run")
    assert outcome.status == 2
    assert len(outcome.err.splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_cuda_is_never_replaced_by_the_cpu(tmp_path: Path) -> None:
    if any(found.usable for found in survey() if found.name.startswith("cuda")):
        pytest.skip("a CUDA device answers here")
    outcome = gpunet("train", "--device", "cuda", "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "no CUDA device" in outcome.complaint


@pytest.mark.parametrize("source", ["nothing-there", "letter.txt", "empty"])
def test_data_that_are_none_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "letter.txt").write_text("dear")
    (tmp_path / "empty").mkdir()
    outcome = gpunet("train", "--data", source)
    assert outcome.status == 2
    assert source in outcome.complaint
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("side", "classes", "complaint"),
    [(9, 10, "other.npz has images of 9 × 9 pixels"), (8, 12, "other.npz has 12 classes")],
    ids=["pixels", "labels"],
)
def test_data_that_do_not_fit_the_network_are_refused(
    finished: Path, tmp_path: Path, side: int, classes: int, complaint: str
) -> None:
    labels = np.arange(60) % classes
    images = np.full((60, side, side), 16, np.uint8)
    np.savez(tmp_path / "other.npz", images=images, labels=labels)
    outcome = gpunet("evaluate", finished, "--data", tmp_path / "other.npz")
    assert outcome.status == 2
    assert complaint in outcome.complaint


def test_pixels_of_another_range_are_refused(finished: Path, tmp_path: Path) -> None:
    images = np.full((60, 8, 8), 255, np.uint8)
    np.savez(tmp_path / "bright.npz", images=images, labels=np.arange(60) % 10)
    outcome = gpunet("evaluate", finished, "--data", tmp_path / "bright.npz")
    assert outcome.status == 2
    assert "pixels up to 255" in outcome.complaint


# What asks for a run folder; each reads the files that it names.
READERS = {
    "evaluate": (["evaluate"], {"run.json", "model.safetensors"}),
    "predict": (["predict"], {"run.json", "model.safetensors"}),
    "resume": (["train", "--epochs=9", "--resume"], {"run.json", "checkpoint.safetensors"}),
}
FILES = ["run.json", "model.safetensors", "checkpoint.safetensors", "history.jsonl"]


def read(reader: str, run: Path, image: Path) -> tuple[int, str]:
    """The exit status of a command that reads a run folder, and what it complained of."""
    extra = [image] if reader == "predict" else []
    outcome = gpunet(*READERS[reader][0], run, *extra)
    return outcome.status, outcome.complaint if outcome.status else ""


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", ["missing", "file", "empty", "other"])
def test_a_folder_that_is_no_run_is_refused(
    tmp_path: Path, image: Path, reader: str, kind: str
) -> None:
    run = tmp_path / "run"
    if kind == "file":
        run.write_text("run")
    elif kind != "missing":
        run.mkdir()
    if kind == "other":
        (run / "run.json").write_text('["something", "else"]')
    status, complaint = read(reader, run, image)
    assert status == 2
    assert str(run) in complaint


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_is_missed_by_those_that_need_it(
    copied: Path, image: Path, reader: str, name: str
) -> None:
    (copied / name).unlink()
    status, complaint = read(reader, copied, image)
    if name in READERS[reader][1]:
        assert (status, name in complaint) == (2, True)
    else:
        assert status == 0


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "zeros", "folder"])
def test_a_damaged_file_is_refused_by_those_that_read_it(
    copied: Path, image: Path, reader: str, name: str, damage: str
) -> None:
    path = copied / name
    whole = path.read_bytes()
    middle = whole.find(b"0.0625") + 5 if b"0.0625" in whole else len(whole) // 2
    path.unlink()
    if damage == "folder":
        path.mkdir()
    else:
        path.write_bytes(
            {
                "cut": whole[: len(whole) // 2],
                "empty": b"",
                "zeros": bytes(len(whole)),
                "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            }[damage]
        )
    status, complaint = read(reader, copied, image)
    if name in READERS[reader][1]:
        assert (status, name in complaint) == (2, True)
    elif not (damage == "folder" and reader == "resume"):  # which then cannot write its files
        assert status == 0


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", FILES[:3])
def test_files_of_a_newer_version_are_refused(
    copied: Path, image: Path, reader: str, name: str
) -> None:
    raw = (copied / name).read_bytes()
    old = b'"format": 2' if name == "run.json" else b'\\"format\\": 1'
    assert raw.count(old) == 1
    (copied / name).write_bytes(raw.replace(old, old[:-1] + b"9"))
    status, complaint = read(reader, copied, image)
    if name in READERS[reader][1]:
        assert status == 2
        assert "newer gpunet" in complaint
        assert "update gpunet" in complaint


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", FILES[:3])
def test_files_of_another_run_are_refused(
    copied: Path, image: Path, tmp_path: Path, reader: str, name: str
) -> None:
    gpunet("train", "--epochs", 5, "--seed", 1, "--out", tmp_path / "other")
    shutil.copy(tmp_path / "other" / name, copied / name)
    status, complaint = read(reader, copied, image)
    if name in READERS[reader][1]:
        assert status == 2
        assert "belongs to another run" in complaint


def test_a_run_file_that_was_edited_is_refused(copied: Path) -> None:
    asked = json.loads((copied / "run.json").read_text())
    asked["options"]["learning_rate"] = 0.5
    (copied / "run.json").write_text(json.dumps(asked))
    before = contents(copied)
    outcome = gpunet("train", "--resume", copied, "--epochs", 9)
    assert outcome.status == 2
    assert "damaged or edited" in outcome.complaint
    assert contents(copied) == before


def test_a_run_that_is_refused_is_left_as_it_was(copied: Path) -> None:
    (copied / "checkpoint.safetensors").write_bytes(b"damaged")
    before = state(copied)
    assert gpunet("train", "--resume", copied, "--epochs", 9).status == 2
    assert state(copied) == before


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--hidden", "MP2"], "put one right below it"),
        (["--hidden", "10,20C5"], "below all fully connected layers"),
        (["--hidden", "3C5,MP3"], "these do: MP2, MP4"),
        (["--hidden", "3C9"], "do not fit into 8 × 8"),
        (["--hidden", "3C5", "--activation", "softmax"], "softmax on 3C5"),
        (["--hidden", "none", "--dropout", "0.5"], "needs a hidden layer"),
        (["--optimizer", "adam", "--momentum", "0.5"], "takes no momentum"),
        (["--optimizer", "nesterov", "--momentum", "0"], "give a momentum above 0"),
        (["--engine", "graph", "--dropout", "0.5"], "use --engine eager"),
    ],
)
def test_incompatible_options_are_refused_by_name(
    tmp_path: Path, options: list[str], complaint: str
) -> None:
    outcome = gpunet("train", *options, "--out", tmp_path / "run")
    assert outcome.status == 2
    assert complaint in outcome.complaint
    assert not (tmp_path / "run").exists()
