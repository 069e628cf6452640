"""A site of one page: its files, its routes, and what it says of requests that are wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from gpunet.core.errors import GpunetError, first_line
from gpunet.web.guard import Guard

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
# How long a body may take to arrive, in seconds.
PATIENCE = 20.0

Handler = Callable[[Request], Awaitable[Response]]


def make_site(page: str, routes: Sequence[BaseRoute]) -> Guard:
    """The application that serves a page, the files it is made of, and its routes.

    Args:
        page: the file in `static` that is shown at /.
        routes: what the page asks for.
    """
    files = [Route(f"/static/{path.name}", send_file(path)) for path in sorted(STATIC.iterdir())]
    handlers = {HTTPException: say_status, GpunetError: say_error, Exception: say_unexpected}
    home = Route("/", send_file(STATIC / page))
    return Guard(Starlette(routes=[home, *files, *routes], exception_handlers=handlers))


def send_file(path: Path) -> Handler:
    """Answers with a file as it is now, when the server starts."""
    content, kind = path.read_bytes(), TYPES[path.suffix]

    async def answer(request: Request) -> Response:
        return Response(content, media_type=kind)

    return answer


async def read_body(request: Request, most: int, what: str) -> bytes:
    """The body of a request, of which no more than allowed is ever held.

    Args:
        request: the request.
        most: bytes that it may have.
        what: the body in words, as in "a drawing".

    Raises:
        HTTPException: it is larger (413), or does not arrive (408).
    """
    too_large = HTTPException(413, f"{what} may have {most:,} bytes at most; send a smaller one")
    said = request.headers.get("content-length", "")
    if said.isdecimal() and (len(said) > 18 or int(said) > most):
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise too_large
    except TimeoutError:
        raise HTTPException(408, f"{what} took too long to arrive; send it again") from None
    return bytes(body)


async def say_error(request: Request, error: Exception) -> Response:
    """An error of ours in a sentence: 400 if the request or its input is wrong, else 500."""
    status = 400 if isinstance(error, ValueError) else 500
    return PlainTextResponse(str(error), status)


async def say_status(request: Request, error: Exception) -> Response:
    """A refusal in a sentence."""
    assert isinstance(error, HTTPException)
    sentence = error.detail
    if sentence == HTTPStatus(error.status_code).phrase:
        sentence = SENTENCES.get(error.status_code, sentence)
    return PlainTextResponse(sentence, error.status_code, error.headers)


async def say_unexpected(request: Request, error: Exception) -> Response:
    """A defect of ours."""
    said = f"unexpected {type(error).__name__}: {first_line(error)}; please report it"
    return PlainTextResponse(said, 500)


# For what Starlette itself refuses.
SENTENCES = {
    404: "there is no such page here; the page is at /",
    405: "this is not asked for in that way: the header Allow says in which",
}
