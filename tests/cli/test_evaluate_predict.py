"""`gpunet evaluate` and `gpunet predict`."""

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gpunet as package
from tests.cli.running import everywhere, gpunet
from tests.datasets.written import page

TEST = package.load_dataset("digits").test


def write_digit(path: Path, row: int, size: int = 8) -> Path:
    """One of the digits' own test images, whose 16 levels become 8 bits."""
    pixels = np.rint(TEST.images[row].reshape(8, 8) * (255 / 16)).astype(np.uint8)
    Image.fromarray(pixels).resize((size, size), Image.Resampling.NEAREST).save(path)
    return path


@everywhere
def test_evaluate_agrees_with_what_train_said(tmp_path: Path) -> None:
    run = tmp_path / "run"
    trained = gpunet("train", "--epochs", 3, "--seed", 5, "--out", run, "--json").result
    evaluated = gpunet("evaluate", run, "--json").result
    for field in ("accuracy", "correct", "total", "device", "seed"):
        assert evaluated[field] == trained[field]


@everywhere
def test_evaluate_gives_the_confusion_matrix(finished: Path) -> None:
    result = gpunet("evaluate", finished, "--json").result
    confusion = np.array(result["confusion"])
    np.testing.assert_array_equal(confusion.sum(axis=1), np.bincount(TEST.labels))
    assert np.trace(confusion) == result["correct"]


@pytest.mark.parametrize(("split", "total"), [("train", 1258), ("validation", 180), ("test", 359)])
def test_evaluate_takes_any_split(finished: Path, split: str, total: int) -> None:
    result = gpunet("evaluate", finished, "--split", split, "--json").result
    assert (result["split"], result["total"]) == (split, total)


@everywhere
def test_evaluate_prints_a_row_for_each_class(finished: Path) -> None:
    said = gpunet("evaluate", finished).out
    for part in ("accuracy", "cost", "most often confused", "recall", "true \\ predicted"):
        assert part in said


@everywhere
def test_evaluate_takes_other_data_of_the_same_kind(finished: Path, tmp_path: Path) -> None:
    images = TEST.images[:60].reshape(-1, 8, 8)
    np.savez(tmp_path / "few.npz", images=images, labels=TEST.labels[:60])
    outcome = gpunet("evaluate", finished, "--data", tmp_path / "few.npz", "--json")
    assert outcome.status == 0, outcome.err


@everywhere
def test_predict_agrees_with_the_network(finished: Path, tmp_path: Path, where: str) -> None:
    paths = [write_digit(tmp_path / f"{row}.png", row) for row in range(25)]
    result = gpunet("predict", finished, *paths, "--json").result
    network = package.load(finished / "model.safetensors", where)
    host = network.device.host
    labels = [int(each["label"]) for each in result["predictions"]]
    assert labels == host(network.predict(TEST.images[:25])).tolist()
    outputs = host(network.feedforward(TEST.images[:25])).astype(np.float64)
    shares = [list(each["probabilities"].values()) for each in result["predictions"]]
    np.testing.assert_allclose(shares, outputs / outputs.sum(axis=1, keepdims=True), rtol=1e-6)


@everywhere
def test_predict_gives_probabilities_for_all_classes(finished: Path, tmp_path: Path) -> None:
    result = gpunet("predict", finished, write_digit(tmp_path / "a.png", 3), "--json").result
    (prediction,) = result["predictions"]
    assert sum(prediction["probabilities"].values()) == pytest.approx(1)
    assert prediction["probability"] == max(prediction["probabilities"].values())
    assert prediction["probability"] == prediction["probabilities"][prediction["label"]]


def test_predict_takes_a_folder(finished: Path, tmp_path: Path) -> None:
    for row, name in enumerate(["b.png", "a.bmp", "notes.txt"]):
        if name.endswith("txt"):
            (tmp_path / name).write_text("no image")
        else:
            write_digit(tmp_path / name, row)
    result = gpunet("predict", finished, tmp_path, "--json").result
    assert [Path(each["image"]).name for each in result["predictions"]] == ["a.bmp", "b.png"]


def test_predict_prints_a_line_an_image(finished: Path, tmp_path: Path) -> None:
    paths = [write_digit(tmp_path / f"{row}.png", row) for row in range(3)]
    lines = gpunet("predict", finished, *paths).out.splitlines()
    assert [line.split(":")[0] for line in lines] == list(map(str, paths))


def test_predict_brings_a_larger_image_to_the_size_of_the_network(
    finished: Path, tmp_path: Path
) -> None:
    paths = [write_digit(tmp_path / f"{row}.png", row, size=80) for row in range(60)]
    result = gpunet("predict", finished, *paths, "--json").result
    right = [int(p["label"]) == TEST.labels[row] for row, p in enumerate(result["predictions"])]
    assert np.mean(right) > 0.6


def bomb(path: Path) -> None:
    """A PNG whose header promises 60,000 × 60,000 pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + struct.pack(">I", zlib.crc32(header))
        + b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    )  # fmt: skip


def cut_short(path: Path) -> None:
    whole = write_digit(path, 0, size=400).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


BAD_IMAGES: dict[str, Callable[[Path], Any]] = {
    "missing": lambda path: None,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("this is no image"),
    "cut short": cut_short,
    "blank": lambda path: Image.new("L", (50, 50), 255).save(path),
    "bomb": bomb,
    "empty folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("kind", BAD_IMAGES)
def test_predict_refuses_what_is_no_image(finished: Path, tmp_path: Path, kind: str) -> None:
    good, bad = write_digit(tmp_path / "good.png", 0), tmp_path / "bad.png"
    BAD_IMAGES[kind](bad)
    outcome = gpunet("predict", finished, good, bad, "--json")
    assert outcome.status == 2
    assert outcome.out == ""
    assert str(bad) in outcome.complaint
    assert len(outcome.err.splitlines()) == 1


def test_predict_takes_an_image_once(finished: Path, tmp_path: Path) -> None:
    write_digit(tmp_path / "a.png", 0)
    (tmp_path / "link.png").symlink_to("a.png")
    for given in (
        [tmp_path, tmp_path],
        [tmp_path / "a.png", tmp_path / "a.png"],
        [tmp_path / "a.png", tmp_path / "link.png"],
        [tmp_path, f"{tmp_path}/../{tmp_path.name}"],
    ):
        outcome = gpunet("predict", finished, *given)
        assert outcome.status == 2
        assert f"{given[1]}: given twice; give each" in outcome.complaint


def test_predict_says_how_several_runs_are_named(finished: Path, tmp_path: Path) -> None:
    image = write_digit(tmp_path / "a.png", 0)
    outcome = gpunet("predict", finished, finished, image)
    assert outcome.status == 2
    assert outcome.complaint.endswith(
        f"a run, not an image; to average over it too, use --with {finished}"
    )


def test_predict_says_which_comes_first(finished: Path, tmp_path: Path) -> None:
    image = write_digit(tmp_path / "a.png", 0)
    outcome = gpunet("predict", image, finished)
    assert outcome.status == 2
    assert outcome.complaint.endswith(f"name the run first: gpunet predict {finished} {image}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read any folder")
def test_predict_refuses_a_folder_that_cannot_be_read(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    outcome = gpunet("predict", finished, tmp_path / "closed")
    assert outcome.status == 2
    assert "closed: cannot be read" in outcome.complaint


def test_predict_needs_an_image(finished: Path) -> None:
    outcome = gpunet("predict", finished)
    assert outcome.status == 2
    assert "IMAGES" in outcome.complaint


def write_page(path: Path) -> Path:
    """A photograph's worth of seven and four, and a three on the next line."""
    boxes = [(7, (60, 40, 60, 100)), (4, (260, 45, 60, 100)), (3, (120, 230, 60, 100))]
    page(boxes).save(path)
    return path


def test_predict_reads_several_digits_in_order(finished: Path, tmp_path: Path) -> None:
    path = write_page(tmp_path / "page.png")
    (picture,) = gpunet("predict", finished, path, "--json").result["predictions"]
    assert picture.keys() == {"image", "digits"}
    assert [digit["box"]["left"] // 100 for digit in picture["digits"]] == [0, 2, 1]
    for digit in picture["digits"]:
        assert digit["box"]["height"] == pytest.approx(110, abs=8)
        assert digit["probability"] == digit["probabilities"][digit["label"]]
    (line,) = gpunet("predict", finished, path).out.splitlines()
    labels = [digit["label"] for digit in picture["digits"]]
    assert [each.split()[0] for each in line.split(": ")[1].split(", ")] == labels


def test_predict_of_one_digit_tells_its_place_too(finished: Path, tmp_path: Path) -> None:
    path = write_digit(tmp_path / "a.png", 0)
    (picture,) = gpunet("predict", finished, path, "--json").result["predictions"]
    (digit,) = picture["digits"]
    assert digit["label"] == picture["label"]
    assert digit["box"] == {"left": 0, "top": 0, "width": 8, "height": 8}


@pytest.mark.parametrize("as_json", [False, True])
def test_predict_answers_the_others_in_a_folder(
    finished: Path, tmp_path: Path, as_json: bool
) -> None:
    write_digit(tmp_path / "a.png", 0)
    (tmp_path / "b.png").write_text("no image")
    Image.new("L", (50, 50), 255).save(tmp_path / "c.png")
    write_digit(tmp_path / "d.png", 1)
    outcome = gpunet("predict", finished, tmp_path, *["--json"] * as_json)
    assert outcome.status == 2
    first, second = (line for line in outcome.err.splitlines() if line.startswith("gpunet: "))
    assert "b.png: not an image" in first
    assert "c.png: the image is blank" in second
    if as_json:
        names = [Path(each["image"]).name for each in outcome.result["predictions"]]
        assert names == ["a.png", "d.png"]
        refused = [Path(each["image"]).name for each in outcome.result["errors"]]
        assert refused == ["b.png", "c.png"]
    else:
        assert [line.split(":")[0][-5:] for line in outcome.out.splitlines()] == ["a.png", "d.png"]


def test_predict_draws_what_the_network_saw(finished: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "seen.png"
    paths = [write_digit(tmp_path / "a.png", 0), write_page(tmp_path / "page.png")]
    outcome = gpunet("predict", finished, *paths, "--show", sheet)
    assert outcome.status == 0
    assert f"{sheet}: 2 images and what the network saw" in outcome.out
    with Image.open(sheet) as drawn:
        levels = np.asarray(drawn.convert("RGB")).astype(int)
    red = (levels[..., 0] - levels[..., 2] > 150).any(axis=1)
    assert red.any()  # boxes round the digits of the page, not round what is one digit itself
    assert not red[: len(red) // 3].any()


def test_predict_says_where_a_sheet_cannot_be_written(finished: Path, tmp_path: Path) -> None:
    path = write_digit(tmp_path / "a.png", 0)
    outcome = gpunet("predict", finished, path, "--show", tmp_path / "nowhere" / "seen.png")
    assert outcome.status != 0
    assert "seen.png" in outcome.complaint or "nowhere" in outcome.complaint


def test_predict_takes_pictures_of_named_things_whole(tmp_path: Path) -> None:
    for name, digit in (("seven", 7), ("three", 3)):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(12):
            box = (20 + 2 * number, 20, 60, 100)
            page([(digit, box)], (140, 160)).save(tmp_path / "data" / name / f"{number}.png")
    run = tmp_path / "run"
    assert gpunet("train", "--data", tmp_path / "data", "--epochs", 1, "--out", run).status == 0
    two = write_page(tmp_path / "two.png")
    (picture,) = gpunet("predict", run, two, "--json").result["predictions"]
    assert picture["digits"][0]["box"] == {"left": 0, "top": 0, "width": 600, "height": 400}
