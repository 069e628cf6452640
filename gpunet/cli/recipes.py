"""gpunet recipes."""

from dataclasses import asdict

import click

from gpunet.cli.common import console_for, json_option, print_json, say
from gpunet.cli.completing import complete_recipes
from gpunet.cli.sections import SectionedCommand


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet recipes lecun-1998-300",
        "gpunet train --recipe nielsen-ch1 --data digits",
    ),
)
@click.argument("names", nargs=-1, metavar="[RECIPE...]", shell_complete=complete_recipes)
@json_option
def recipes(names: tuple[str, ...], as_json: bool) -> None:
    """List the published results that gpunet can reproduce, with the accuracy to expect.

    With names, these in full: source, both splits, options.

    mnist-conv is not a published one, but that of the network that comes with gpunet.

    `gpunet train --recipe NAME` runs one; other options override its own, and --networks N
    gives the error bar.
    """
    from gpunet.runs.recipe import find_recipe, list_recipes
    from gpunet.show.folding import print_records
    from gpunet.show.tables import recipe_lines, recipe_table

    found = [find_recipe(name) for name in names] or list_recipes()
    if as_json:
        print_json({"recipes": [asdict(recipe) for recipe in found]})
        return
    console = console_for(as_json)
    if names:
        for number, recipe in enumerate(found):
            say(console, *([""] if number else []), *recipe_lines(recipe))
        return
    print_records(console, recipe_table(found))
    say(
        console,
        "accuracies in per cent of the test images, v: of the validation images; expected: of the "
        "last epoch's network, or of the best epoch's where the recipe keeps that, mean ± standard "
        "deviation of networks; images: how far the mean's 95 % interval over images reaches, ≤ "
        "where it is one network's; gpunet recipes RECIPE says all of one",
        "the book's baselines, 22.25 and 94.35 on test: gpunet baseline darkness --data mnist, "
        "gpunet baseline svm --data mnist",
    )
