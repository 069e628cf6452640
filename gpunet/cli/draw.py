"""gpunet draw."""

from pathlib import Path

import click

from gpunet.cli.common import console_for, device_option, open_named, say
from gpunet.cli.completing import complete_networks
from gpunet.cli.pages import needing_web, page_options, serve_page
from gpunet.cli.sections import SectionedCommand


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet draw",
        "gpunet draw runs/1 --no-browser",
    ),
)
@click.argument(
    "runs",
    metavar="[RUN]...",
    type=click.Path(path_type=Path),
    nargs=-1,
    shell_complete=complete_networks,
)
@page_options
@device_option
def draw(runs: tuple[Path, ...], port: int, no_browser: bool, device: str) -> None:
    """Draw digits in the browser, and watch a network read them.

    RUN is a folder that `gpunet train` made; with none, the network that comes with the program is
    taken. The page shows what the network sees, its three likeliest answers and the activations of
    every layer while you draw, reads photographs, and lets you choose among the runs named and
    those in runs/. Only this machine can reach it. Ctrl-C ends it.
    """
    with needing_web("draw"):
        from gpunet.web.draw.routes import make_draw
    from gpunet.serialization.shipped import SHIPPED
    from gpunet.web.draw.shelf import Shelf

    site = make_draw(Shelf(runs, open_named(device)))
    console = console_for(as_json=False)
    if not runs:
        say(console, f"no run is named: {SHIPPED} comes with the program")
    serve_page(console, "draw", site, port, no_browser)
