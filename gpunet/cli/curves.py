"""gpunet curves."""

from pathlib import Path

import click

from gpunet.cli.common import console_for, paths_argument
from gpunet.cli.completing import complete_runs
from gpunet.cli.sections import SectionedCommand
from gpunet.cli.values import Value
from gpunet.core.rules import Whole

# Off a terminal nobody knows how wide the reader's is; this is what most are.
PIPED_WIDTH = 80


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet curves runs/1 runs/2",
        "gpunet curves runs/1 --from 5",
    ),
)
@paths_argument("RUN...", complete_runs)
@click.option(
    "--from",
    "first",
    type=Value(Whole(1)),
    default=1,
    show_default=True,
    help="The epoch to begin with: later ones differ too little to be seen beside the first.",
)
def curves(named: tuple[Path, ...], first: int) -> None:
    """Draw accuracy and cost over the epochs of runs, over each other, in characters.

    The networks of a population are drawn as their mean, with a band of one standard deviation
    either way; a population with several settings has a curve for each. A run still in training
    is drawn as far as it is.
    """
    from gpunet.show.curves import print_curves
    from gpunet.sweeps.curves import curves_of

    console = console_for(False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    print_curves(console, [each for path in named for each in curves_of(path)], first)
