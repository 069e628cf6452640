"""A web server on this machine that gives files well, and in every way badly."""

import gzip
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mirrors(ThreadingHTTPServer):
    """A web server on this machine: one good mirror, and one bad in each way.

    Args:
        files: what it has, by name.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = files
        self.asked: list[str] = []

    def at(self, kind: str) -> str:
        """The address of a mirror."""
        return f"http://127.0.0.1:{self.server_port}/{kind}/"


class Answer(BaseHTTPRequestHandler):
    server: Mirrors

    def do_GET(self) -> None:  # the name that http.server wants
        _, kind, name = self.path.split("/")
        self.server.asked.append(f"{kind}/{name}")
        content = self.server.files[name]
        answers = {
            "good": (200, content, len(content)),
            "missing": (404, b"no such file", 12),
            "broken": (500, b"", 0),
            "other": (200, gzip.compress(b"another file"), None),
            "page": (200, b"<html>log in to this network</html>", None),
            "nothing": (200, b"", 0),
            "truncated": (200, content[:-9], len(content)),
            "still": (200, content[:-9], len(content)),
            "cut": (200, content[:-9], len(content) - 9),
        }
        status, body, promised = answers[kind]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if promised is None else promised))
        self.end_headers()
        self.wfile.write(body)
        if kind == "still":
            self.wfile.flush()
            time.sleep(1)

    def log_message(self, *ignored: object) -> None:
        """Say nothing."""


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[Mirrors]:
    """Inside, the mirrors answer."""
    with Mirrors(files) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
