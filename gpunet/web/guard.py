"""What stands before every page: who may ask, and what a browser may do with the answer.

A server on 127.0.0.1 is within reach of every page that is open in the user's browser. A page from
elsewhere is refused by its `Origin`, one whose name was made to lead here (DNS rebinding) by its
`Host`; the policy lets a page of ours load nothing that does not come from here.
"""

import re
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]{1,5})?", re.IGNORECASE)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """An application that is asked by pages of its own only."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = refuse(Headers(scope=scope))
        app = PlainTextResponse(refusal, 403) if refusal else self.app
        with suppress(Exception):  # it has been answered, and is raised again for a server's log
            await app(scope, receive, send_guarded)


def refuse(headers: Headers) -> str:
    """Why a request is not answered; empty if it is."""
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not HERE.fullmatch(hosts[0]):
        return "this server answers to 127.0.0.1 and localhost only; use the address it printed"
    if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in headers.getlist("origin")):
        return "this server answers to its own pages only, not to those of other sites"
    return ""
