"""gpunet runs."""

from pathlib import Path

import click

from gpunet.cli.common import console_for, json_option, print_json, say
from gpunet.cli.completing import complete_folders
from gpunet.cli.sections import SectionedCommand


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet runs",
        "gpunet runs --json",
    ),
)
@click.argument(
    "folder", default="runs", type=click.Path(path_type=Path), shell_complete=complete_folders
)
@json_option
def runs(folder: Path, as_json: bool) -> None:
    """List the runs in a folder, newest last: what differs in their settings, and how they did.

    Accuracies are those on the test split: of one network with its 95 % interval by Wilson, of
    many as mean ± standard deviation with the 95 % interval of the mean by Student's t. A folder
    that is damaged is listed with the reason.
    """
    from gpunet.show.runs import print_runs
    from gpunet.sweeps.listing import DAMAGED, differing_options, list_runs

    listed = list_runs(folder)
    differing = differing_options(listed)
    if as_json:
        print_json({"differing": differing, "runs": [each.to_json() for each in listed]})
        return
    console = console_for(as_json)
    damaged = [each for each in listed if each.state == DAMAGED]
    sound = [each for each in listed if each.state != DAMAGED]
    if sound:
        print_runs(console, sound, differing)
    say(console, *(f"damaged: {each.reason}" for each in damaged))
