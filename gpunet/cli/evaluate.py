"""gpunet evaluate."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gpunet.cli.common import (
    console_for,
    device_option,
    json_option,
    load_data_of,
    note_trained_on,
    note_unfinished,
    open_named,
    paths_argument,
    print_json,
    say,
)
from gpunet.cli.completing import complete_data, complete_networks
from gpunet.cli.sections import WHERE, SectionedCommand
from gpunet.cli.values import Value
from gpunet.core.names import SPLITS
from gpunet.core.rules import Choice

if TYPE_CHECKING:
    from gpunet.datasets.dataset import Dataset, Split
    from gpunet.evaluation.result import Evaluation
    from gpunet.runs.folder import RunFolder
    from gpunet.show.console import Console
    from gpunet.sweeps.named import Runs


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet evaluate runs/1",
        "gpunet evaluate runs/1 runs/2 --split validation",
    ),
    sections={"What is evaluated": ("data", "split", "further"), WHERE: ("device",)},
)
@paths_argument("RUN...", complete_networks)
@click.option(
    "--data",
    metavar="NAME|PATH",
    shell_complete=complete_data,
    help="As for train.  [default: what the run was trained on]",
)
@click.option(
    "--split",
    type=Value(Choice(*SPLITS)),
    default="test",
    help="train, validation or test.",
    show_default=True,
)
@click.option(
    "--further",
    is_flag=True,
    help="On QMNIST's further 50,000 test digits, too: for networks trained on MNIST, where "
    "`gpunet data fetch qmnist` has put them.",
)
@device_option
@json_option
def evaluate(
    named: tuple[Path, ...],
    data: str | None,
    split: str,
    further: bool,
    device: str,
    as_json: bool,
) -> None:
    """Accuracy, cost, and recall and precision of each class, for the network of a run.

    RUN is a folder that `gpunet train` made. Several networks are evaluated as a committee: their
    outputs, taken as probabilities, are averaged, and its cost is the log-likelihood. A folder of
    many networks counts as all of them that did not diverge.
    """
    from gpunet.evaluation.evaluate import evaluate as evaluate_network
    from gpunet.show.committee import print_members
    from gpunet.show.confusion import print_confusion
    from gpunet.show.doubts import count_disputed, doubts
    from gpunet.show.folding import print_table
    from gpunet.show.tables import per_class_table
    from gpunet.show.words import confusions
    from gpunet.sweeps.named import open_runs

    console = console_for(as_json)
    runs = open_runs(named)
    network = runs.load(open_named(device))
    first = runs.folders[0]
    dataset = load_data_of(first, data, console)
    note_unfinished(runs.folders, console)
    if data is None:
        note_other_data(console, dataset, runs.folders)
        if split == "validation":
            note_trained_on(runs.folders, console)
    if misfit := misfit_of(dataset, runs):
        raise click.BadParameter(misfit, param_hint="--data")
    more = further_digits(dataset, data, split) if further else None
    evaluation = evaluate_network(network, dataset.splits[split])
    beyond = evaluate_network(network, more) if more else None
    say(
        console,
        f"{figures(evaluation)}, on the {split} split of {dataset.name}, {network.device.name}",
        f"most often confused: {confusions(evaluation, runs.classes)}",
    )
    disputed = None
    if split == "test" and evaluation.right is not None:
        disputed = count_disputed(dataset, evaluation.right)
        say(console, *doubts(dataset, evaluation.right))
    if beyond:
        say(console, f"{figures(beyond)}, on QMNIST's further test digits")
    names = [str(folder.path) for folder in runs.folders]
    if as_json:
        seeds = [folder.description["seed"] for folder in runs.folders]
        scores = zip(names, seeds, evaluation.members, strict=True) if runs.is_committee else ()
        members = [{"run": name, "seed": seed, **score(each)} for name, seed, each in scores]
        print_json(
            {
                **result_of(evaluation),
                "device": network.device.name,
                "seed": None if runs.is_committee else seeds[0],
                "run": str(named[0]) if len(named) == 1 else None,
                "data": dataset.name,
                "split": split,
                "classes": runs.classes,
                "confusion": evaluation.confusion.tolist(),
                **({"members": members} if runs.is_committee else {}),
                **({"disputed": disputed} if disputed else {}),
                **({"further": result_of(beyond)} if beyond else {}),
            }
        )
        return
    if runs.is_committee:
        print_members(console, names, evaluation.members)
    print_table(console, per_class_table(evaluation, runs.classes))
    print_confusion(console, evaluation, runs.classes)


def further_digits(dataset: "Dataset", data: str | None, split: str) -> "Split":
    """QMNIST's further digits, or InputError where they are not there, or not for such networks."""
    from gpunet.core.errors import InputError
    from gpunet.datasets.disputed import is_mnist
    from gpunet.datasets.further import read_further

    if split != "test" or data is not None:
        raise InputError(
            "--further goes with the test split of what was trained on: leave out "
            "--data and --split"
        )
    if dataset.name != "mnist" and not is_mnist(dataset):
        raise InputError(
            f"--further is for networks trained on MNIST, not on {dataset.name}: leave it out"
        )
    return read_further()


def figures(evaluation: "Evaluation") -> str:
    """Accuracy, how sure that is, and cost, in words."""
    from gpunet.show.words import counted, percent

    found = counted(evaluation.correct, evaluation.total)
    return f"accuracy {percent(evaluation.accuracy)} ({found}), cost {evaluation.cost:.5f}"


def result_of(evaluation: "Evaluation") -> dict[str, Any]:
    """An evaluation in numbers, with its interval; of a committee, what its members are alone."""
    from gpunet.sweeps.statistics import summarise_members

    found = {**score(evaluation), "ci95_images": list(evaluation.interval)}
    if evaluation.members:
        found["members_alone"] = summarise_members(evaluation.members)
    return found


def misfit_of(dataset: "Dataset", runs: "Runs") -> str:
    """Why networks cannot be evaluated on some data, whose numbers mean something else; or ""."""
    name, path, style = dataset.name, runs.folders[0].path, runs.style
    (height, width), (high, wide) = dataset.shape, style.shape
    if height * width != high * wide:
        return (
            f"{name} has images of {height} × {width} pixels, {path} was trained on {high} × {wide}"
        )
    if dataset.max_pixel != style.max_pixel:
        return (
            f"{name} has pixels up to {dataset.max_pixel}, {path} was trained on pixels up to "
            f"{style.max_pixel}"
        )
    if len(dataset.classes) > len(runs.classes):
        return f"{name} has {len(dataset.classes)} classes, {path} knows {len(runs.classes)}"
    for number, (found, known) in enumerate(zip(dataset.classes, runs.classes, strict=False)):
        if found != known:
            return (
                f"class {number}, counted from 0, is {found!r} in {name}, and {known!r} to {path}; "
                "their classes must be the same ones"
            )
    return ""


def note_other_data(console: "Console", dataset: "Dataset", folders: Sequence["RunFolder"]) -> None:
    """Print a line for each other data set that some of the runs were trained on."""
    others = {folder.description["data"]["digest"]: folder for folder in folders}
    others.pop(dataset.digest, None)
    for folder in others.values():
        name, path = folder.description["data"]["name"], folder.path
        if name == dataset.name:
            say(console, f"note: {name} has changed since {path} was trained")
        else:
            say(console, f"note: {path} was trained on {name}")


def score(evaluation: "Evaluation") -> dict[str, Any]:
    """An evaluation in four numbers."""
    return {
        "accuracy": evaluation.accuracy,
        "correct": evaluation.correct,
        "total": evaluation.total,
        "cost": evaluation.cost,
    }
