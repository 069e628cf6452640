"""Serving a site on this machine, until Ctrl-C."""

import errno
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from gpunet.core.errors import InputError

HOST = "127.0.0.1"
# How long answers under way may still take when the server is stopped, in seconds.
GRACE = 2
REASONS = {
    errno.EADDRINUSE: "is taken by another program; choose another, or leave out --port",
    errno.EACCES: "may not be opened by this user; choose one from 1,024 on",
}


def open_port(port: int) -> socket.socket:
    """A socket that listens on this machine only; port 0 takes any that is free.

    Raises:
        InputError: the port cannot be had; says why.
    """
    # Only where a socket is told that it is TCP does asyncio send small answers at once, with
    # TCP_NODELAY; otherwise each takes 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # elsewhere it would share the port with whoever has it
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(64)
    except OSError as error:
        listening.close()
        reason = REASONS.get(error.errno or 0, f"cannot be opened: {error.strerror or error}")
        raise InputError(f"port {port} {reason}") from None
    return listening


def address_of(listening: socket.socket) -> str:
    """What to open in a browser."""
    host, port = listening.getsockname()
    return f"http://{host}:{port}/"


def open_browser(address: str) -> None:
    """Open an address in the user's browser, where there is a screen to show one."""
    on_screen = os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}
    if sys.platform != "linux" or on_screen:  # otherwise one might start in the terminal
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def serve(
    site: ASGIApp, listening: socket.socket, close: Callable[[], None] = lambda: None
) -> None:
    """Serve a site until a signal ends the process.

    Args:
        site: the application.
        listening: from `open_port`.
        close: ends answers that would go on by themselves; called before it waits for them.
    """
    config = uvicorn.Config(
        site,
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        limit_concurrency=64,
        timeout_graceful_shutdown=GRACE,
    )
    Server(config, close).run(sockets=[listening])


class Server(uvicorn.Server):
    """A server that ends long answers before it ends itself."""

    def __init__(self, config: uvicorn.Config, close: Callable[[], None]) -> None:
        super().__init__(config)
        self.close = close

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, but for that."""
        self.close()
        await super().shutdown(sockets)
