"""What the page to draw on asks for, and what it is told."""

import os
import shutil
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gpunet
from gpunet.backend.choose import open_device
from gpunet.datasets.readers.pictures import fit_picture
from gpunet.serialization.shipped import SHIPPED
from gpunet.web.draw.routes import make_draw
from gpunet.web.draw.shelf import Shelf
from gpunet.web.guard import Guard
from gpunet.web.pictures import MOST_BYTES, SIDE
from tests.web.asking import HOST, Reply, ask
from tests.web.drawings import png, seven


def post(app: Guard, what: str, body: bytes, number: object = 0) -> Reply:
    return ask(app, f"/networks/{number}/{what}", method="POST", headers=[HOST], parts=[body])


def array(text: str, dtype: Any) -> np.ndarray:
    return np.frombuffer(b64decode(text), dtype)


def test_a_drawing_is_read_as_predict_reads_it(draw: Guard, shelf: Shelf) -> None:
    said = post(draw, "drawing", seven().tobytes()).json
    shown = shelf.get(0)
    pixels = fit_picture(seven(), shown.style)
    network = gpunet.load(shelf.paths[0] / "model.safetensors", device="cpu")
    outputs = network.feedforward(pixels).astype(np.float64)
    shares = outputs / outputs.sum()
    assert [guess["label"] for guess in said["guesses"]] == [
        str(label) for label in np.argsort(-shares)[:3]
    ]
    assert said["guesses"][0]["label"] == "7"
    assert said["guesses"][0]["probability"] == pytest.approx(shares.max(), rel=1e-5)
    # Pixels of these images go to 16, a page's to 255.
    assert (array(said["seen"], np.uint8) == pixels.astype(int) * 255 // 16).all()


def test_every_layer_is_shown(draw: Guard) -> None:
    described = ask(draw, "/networks/1").json
    assert described["networks"] == 2
    assert [layer["shape"] for layer in described["layers"]] == [[4, 3, 3], [10]]
    said = post(draw, "drawing", seven().tobytes(), 1).json
    for layer, about in zip(said["layers"], described["layers"], strict=True):
        values = array(layer["values"], np.int8)
        assert len(values) == np.prod(about["shape"])
        assert abs(values.astype(int)).max() == 127
        assert layer["largest"] > 0
    assert array(said["layers"][0]["values"], np.int8).min() < 0, "tanh has negative activations"


def test_a_network_is_described(draw: Guard, shelf: Shelf) -> None:
    said = ask(draw, "/networks/0").json
    assert said["name"] == str(shelf.paths[0])
    assert said["shape"] == [8, 8]
    assert said["data"] == "digits"
    assert said["finished"] is True
    assert 0.9 < said["accuracy"] < 1
    assert said["layers"][0] == {
        "name": "100",
        "activation": "sigmoid",
        "shape": [100],
        "shown": 100,
    }


def test_of_a_huge_layer_a_part_is_shown(draw: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpunet.web.packing.MOST_PIXELS", 20)
    monkeypatch.setattr("gpunet.web.packing.MOST_NEURONS", 9)
    assert [layer["shown"] for layer in ask(draw, "/networks/1").json["layers"]] == [2, 9]
    maps, output = post(draw, "drawing", seven().tobytes(), 1).json["layers"]
    assert len(array(maps["values"], np.int8)) == 2 * 3 * 3
    assert len(array(output["values"], np.int8)) == 9


def test_a_committee_averages(draw: Guard, shelf: Shelf) -> None:
    said = post(draw, "drawing", seven().tobytes(), 1).json
    shown = shelf.get(1)
    pixels = fit_picture(seven(), shown.style)
    outputs = [probe.network.feedforward(pixels).astype(np.float64) for probe in shown.probes]
    shares = [np.maximum(each, 0) / np.maximum(each, 0).sum() for each in outputs]
    most = np.mean(shares, axis=0).max()
    assert said["guesses"][0]["probability"] == pytest.approx(most, rel=1e-5)


def test_new_runs_come_to_the_list(draw: Guard, trained: Path) -> None:
    assert ask(draw, "/networks").json["names"][2:] == [SHIPPED]
    shutil.copytree(trained, Path("runs/new"))
    assert ask(draw, "/networks").json["names"][3:] == [str(Path("runs/new"))]
    assert ask(draw, "/networks/3").json["layers"][0]["shape"] == [100]


@pytest.mark.parametrize("number", ["2", "99999999999999999999"])
def test_only_listed_networks_are_opened(draw: Guard, number: str) -> None:
    reply = post(draw, "drawing", seven().tobytes(), number)
    assert reply.status == 400
    assert "load the page again" in reply.text


@pytest.mark.parametrize("number", ["-1", "1.5", "..", "%2e%2e", "runs"])
def test_a_network_has_a_number(draw: Guard, number: str) -> None:
    assert ask(draw, f"/networks/{number}").status == 404


@pytest.mark.parametrize(
    ("what", "body", "said"),
    [
        ("drawing", b"", "78,400 bytes"),
        ("drawing", b"x", "78,400 bytes"),
        ("drawing", bytes(SIDE * SIDE), "blank"),
        ("photograph", b"", "not an image"),
        ("photograph", b"%!PS-Adobe-3.0 EPSF", "not an image"),
        ("photograph", png(seven())[:200], "damaged"),
        ("photograph", png(np.full((50, 50), 255, np.uint8)), "blank"),
    ],
)
def test_what_cannot_be_read_is_said_to_be_so(
    draw: Guard, what: str, body: bytes, said: str
) -> None:
    reply = post(draw, what, body)
    assert reply.status == 400
    assert said in reply.text
    assert post(draw, "drawing", seven().tobytes()).status == 200


def test_bodies_have_their_limits(draw: Guard) -> None:
    assert post(draw, "drawing", bytes(SIDE * SIDE + 1)).status == 413
    length = ("content-length", str(MOST_BYTES + 1))
    reply = ask(draw, "/networks/0/photograph", method="POST", headers=[HOST, length])
    assert (reply.status, reply.text) == (
        413,
        "a photograph may have 25,000,000 bytes at most; send a smaller one",
    )


def test_a_network_that_diverged_is_said_to_have(draw: Guard, shelf: Shelf) -> None:
    shelf.get(0).probes[0].network.weights[0][...] = np.nan
    reply = post(draw, "drawing", seven().tobytes())
    assert reply.status == 400
    assert "diverged" in reply.text


def test_a_run_that_is_damaged_meanwhile_is_said_to_be(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = make_draw(Shelf([Path(shutil.copytree(trained, "mine"))], open_device("cpu")))
    Path("mine/model.safetensors").write_bytes(b"no model")
    reply = ask(app, "/networks/0")
    assert reply.status == 400
    assert "model.safetensors" in reply.text


def test_on_offer_are_those_named_the_newest_in_runs_and_what_comes_along(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for place, name in enumerate(("old", "new")):
        shutil.copytree(trained, f"runs/{name}")
        os.utime(f"runs/{name}/run.json", (1000 + place, 1000 + place))
    in_runs = [str(Path("runs", name)) for name in ("new", "old")]
    named = Shelf([Path("runs/old")], open_device("cpu"))
    assert named.look_around() == [in_runs[1], in_runs[0], SHIPPED]
    unnamed = Shelf([], open_device("cpu"))
    assert unnamed.look_around() == [SHIPPED, *in_runs]
    assert unnamed.get(0).style.shape == (28, 28)


paths = st.sampled_from(
    ["/", "/networks"]
    + [f"/networks/0{what}" for what in ("", "/drawing", "/photograph", "/digit")]
) | st.text(max_size=20).map("/".__add__)
names = st.sampled_from(["content-length", "content-type", "origin", "host", "expect", "cookie"])
values = st.text(st.characters(max_codepoint=255), max_size=20)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=paths,
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS", "BREW"]),
    more=st.lists(st.tuples(names, values), max_size=3),
    parts=st.lists(st.binary(max_size=300), max_size=3),
)
def test_whatever_is_sent_it_goes_on(
    draw: Guard, path: str, method: str, more: list[tuple[str, str]], parts: list[bytes]
) -> None:
    reply = ask(draw, path, method=method, headers=[HOST, *more], parts=parts)
    assert reply.status in {200, 307, 400, 403, 404, 405, 413}
    assert b"Traceback" not in reply.body
    assert ask(draw, "/").status == 200
