"""A photograph of several digits, asked about: all of them in one answer, each looked into."""

from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpunet.backend.choose import open_device
from gpunet.datasets.readers.photographs.reading import read_digits
from gpunet.datasets.readers.pictures import decode_grey
from gpunet.evaluation.predict import answer as predicted
from gpunet.serialization.shipped import shipped_run
from gpunet.sweeps.named import open_runs
from gpunet.web.draw.routes import make_draw
from gpunet.web.draw.shelf import Shelf
from gpunet.web.guard import Guard
from tests.web.draw.test_routes import array, post
from tests.web.drawings import png, seven
from tests.web.pages import jpeg, page


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The network that comes along, alone."""
    monkeypatch.chdir(tmp_path)
    return Shelf([], open_device("cpu"))


def read(app: Guard, body: bytes, number: int = 0) -> Any:
    return post(app, "photograph", body, number).json


def test_all_digits_are_read_line_by_line_as_predict_reads_them(reader: Shelf) -> None:
    photograph = jpeg(page("314", "15926"))
    said = read(make_draw(reader), photograph)
    runs = open_runs([shipped_run()])
    seen = read_digits(decode_grey(BytesIO(photograph), "it"), runs.style)
    (picture,) = predicted(runs.load(open_device("cpu")), [(Path("it"), seen)])
    assert "".join(digit["label"] for digit in said["digits"]) == "31415926"
    assert [runs.classes[digit.label] for digit in picture.digits] == list("31415926")
    for digit, wanted in zip(said["digits"], picture.digits, strict=True):
        assert digit["box"] == list(wanted.box)
        assert (array(digit["seen"], np.uint8) == wanted.seen).all()


def test_boxes_lie_in_the_upright_picture(reader: Shelf) -> None:
    upright = page("314", "1")
    app = make_draw(reader)
    plain = read(app, jpeg(upright))
    turned = read(app, jpeg(upright.rotate(90, expand=True), orientation=6))
    assert plain["size"] == turned["size"] == list(upright.size)
    boxes = [np.array([digit["box"] for digit in said["digits"]]) for said in (plain, turned)]
    assert len(boxes[0]) == 4
    assert abs(boxes[0] - boxes[1]).max() <= 4


@pytest.mark.parametrize("number", [0, 1])
def test_what_is_seen_of_a_digit_is_sent_back_to_look_into_it(draw: Guard, number: int) -> None:
    """Pixels of these networks go to 16, and come back as they were."""
    (only,) = read(draw, png(255 - seven()), number)["digits"]
    said = post(draw, "digit", b64decode(only["seen"]), number).json
    assert said["seen"] == only["seen"]
    assert said["guesses"][0]["label"] == only["label"]
    described = post(draw, "drawing", seven().tobytes(), number).json
    assert len(said["layers"]) == len(described["layers"])


def test_a_digit_photographed_is_answered_as_the_same_drawing_is(draw: Guard) -> None:
    drawn = post(draw, "drawing", seven().tobytes()).json["guesses"][0]
    (only,) = read(draw, png(255 - seven()))["digits"]
    photographed = post(draw, "digit", b64decode(only["seen"])).json["guesses"][0]
    assert photographed["label"] == only["label"] == drawn["label"] == "7"
    assert photographed["probability"] == pytest.approx(drawn["probability"], abs=0.05)


def test_a_committee_reads_as_it_looks(draw: Guard, shelf: Shelf) -> None:
    """All of it: here the first network has no opinion."""
    undecided = shelf.get(1).probes[0].network
    undecided.weights[-1][...] = undecided.biases[-1][...] = 0
    found = read(draw, jpeg(page("0123456789")), 1)["digits"]
    assert len(found) == 10
    for digit in found:
        said = post(draw, "digit", b64decode(digit["seen"]), 1).json
        assert said["guesses"][0]["label"] == digit["label"]


def test_an_answer_about_many_digits_is_small(reader: Shelf) -> None:
    reply = post(make_draw(reader), "photograph", jpeg(page(*["01234567890123456789"] * 9)))
    assert len(reply.json["digits"]) == 180
    assert len(reply.body) < 250_000


def test_more_digits_than_the_page_shows_are_refused(
    reader: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.web.pictures.MOST_SEEN", 3 * 784)
    app = make_draw(reader)
    assert len(read(app, jpeg(page("314")))["digits"]) == 3
    reply = post(app, "photograph", jpeg(page("3141")))
    assert reply.status == 400
    assert "shows 4 digits" in reply.text
    assert "gpunet predict" in reply.text


def test_where_classes_are_words_a_picture_is_taken_whole(words: Path) -> None:
    """As predict takes it."""
    image = page("314")
    (whole,) = read(make_draw(Shelf([words], open_device("cpu"))), jpeg(image))["digits"]
    assert whole["box"] == [0, 0, *image.size]


@pytest.mark.parametrize("length", [0, 63, 65])
def test_pixels_of_another_size_are_refused(draw: Guard, length: int) -> None:
    reply = post(draw, "digit", bytes(length))
    assert reply.status == (413 if length > 64 else 400)
    assert ("64 bytes at most" if length > 64 else "8 × 8 pixels") in reply.text


def test_a_network_that_diverged_reads_no_photograph(reader: Shelf) -> None:
    reader.get(0).probes[0].network.weights[-1][...] = np.nan
    reply = post(make_draw(reader), "photograph", jpeg(page("31")))
    assert reply.status == 400
    assert "diverged" in reply.text
