"""`gpunet play` as it is served, and one of its trainings as a page has it."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def playing(*options: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running program, and its address."""
    command = [sys.executable, "-m", "gpunet", "play", "--no-browser", *map(str, options)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("play at http://127.0.0.1:"), process.communicate()
    try:
        yield process, line.split()[2]
    finally:
        process.kill()
        process.communicate()


class Training:
    """A training that was asked for, and its pictures as they come."""

    def __init__(self, address: str, settings: dict[str, str] | None = None) -> None:
        self.host = address.split("/")[2]
        self.connection = http.client.HTTPConnection(self.host, timeout=30)
        self.connection.request("POST", "/trainings", body=json.dumps(settings or {}))
        self.response = self.connection.getresponse()
        if self.response.status == 200:
            self.about = self.line()
            self.first = self.line()

    def line(self) -> dict[str, Any]:
        return dict(json.loads(self.response.readline()))

    def paused(self) -> dict[str, Any]:
        """The picture of when it has stopped."""
        while (seen := self.line())["going"]:
            pass
        return seen

    def tell(self, command: str, body: bytes = b"") -> tuple[int, Any]:
        """The status of the answer, and what it says."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        connection.request("POST", f"/trainings/{self.about['name']}/{command}", body=body)
        response = connection.getresponse()
        said = response.read()
        connection.close()
        return response.status, json.loads(said) if response.status == 200 else said.decode()

    def close(self) -> None:
        """What happens when the page is closed."""
        self.response.close()
        self.connection.close()
