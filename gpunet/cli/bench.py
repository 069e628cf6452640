"""gpunet bench: time-to."""

from typing import TYPE_CHECKING

import click

from gpunet.cli.common import (
    console_for,
    device_option,
    json_option,
    load_data,
    open_named,
    print_json,
    say,
)
from gpunet.cli.completing import complete_data
from gpunet.cli.sections import WHERE, SectionedGroup
from gpunet.cli.values import Value
from gpunet.core.rules import MOST_NETWORKS, Choice, Whole

if TYPE_CHECKING:
    from gpunet.sweeps.statistics import Summary
    from gpunet.sweeps.time_to import Attempt, Verdict

TARGETS = ("97", "98", "99")


@click.group(
    cls=SectionedGroup,
    examples=("gpunet bench time-to 97 --seeds 3", "gpunet bench time-to 98 --seeds 2 --json"),
)
def bench() -> None:
    """How long this machine takes to reach an accuracy."""


@bench.command(
    "time-to",
    examples=("gpunet bench time-to 97", "gpunet bench time-to 98 --seeds 3"),
    sections={"What is trained": ("data", "seeds"), WHERE: ("device",)},
)
@click.argument("target", type=Value(Choice(*TARGETS, metavar="TARGET")))
@click.option(
    "--seeds",
    type=Value(Whole(1, MOST_NETWORKS)),
    default=10,
    help="How many networks, one after the other, with seeds counted up from 0.",
    show_default=True,
)
@click.option(
    "--data",
    metavar="NAME|PATH",
    default="mnist",
    shell_complete=complete_data,
    help="As for train; the recipes are for MNIST.",
    show_default=True,
)
@device_option
@json_option
def time_to(target: str, seeds: int, data: str, device: str, as_json: bool) -> None:
    """How long it takes from data on disk to 97, 98 or 99 % of the test images right.

    Included is all but imports and compilation: reading the data, making the network, training, and
    evaluating it on the test split after every epoch. Each target has a recipe, chosen by the
    accuracy on the validation split; its number of epochs is fixed. The target is reached if the
    mean accuracy of the last epochs' networks is as high; when it was first crossed is told too.
    """
    from gpunet.runs.config import RunConfig
    from gpunet.runs.recipe import find_goal
    from gpunet.sweeps.time_to import attempts, judge

    recipe = find_goal(target)
    options = {name: value for name, value in recipe.options.items() if name != "data"}
    config, wanted = RunConfig.from_json(options), float(target) / 100
    console = console_for(as_json)
    opened = open_named(device)
    load_data(data, data, console)  # downloads them, where they are not here yet
    say(console, f"{target} %: {recipe.title}", *head(target))
    done: list[Attempt] = []
    for each in attempts(data, config, wanted, range(seeds), opened):
        done.append(each)
        say(console, row(each))
    verdict = judge(done, wanted)
    say(console, *foot(verdict, target))
    if as_json:
        print_json(
            {
                "target": wanted,
                "data": data,
                "device": opened.name,
                "options": config.to_json(),
                "attempts": [each.to_json() for each in done],
                **verdict.to_json(),
            }
        )


def head(target: str) -> tuple[str, str]:
    """The two lines above the table."""
    return (
        f"{'':>6}{'after the last epoch':>24}{f'first at {target} %':>22}",
        f"{'seed':>6}{'test':>12}{'seconds':>12}{'epoch':>10}{'seconds':>12}",
    )


def row(each: "Attempt") -> str:
    """A line of the table."""
    first = each.first
    crossed = f"{first.epoch:>10}{first.seconds:>12.2f}" if first else f"{'never':>10}"
    return f"{each.seed:>6}{100 * each.accuracy:>10.2f} %{each.seconds:>12.2f}{crossed}"


def foot(verdict: "Verdict", target: str) -> list[str]:
    """What all of them say together."""
    accuracy, seconds, first = verdict.accuracy, verdict.seconds, verdict.first
    lines = [
        f"test accuracy {spread(accuracy, 100)} %: "
        + (f"{target} % is reached" if verdict.reached else f"{target} % is not reached"),
        f"seconds {spread(seconds)}, without imports and compilation",
    ]
    if first.n:
        of = "" if first.n == accuracy.n else f" in {first.n} of {accuracy.n}"
        lines.append(f"first crossed{of} after {spread(first)} seconds")
    return lines


def spread(summary: "Summary", factor: float = 1) -> str:
    """A mean with its deviation, where there is one."""
    told = f"{factor * (summary.mean or 0.0):.2f}"
    return told if summary.std is None else f"{told} ± {factor * summary.std:.2f}"
