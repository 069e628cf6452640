"""The page to draw on: what it asks for, and the answers.

Every answer of a network is made in the server's one thread, so that none comes between another's
layers; it takes less than a millisecond. A photograph is read in a thread of its own.

Nothing is kept of what was read: a page is told what the network sees of each digit of a
photograph, and sends those pixels back to be told about the layers.
"""

import asyncio
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gpunet.core.arrays import HostArray
from gpunet.datasets.readers.photographs.reading import Seen
from gpunet.web.draw.shelf import Shelf, Shown
from gpunet.web.guard import Guard
from gpunet.web.packing import activations, describe_layer, guesses_of, in_grey
from gpunet.web.pictures import MOST_BYTES, SIDE, from_drawing, from_photograph, from_seen
from gpunet.web.site import make_site, read_body

# How many classes are named in an answer.
GUESSES = 3


def make_draw(shelf: Shelf) -> Guard:
    """The application of `gpunet draw`."""

    async def networks(request: Request) -> Response:
        return JSONResponse({"names": shelf.look_around()})

    async def network(request: Request) -> Response:
        return JSONResponse(describe(shelf.load(request.path_params["number"])))

    async def drawing(request: Request) -> Response:
        body = await read_body(request, SIDE * SIDE, "a drawing")
        shown = shelf.get(request.path_params["number"])
        return JSONResponse(answer(shown, from_drawing(body, shown.style)))

    reading = asyncio.Lock()  # one at a time: a large one takes half a gigabyte

    async def photograph(request: Request) -> Response:
        body = await read_body(request, MOST_BYTES, "a photograph")
        shown = shelf.get(request.path_params["number"])
        async with reading:
            size, digits = await run_in_threadpool(
                from_photograph, body, shown.style, several=shown.several
            )
        return JSONResponse({"size": size, "digits": answer_each(shown, digits)})

    async def digit(request: Request) -> Response:
        shown = shelf.get(request.path_params["number"])
        body = await read_body(request, prod(shown.style.shape), "a digit")
        return JSONResponse(answer(shown, from_seen(body, shown.style)))

    one = "/networks/{number:int}"
    return make_site(
        "draw.html",
        [
            Route("/networks", networks),
            Route(one, network),
            Route(f"{one}/drawing", drawing, methods=["POST"]),
            Route(f"{one}/photograph", photograph, methods=["POST"]),
            Route(f"{one}/digit", digit, methods=["POST"]),
        ],
    )


def describe(shown: Shown) -> dict[str, Any]:
    """What the page says of a network before anything is drawn."""
    result = shown.trained.get("result") if len(shown.probes) == 1 else None
    return {
        "name": shown.name,
        "networks": len(shown.probes),
        "data": Path(shown.trained["data"]["name"]).name,
        "accuracy": result["accuracy"] if result else None,
        "finished": shown.trained["status"] == "finished",
        "shape": shown.style.shape,
        "classes": shown.classes,
        "layers": [describe_layer(layer) for layer in shown.layers],
    }


def answer(shown: Shown, pixels: HostArray) -> dict[str, Any]:
    """What a network sees in an image, and how: arrays as bytes in base 64."""
    probabilities, layers = shown.look(pixels)
    return {
        "seen": in_grey(pixels, shown.style.max_pixel),
        "guesses": guesses_of(probabilities, shown.classes, GUESSES),
        "layers": [activations(values) for values in layers],
    }


def answer_each(shown: Shown, digits: list[Seen]) -> list[dict[str, Any]]:
    """Where each digit of a photograph is, what the network sees of it, and its likeliest class."""
    probabilities = shown.read(np.array([digit.pixels for digit in digits]))
    return [
        {
            "box": digit.box,
            "seen": in_grey(digit.pixels, shown.style.max_pixel),
            "label": shown.classes[label],
        }
        for digit, label in zip(digits, probabilities.argmax(axis=1), strict=True)
    ]
