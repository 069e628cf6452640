"""gpunet recipes."""

from dataclasses import asdict

import click

from gpunet.cli.common import console_for, json_option, print_json, say
from gpunet.cli.sections import SectionedCommand


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet recipes",
        "gpunet train --recipe nielsen-ch1 --data digits",
    ),
)
@json_option
def recipes(as_json: bool) -> None:
    """List the published results that gpunet can reproduce, with the accuracy to expect.

    mnist-conv is not a published one, but that of the network that comes with gpunet.

    `gpunet train --recipe NAME` runs one; other options override its own, and --networks N
    gives the error bar.
    """
    from gpunet.runs.recipe import list_recipes
    from gpunet.show.folding import print_records
    from gpunet.show.tables import recipe_table

    found = list_recipes()
    if as_json:
        print_json({"recipes": [asdict(recipe) for recipe in found]})
        return
    console = console_for(as_json)
    print_records(console, recipe_table(found))
    say(
        console,
        "accuracies in per cent; expected: of the last epoch's network, or of the best epoch's "
        "where the recipe keeps that, mean ± standard deviation of networks; and over images how "
        "far the mean's 95 % interval reaches, ≤ where it is one network's",
        "the book's baselines, 22.25 and 94.35 on test: gpunet baseline darkness --data mnist, "
        "gpunet baseline svm --data mnist",
    )
