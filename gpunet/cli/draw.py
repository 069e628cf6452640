"""gpunet draw."""

from pathlib import Path

import click

from gpunet.cli.common import console_for, device_option, open_named, say
from gpunet.cli.values import Value
from gpunet.core.rules import Whole


@click.command()
@click.argument("runs", metavar="[RUN]...", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "--port",
    type=Value(Whole(0, 65535)),
    default=0,
    help="The port of 127.0.0.1 to answer on; 0 takes any that is free.",
    show_default=True,
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@device_option
def draw(runs: tuple[Path, ...], port: int, no_browser: bool, device: str) -> None:
    """Draw digits in the browser, and watch a network read them.

    RUN is a folder that `gpunet train` made; with none, the network that comes with the program is
    taken. The page shows what the network sees, its three likeliest answers and the activations of
    every layer while you draw, reads photographs, and lets you choose among the runs named and
    those in runs/. Only this machine can reach it. Ctrl-C ends it.
    """
    from gpunet.core.errors import InputError

    try:
        from gpunet.web.serve import address_of, open_browser, open_port, serve
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in {"starlette", "uvicorn"}:
            raise
        raise InputError(
            f"draw needs {missing}, which is not installed: pip install 'gpunet[web]'"
        ) from None
    from gpunet.serialization.shipped import SHIPPED
    from gpunet.web.draw import make_draw
    from gpunet.web.shelf import Shelf

    shelf = Shelf(runs, open_named(device))
    site = make_draw(shelf)
    console = console_for(as_json=False)
    if not runs:
        say(console, f"no run is named: {SHIPPED} comes with the program")
    with open_port(port) as listening:
        address = address_of(listening)
        say(console, f"draw at {address}   (Ctrl-C ends it)")
        if not no_browser:
            open_browser(address)
        serve(site, listening)
