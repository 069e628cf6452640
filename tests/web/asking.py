"""Asking an application without a server: one request as the server would hand it on."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message

HOST = ("host", "127.0.0.1:8000")


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The sentence that it is."""
        assert self.headers["content-type"].startswith("text/plain")
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    app: ASGIApp,
    path: str,
    *,
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (HOST,),
    parts: Iterable[bytes] = (b"",),
    whole: bool = True,
) -> Reply:
    """The reply to a request whose body comes in these parts; if not `whole`, nothing follows."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
    }
    coming = iter([*parts, None])
    sent: list[Message] = []

    async def receive() -> Message:
        part = next(coming, None)
        if part is None:
            if not whole:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.request", "body": part, "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    async def handle() -> None:
        await app(scope, receive, send)

    asyncio.run(handle())
    start, *rest = sent
    assert start["type"] == "http.response.start"
    given = {name.decode(): value.decode() for name, value in start["headers"]}
    return Reply(start["status"], given, b"".join(message.get("body", b"") for message in rest))
