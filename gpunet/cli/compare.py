"""gpunet compare."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gpunet.cli.common import (
    console_for,
    device_option,
    json_option,
    load_data_of,
    note_unfinished,
    open_named,
    print_json,
    say,
)
from gpunet.cli.completing import complete_data, complete_networks
from gpunet.cli.evaluate import misfit_of
from gpunet.cli.sections import WHERE, SectionedCommand
from gpunet.cli.values import Value
from gpunet.core.rules import Choice

if TYPE_CHECKING:
    from gpunet.core.arrays import HostArray
    from gpunet.runs.folder import RunFolder
    from gpunet.sweeps.named import Runs


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet compare runs/1 runs/2",
        "gpunet compare runs/1 runs/2 --split validation",
    ),
    sections={"What is compared": ("data", "split"), WHERE: ("device",)},
)
@click.argument("a", type=click.Path(path_type=Path), shell_complete=complete_networks)
@click.argument("b", type=click.Path(path_type=Path), shell_complete=complete_networks)
@click.option(
    "--data",
    metavar="NAME|PATH",
    shell_complete=complete_data,
    help="As for train.  [default: what both were trained on]",
)
@click.option(
    "--split",
    type=Value(Choice("validation", "test")),
    default="test",
    help="validation or test.",
    show_default=True,
)
@device_option
@json_option
def compare(a: Path, b: Path, data: str | None, split: str, device: str, as_json: bool) -> None:
    """Whether one run is better than another by more than chance.

    A and B are folders that `gpunet train` made, of one network or of many of one setting. Of two
    networks it is told which images only one of them recognises (McNemar's exact test). Groups of
    networks are compared over their seeds (permutation test, in pairs where the seeds are the
    same); the difference of their mean accuracies has an interval over networks and one over images
    (paired bootstrap).
    """
    from gpunet.evaluation.comparison import compare as compare_answers
    from gpunet.show.comparison import conclusion, print_counts
    from gpunet.sweeps.judging import right_answers
    from gpunet.sweeps.named import open_one_setting

    console = console_for(as_json)
    both = [open_one_setting(path) for path in (a, b)]
    refuse_same(*both)
    if data is None:
        refuse_other_data(*both)
        if split == "validation":
            refuse_trained_on(*both)
    opened = open_named(device)
    dataset = load_data_of(both[0].folders[0], data, console)
    for runs in both:
        note_unfinished(runs.folders, console)
        if misfit := misfit_of(dataset, runs):
            raise click.BadParameter(misfit, param_hint="--data")
    both = [runs._replace(folders=sorted(runs.folders, key=seed_of)) for runs in both]
    seeds = [[seed_of(folder) for folder in runs.folders] for runs in both]
    paired = seeds[0] == seeds[1]
    answers = [right_answers(runs.folders, opened, dataset.splits[split]) for runs in both]
    found = compare_answers(*answers, paired=paired)
    sentence = conclusion(found)
    if as_json:
        print_json(
            {
                **found.to_json(),
                "a": str(a),
                "b": str(b),
                "data": dataset.name,
                "split": split,
                "device": opened.name,
                "conclusion": sentence,
            }
        )
        return
    for name, path, right in zip("AB", (a, b), answers, strict=True):
        say(console, f"{name}: {path}, {told(right)}")
    say(console, f"on the {split} split of {dataset.name}, {opened.name}")
    if found.both is not None:
        print_counts(console, found)
    say(console, sentence)


def told(right: "HostArray") -> str:
    """The accuracy of a network, or of several, in words."""
    from gpunet.core.words import count
    from gpunet.show.population import spread
    from gpunet.show.words import counted, percent
    from gpunet.sweeps.statistics import summarise

    if len(right) == 1:
        return f"{percent(right.mean())} ({counted(int(right.sum()), right.size)})"
    summary = summarise(right.mean(axis=1).tolist()).to_json()
    return f"{spread(summary)} ({count(len(right), 'network')})"


def refuse_same(one: "Runs", other: "Runs") -> None:
    """Raise InputError if a network would be compared with itself."""
    from gpunet.core.errors import InputError

    places = {folder.path.resolve() for folder in one.folders}
    for folder in other.folders:
        if folder.path.resolve() in places:
            raise InputError(
                f"{folder.path}: is in A and in B; a network compared with itself never differs: "
                "name two runs"
            )


def refuse_trained_on(*both: "Runs") -> None:
    """Raise InputError if a network was trained on the validation split, too."""
    from gpunet.core.errors import InputError

    for folder in (folder for runs in both for folder in runs.folders):
        if folder.config.train_on == "all":
            raise InputError(
                f"{folder.path} was trained on the validation split, too: compare on --split test"
            )


def refuse_other_data(one: "Runs", other: "Runs") -> None:
    """Raise InputError unless two runs were trained on the same data."""
    from gpunet.core.errors import InputError

    first, second = (runs.folders[0] for runs in (one, other))
    found = [folder.description["data"] for folder in (first, second)]
    if found[0]["digest"] != found[1]["digest"]:
        names = [data["name"] for data in found]
        what = f"on {names[0]}, {second.path} on {names[1]}"
        if names[0] == names[1]:
            what = f"on {names[0]}, {second.path} on another version of it"
        raise InputError(
            f"{first.path} was trained {what}: compare runs of the same data, or name with --data "
            "the data to compare them on"
        )


def seed_of(folder: "RunFolder") -> int:
    """That of its network."""
    return int(folder.description["seed"])
