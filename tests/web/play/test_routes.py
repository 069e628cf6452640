"""What the page to play on asks for, and what it is told; and what comes of its being closed."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpunet.backend.choose import open_device
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.web.guard import Guard
from gpunet.web.pictures import SIDE
from gpunet.web.play.routes import MOST_SETTINGS, MOST_TRAININGS, Playground, make_play
from tests.cli.running import finish, gpunet, start
from tests.web.asking import ask
from tests.web.drawings import seven
from tests.web.play.playing import Training, playing


@pytest.fixture
def play(digits: Dataset) -> Guard:
    """The application, without a server: for what is refused."""
    return make_play(Playground({"digits": digits}, open_device("cpu")))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with playing("--data", "digits") as (_, address):
        yield address


def test_the_settings_are_described(play: Guard) -> None:
    described = ask(play, "/settings").json
    data = next(each for each in described if each["name"] == "data")
    assert (data["value"], data["choices"]) == ("digits", ["digits"])
    assert all(set(each) == set(data) for each in described)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "settings are a JSON object"),
        (b"[]", 400, "settings are a JSON object"),
        (b'{"seed": 5}', 400, "values are texts"),
        (b"[" * 3000, 400, "settings are a JSON object"),
        (b'{"data": "mnist"}', 400, "data 'mnist': choose one of digits"),
        (b'{"data": "/etc"}', 400, "data '/etc': choose one of digits"),
        (b'{"cost": "low"}', 400, "choose one of quadratic"),
        (b" " * (MOST_SETTINGS + 1), 413, "the settings may have"),
    ],
)
def test_what_is_wrong_is_said(play: Guard, body: bytes, status: int, said: str) -> None:
    reply = ask(play, "/trainings", method="POST", parts=[body])
    assert reply.status == status
    assert said in reply.text


def test_what_is_not_there(play: Guard) -> None:
    assert ask(play, "/trainings").status == 405
    for path in ("/trainings/nobody/step", "/trainings/nobody/drawing"):
        reply = ask(play, path, method="POST")
        assert (reply.status, reply.text) == (404, "this training has ended; load the page again")


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.sampled_from(["hidden", "seed", "l2", "pace", "x"]), st.text()))
def test_it_survives_whatever_it_is_sent(digits: Dataset, said: dict[str, str]) -> None:
    playground = Playground({"digits": digits}, open_device("cpu"), starting=MOST_TRAININGS)
    with suppress(InputError):
        playground.make(said).close()


def test_a_training_is_told_what_to_do(address: str) -> None:
    with closing(Training(address, {"cost": "cross-entropy", "learning_rate": "0.5"})) as training:
        assert training.about["architecture"] == "64-30-10"
        assert training.first["steps"] == 0
        assert training.tell("step") == (200, None)
        assert training.paused()["steps"] == 1
        for _ in range(10):
            training.tell("epoch")
            seen = training.paused()
        assert seen["epochs"] == 10
        assert seen["validation"]["accuracy"] > 0.9
        status, answer = training.tell("drawing", seven().tobytes())
        assert status == 200
        assert answer["guesses"][0]["label"] == "7"
        assert training.line()["image"]["place"] is None, "it is looked at from then on"
        status, answer = training.tell("image", b"3")
        assert answer["place"] == 3
        assert training.tell("rate", b"0.1") == (200, None)
        while training.line()["learning_rate"] != 0.1:
            pass
        assert training.tell("pace", b"10 steps/s") == (200, None)


@pytest.mark.parametrize(
    ("command", "body", "status", "said"),
    [
        ("rate", b"0", 400, "learning rate '0': give a number above 0"),
        ("rate", b"\xff", 400, "give a number above 0"),
        ("pace", b"fast", 400, "pace 'fast': choose one of"),
        ("image", b"1.5", 400, "image '1.5': give a whole number"),
        ("step", b"x" * 65, 413, "a command may have 64 bytes at most"),
        ("dance", b"", 404, "there is no such command"),
        ("drawing", b"ink", 400, "a drawing is 78,400 bytes"),
        ("drawing", bytes(SIDE * SIDE), 400, "blank"),
        ("drawing", bytes(SIDE * SIDE + 1), 413, "a drawing may have"),
    ],
)
def test_what_it_cannot_do_is_said(
    address: str, command: str, body: bytes, status: int, said: str
) -> None:
    with closing(Training(address)) as training:
        found, text = training.tell(command, body)
        assert found == status
        assert said in text
        training.tell("step")
        assert training.paused()["steps"] == 1


def test_a_page_that_is_closed_ends_its_training(address: str) -> None:
    """Whether it is under way or paused; only then is there room for another."""
    trainings = [Training(address) for _ in range(MOST_TRAININGS)]
    for number, training in enumerate(trainings):
        if number % 2:
            training.tell("play")
    refused = Training(address)
    assert refused.response.status == 503
    assert b"4 networks are in training on other pages" in refused.response.read()
    refused.close()
    for training in trainings:
        training.close()
        with closing(Training(address)) as another:
            assert another.response.status == 200
        assert training.tell("step")[0] == 404


def test_drawings_are_answered_quickly_while_it_trains(address: str) -> None:
    with closing(Training(address)) as training:
        training.tell("play")
        waited = []
        for _ in range(20):
            began = time.perf_counter()
            assert training.tell("drawing", seven().tobytes())[0] == 200
            waited.append(time.perf_counter() - began)
        assert sorted(waited)[5] < 0.05


def test_ctrl_c_ends_it_while_a_network_trains() -> None:
    with playing("--data", "digits") as (process, address), closing(Training(address)) as training:
        training.tell("play")
        training.line()
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        ended = finish(process)
        assert (ended.status, ended.err) == (130, "gpunet: interrupted\n")
        assert time.monotonic() - began < 1.5


def test_own_data_can_be_played_with(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("table") / "own.npz"
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    np.savez(path, images=(labels[:, None] * 50 + rng.integers(0, 9, (90, 5))), labels=labels)
    with playing("--data", path) as (_, address), closing(Training(address)) as training:
        assert training.about["shape"] == [1, 5]
        assert training.about["weights"] is None
        training.tell("epoch")
        seen = training.paused()
        assert json.dumps(seen["weights"]) == "null"


def test_data_that_is_not_there() -> None:
    ended = gpunet("play", "--data", "missing", "--no-browser")
    assert ended.status == 2
    assert "no data set 'missing'" in ended.complaint


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_an_extra_that_is_not_installed(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None"
    ended = finish(start("play", "--no-browser", code=code))
    assert ended.status == 2
    assert ended.complaint == (
        f"gpunet: play needs {missing}, which is not installed: pip install 'gpunet[web]'"
    )
