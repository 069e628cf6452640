"""`gpunet draw` as it is started: what it prints, who reaches it, and how it ends."""

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gpunet.web.pictures import SIDE
from tests.cli.running import finish, gpunet, start
from tests.web.drawings import seven


@pytest.fixture
def served(trained: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The running program, and its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gpunet", "draw", str(trained), "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("draw at http://127.0.0.1:"), process.communicate()
    try:
        yield process, int(line.split(":")[2].split("/")[0])
    finally:
        process.kill()
        process.communicate()


def connected(port: int) -> closing[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30))


def test_ctrl_c_ends_it_in_one_line(served: tuple[subprocess.Popen[str], int]) -> None:
    process, port = served
    with connected(port) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        process.send_signal(signal.SIGINT)
        ended = finish(process)
    assert (ended.status, ended.err) == (130, "gpunet: interrupted\n")


def test_answers_are_there_at_once(served: tuple[subprocess.Popen[str], int]) -> None:
    """Small answers are not held back to be sent with others, for 40 ms."""
    waited = []
    with connected(served[1]) as connection:
        for _ in range(20):
            began = time.perf_counter()
            connection.request("POST", "/networks/0/drawing", body=seven().tobytes())
            assert b'"7"' in connection.getresponse().read()
            waited.append(time.perf_counter() - began)
    assert sorted(waited)[5] < 0.03


def test_what_is_no_request_is_survived(served: tuple[subprocess.Popen[str], int]) -> None:
    process, port = served
    for sent in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",  # as a browser begins with https
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /networks/0/drawing HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nabc",
    ):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(sent)
    with connected(port) as connection:
        connection.request("POST", "/networks/0/drawing", body=bytes(SIDE * SIDE + 1))
        assert connection.getresponse().status == 413
    with connected(port) as connection:
        connection.request("GET", "/networks")
        assert connection.getresponse().status == 200
    process.send_signal(signal.SIGINT)
    assert finish(process).err == "gpunet: interrupted\n"


def test_only_this_machine_is_answered(served: tuple[subprocess.Popen[str], int]) -> None:
    with socket.socket() as elsewhere:
        # Every other address of this machine is free to be listened on.
        elsewhere.bind(("127.0.0.2", served[1]))


def test_a_port_that_is_taken(trained: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = gpunet("draw", trained, "--port", port, "--no-browser")
    assert ended.status == 2
    assert ended.complaint == (
        f"gpunet: port {port} is taken by another program; choose another, or leave out --port"
    )


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none(trained: Path, port: str) -> None:
    ended = gpunet("draw", trained, "--port", port)
    assert ended.status == 2
    assert "from 0 to 65,535" in ended.complaint


def test_a_run_that_is_not_there() -> None:
    assert gpunet("draw", "missing").complaint.startswith("gpunet: missing: no such run folder")


def test_with_no_run_the_network_that_comes_along_is_named(tmp_path: Path) -> None:
    process = start("draw", "--no-browser", "--device", "cpu", cwd=tmp_path)
    assert process.stdout is not None
    said = process.stdout.readline()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    finish(process)
    assert said == "no run is named: mnist-conv comes with the program\n"


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_an_extra_that_is_not_installed(trained: Path, missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None"
    ended = finish(start("draw", trained, "--no-browser", code=code))
    assert ended.status == 2
    assert ended.complaint == (
        f"gpunet: draw needs {missing}, which is not installed: pip install 'gpunet[web]'"
    )
