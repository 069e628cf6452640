"""gpunet play."""

import click

from gpunet.cli.common import console_for, device_option, load_data, open_named
from gpunet.cli.completing import complete_data
from gpunet.cli.pages import needing_web, page_options, serve_page
from gpunet.cli.sections import WHERE, SectionedCommand


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet play",
        "gpunet play --data digits --no-browser",
    ),
    sections={
        "What is trained": ("named",),
        "The page": ("port", "no_browser"),
        WHERE: ("device",),
    },
)
@click.option(
    "--data",
    "named",
    metavar="NAME|PATH",
    multiple=True,
    shell_complete=complete_data,
    help="Data to choose from, as `gpunet train` takes them; may be given more than once.  "
    "[default: digits, and mnist where it has been downloaded]",
)
@page_options
@device_option
def play(named: tuple[str, ...], port: int, no_browser: bool, device: str) -> None:
    """Watch a network learn in the browser, and change it while it does.

    Choose data, layers, activation, cost and all the rest, and press play: the page shows cost and
    accuracy, the first layer's weights, what every layer makes of an image and the images still
    wrong, many times a second. Draw on the same page, and see the answer change. All settings are
    in the address. Only this machine can reach it. Ctrl-C ends it.
    """
    with needing_web("play"):
        from gpunet.web.play.routes import Playground, make_play
    from gpunet.datasets.mnist import find_mnist

    console = console_for(as_json=False)
    names = named or ("digits", *(["mnist"] if find_mnist() else []))
    data = {name: load_data(name, name, console) for name in names}
    playground = Playground(data, open_named(device))
    serve_page(console, "play", make_play(playground), port, no_browser, playground.close)
