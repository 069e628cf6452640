"""Who may ask: pages from this machine, by its own name; and what a browser may do with answers."""

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gpunet.core.errors import GpunetError
from gpunet.web import site
from gpunet.web.guard import Guard
from gpunet.web.site import make_site, read_body
from tests.web.asking import HOST, ask

ORIGIN = ("origin", "http://127.0.0.1:8000")


async def echo(request: Request) -> Response:
    return PlainTextResponse(f"{len(await read_body(request, 10, 'a word'))} bytes")


async def break_down(request: Request) -> Response:
    raise ZeroDivisionError("by\nzero")


async def fail(request: Request) -> Response:
    raise GpunetError("the device is lost")


@pytest.fixture
def app() -> Guard:
    routes = [
        Route("/echo", echo, methods=["POST"]),
        Route("/breaks", break_down),
        Route("/fails", fail),
    ]
    return make_site("draw.html", routes)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9", "LOCALHOST", "127.0.0.1"])
def test_names_of_this_machine_are_answered(app: Guard, host: str) -> None:
    assert ask(app, "/", headers=[("host", host)]).status == 200


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [""],
        ["evil.example"],
        ["127.0.0.1.evil.example"],
        ["evil.example:8000"],
        ["127.0.0.1:8000@evil.example"],
        ["localhost:"],
        ["localhost:123456"],
        ["0.0.0.0:8000"],
        ["127.0.0.1", "evil.example"],
        ["localhost\r\n"],
    ],
)
def test_other_names_are_refused(app: Guard, hosts: list[str]) -> None:
    """A page at a name that was made to lead here carries that name."""
    reply = ask(app, "/", headers=[("host", host) for host in hosts])
    assert reply.status == 403
    assert "use the address it printed" in reply.text


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:9", ""]
)
def test_pages_from_elsewhere_are_refused(app: Guard, origin: str) -> None:
    reply = ask(app, "/echo", method="POST", headers=[HOST, ("origin", origin)])
    assert reply.status == 403
    assert "its own pages only" in reply.text


def test_pages_of_its_own_are_answered(app: Guard) -> None:
    assert ask(app, "/echo", method="POST", headers=[HOST, ORIGIN]).status == 200


@pytest.mark.parametrize("path", ["/", "/static/style.css", "/nowhere", "/breaks"])
def test_every_answer_is_guarded(app: Guard, path: str) -> None:
    for headers in ([HOST], []):
        given = ask(app, path, headers=headers).headers
        policy = given["content-security-policy"].split("; ")
        assert policy[0] == "default-src 'none'"
        assert {each.split()[1] for each in policy} == {"'none'", "'self'"}
        assert {"frame-ancestors 'none'", "script-src 'self'"} <= set(policy)
        assert given["x-content-type-options"] == "nosniff"
        assert given["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in given


def test_bodies_are_small(app: Guard) -> None:
    def post(parts: list[bytes], *headers: tuple[str, str]) -> tuple[int, str]:
        reply = ask(app, "/echo", method="POST", headers=[HOST, *headers], parts=parts)
        return reply.status, reply.text

    assert post([b"12345", b"67890"]) == (200, "10 bytes")
    refused = (413, "a word may have 10 bytes at most; send a smaller one")
    assert post([b"12345", b"678901"]) == refused
    assert post([], ("content-length", "11")) == refused
    assert post([], ("content-length", "9" * 5000)) == refused
    assert post([b"x" * 11], ("content-length", "1")) == refused
    assert post([b"1"], ("content-length", "-1")) == (200, "1 bytes")


def test_a_body_that_does_not_come_is_not_waited_for(
    app: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "PATIENCE", 0.05)
    reply = ask(app, "/echo", method="POST", parts=[b"1"], whole=False)
    assert (reply.status, reply.text) == (408, "a word took too long to arrive; send it again")


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/static/", "/static/../guard.py", "/static/%2e%2e/guard.py", "//", "/a\x00"],
)
def test_what_is_not_there_is_said_to_be_so(app: Guard, path: str) -> None:
    reply = ask(app, path)
    assert (reply.status, reply.text) == (404, "there is no such page here; the page is at /")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "GET"])
def test_other_methods_are_refused(app: Guard, method: str) -> None:
    reply = ask(app, "/echo", method=method)
    assert reply.status == 405
    assert reply.headers["allow"] == "POST"
    assert "Allow" in reply.text


def test_it_goes_on_after_a_defect(app: Guard) -> None:
    for _ in range(2):
        reply = ask(app, "/breaks")
        assert reply.status == 500
        assert reply.text == "unexpected ZeroDivisionError: by; please report it"
    assert ask(app, "/").status == 200


def test_a_failure_is_said_as_it_is(app: Guard) -> None:
    reply = ask(app, "/fails")
    assert (reply.status, reply.text) == (500, "the device is lost")
