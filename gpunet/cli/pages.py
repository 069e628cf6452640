"""What the commands that open a page share: options, the extra they need, serving."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gpunet.cli.common import say
from gpunet.cli.values import Value
from gpunet.core.rules import Whole

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from gpunet.show.console import Console

Command = TypeVar("Command", bound=Callable[..., Any])


def page_options(command: Command) -> Command:
    """--port and --no-browser."""
    port = click.option(
        "--port",
        type=Value(Whole(0, 65535)),
        default=0,
        help="The port of 127.0.0.1 to answer on; 0 takes any that is free.",
        show_default=True,
    )
    no_browser = click.option("--no-browser", is_flag=True, help="Only print the address.")
    return port(no_browser(command))


@contextmanager
def needing_web(command: str) -> Iterator[None]:
    """Inside, what the extra `web` brings may be imported; says so if it is missing."""
    from gpunet.core.errors import InputError

    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in {"starlette", "uvicorn"}:
            raise
        raise InputError(
            f"{command} needs {missing}, which is not installed: pip install 'gpunet[web]'"
        ) from None


def serve_page(
    console: "Console",
    command: str,
    site: "ASGIApp",
    port: int,
    no_browser: bool,
    close: Callable[[], None] = lambda: None,
) -> None:
    """Serve a page until Ctrl-C, once its address is printed.

    Args:
        console: where that is printed.
        command: by which it was asked for: "draw".
        site: the application.
        port, no_browser: as `page_options` has them.
        close: as `web.serve.serve` takes it.
    """
    with needing_web(command):
        from gpunet.web.serve import address_of, open_browser, open_port, serve

    with open_port(port) as listening:
        address = address_of(listening)
        say(console, f"{command} at {address}   (Ctrl-C ends it)")
        if not no_browser:
            open_browser(address)
        serve(site, listening, close)
