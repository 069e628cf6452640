"""The page to play on: what it asks for, and the answers.

A training lives as long as the answer to the request that started it, a line of JSON for each
picture: when the page is closed the answer can no longer be sent, and the training ends.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from secrets import token_urlsafe
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.core.rules import Number, Whole
from gpunet.datasets.dataset import Dataset
from gpunet.web.guard import Guard
from gpunet.web.pictures import SIDE, from_drawing
from gpunet.web.play.settings import describe_settings, make_trainer, read, read_pace
from gpunet.web.play.views import Views
from gpunet.web.play.watched import Watched
from gpunet.web.site import make_site, read_body

# Each takes a processor while it goes on.
MOST_TRAININGS = 4
MOST_SETTINGS = 4096
# What a page may tell a training: η, and the place of an image.
RATE = Number(0, 1_000_000, open_below=True)
PLACE = Whole(-1_000_000, 1_000_000)


@dataclass
class Playground:
    """The data sets on offer, and the trainings under way.

    Attributes:
        data: by name, the one taken at first being the first; loaded.
        device: where networks are trained.
        watched: the trainings, each by a name that only its page knows.
        starting: how many more are being prepared.
    """

    data: dict[str, Dataset]
    device: Device
    watched: dict[str, Watched] = field(default_factory=dict)
    starting: int = 0

    def close(self) -> None:
        """End all trainings."""
        for each in self.watched.values():
            each.close()

    def find(self, name: str) -> Watched:
        """A training under way, or 404."""
        if name not in self.watched:
            raise HTTPException(404, "this training has ended; load the page again")
        return self.watched[name]

    async def start(self, given: dict[str, str]) -> tuple[str, Watched]:
        """A training with these settings, at its beginning, and its name.

        Raises:
            InputError: it cannot be made.
            HTTPException: too many are under way.
        """
        # One that has just been left by its page is about to make room.
        for _ in range(20):
            if len(self.watched) + self.starting < MOST_TRAININGS:
                break
            await asyncio.sleep(0.05)
        else:
            busy = f"{MOST_TRAININGS} networks are in training on other pages; close one of them"
            raise HTTPException(503, busy)
        self.starting += 1
        try:
            made = await run_in_threadpool(self.make, given)
        finally:
            self.starting -= 1
        name = token_urlsafe(16)
        self.watched[name] = made
        return name, made

    def make(self, given: dict[str, str]) -> Watched:
        """As `start`, without a name."""
        name = given.get("data", next(iter(self.data)))
        if name not in self.data:
            raise InputError(f"data {name!r}: choose one of {', '.join(self.data)}")
        trainer, dataset = make_trainer(given, self.data[name], self.device)
        pace = read_pace(given.get("pace", ""), trainer.steps_per_epoch)
        return Watched(trainer, Views(trainer.network, dataset), pace)


class Watching(StreamingResponse):
    """The answer that is as long as a training, which ends with it, however it ends."""

    def __init__(self, lines: AsyncIterator[bytes], end: Callable[[], None]) -> None:
        super().__init__(lines, media_type="application/x-ndjson")
        self.end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.end()


def make_play(playground: Playground) -> Guard:
    """The application of `gpunet play`."""

    async def settings(request: Request) -> Response:
        return JSONResponse([each._asdict() for each in describe_settings(list(playground.data))])

    async def start(request: Request) -> Response:
        body = await read_body(request, MOST_SETTINGS, "the settings")
        name, watched = await playground.start(read_settings(body))

        def end() -> None:
            playground.watched.pop(name).close()

        return Watching(pictures(name, watched), end)

    async def command(request: Request) -> Response:
        watched = playground.find(request.path_params["name"])
        body = await read_body(request, 64, "a command")
        does = commands(watched).get(request.path_params["command"])
        if does is None:
            raise HTTPException(404, "there is no such command")
        text = body.decode("utf-8", "replace")
        return JSONResponse(await asyncio.wrap_future(watched.do(partial(does, text))))

    async def drawing(request: Request) -> Response:
        body = await read_body(request, SIDE * SIDE, "a drawing")
        watched = playground.find(request.path_params["name"])
        pixels = from_drawing(body, watched.views.style)
        see = partial(watched.see, partial(watched.views.draw, pixels))
        return JSONResponse(await asyncio.wrap_future(watched.do(see)))

    one = "/trainings/{name}"
    return make_site(
        "play.html",
        [
            Route("/settings", settings),
            Route("/trainings", start, methods=["POST"]),
            Route(f"{one}/drawing", drawing, methods=["POST"]),
            Route(f"{one}/{{command}}", command, methods=["POST"]),
        ],
    )


async def pictures(name: str, watched: Watched) -> AsyncIterator[bytes]:
    """What there is to be seen, then all that is seen, line by line."""
    about = await asyncio.wrap_future(watched.do(watched.describe))
    yield json.dumps({"name": name, **about}).encode() + b"\n"
    while picture := await asyncio.wrap_future(watched.next_picture()):
        yield picture


def commands(watched: Watched) -> dict[str, Callable[[str], Any]]:
    """What a page may have done, by name; each is given the body of the request."""
    views = watched.views
    return {
        "play": lambda text: watched.go(),
        "pause": lambda text: watched.pause(),
        "step": lambda text: watched.go(1),
        "epoch": lambda text: watched.go_to_epoch_end(),
        "pace": lambda text: watched.set_pace(read_pace(text, watched.trainer.steps_per_epoch)),
        "rate": lambda text: watched.set_rate(read("learning rate", RATE, text)),
        "image": lambda text: watched.see(partial(views.choose, read("image", PLACE, text))),
    }


def read_settings(body: bytes) -> dict[str, str]:
    """The settings in the body of a request: a JSON object of texts.

    Raises:
        InputError: it is none.
    """
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise InputError("settings are a JSON object whose values are texts")
    return given
