"""gpunet train, many networks at once."""

from typing import TYPE_CHECKING, Any

import click

from gpunet.cli.common import (
    load_data,
    load_data_of,
    open_again,
    print_json,
    print_stderr,
    say,
    tell_device,
)
from gpunet.cli.options import check_precision
from gpunet.cli.outcome import LEAST_EPOCHS
from gpunet.core.words import count, typed

# To read what more networks have recorded would take longer than anybody waits for a picture.
MOST_DRAWN = 1000

if TYPE_CHECKING:
    from gpunet.interop import TensorBoard
    from gpunet.runs.folder import RunFolder
    from gpunet.show.console import Console
    from gpunet.sweeps.population import Population


def start_population(
    console: "Console", options: dict[str, Any], grid: dict[str, list[Any]]
) -> "Population":
    """A new population as the options ask for it."""
    from gpunet.backend.choose import open_device
    from gpunet.sweeps.fastest import find_fastest_for
    from gpunet.sweeps.population import Population

    check_precision(options["precision"], options["dtype"])
    device = open_device(options["device"], options["precision"] or "float32")
    dataset = load_data(options["data"], "digits", console)
    asked = (options["networks"], options["seed"], options["dtype"])
    choice = find_fastest_for(grid, *asked, dataset, device, options["engine"])
    tell_device(device, choice)
    population = Population.start(
        grid,
        *asked,
        dataset,
        choice.way.device if choice else device,
        options["out"],
        options["overwrite"],
        choice.way.engine if choice else options["engine"],
        choice,
    )
    introduce(console, population)
    return population


def resume_population(
    console: "Console", options: dict[str, Any], folder: "RunFolder"
) -> "Population":
    """A population that is resumed."""
    from gpunet.sweeps.population import Population

    if options["epochs"]:
        raise click.UsageError(
            "--epochs cannot be changed when many networks are resumed; leave it out"
        )
    check_precision(options["precision"], folder.description["dtype"])
    precision = options["precision"] or folder.description.get("precision", "float32")
    device, chosen = open_again(options, precision, folder.description)
    dataset = load_data_of(folder, options["data"], console)
    population = Population.resume(folder, dataset, device, options["engine"], chosen)
    finished, total = len(population.entries), len(population.members)
    say(console, f"resuming {folder.path}: {finished:,} of {total:,} networks are done")
    introduce(console, population)
    return population


def introduce(console: "Console", population: "Population") -> None:
    """One line on what is about to be trained."""
    description, members = population.folder.description, population.members
    networks, first = description["networks"], description["seed"]
    seeds = f"seeds {first} to {first + networks - 1}" if networks > 1 else f"seed {first}"
    configs = len(members) // networks
    say(
        console,
        f"training {count(len(members), 'network')} ({count(configs, 'setting')}, {seeds}) on "
        f"{population.job.dataset.name}, {description['device']}",
    )


def train_population(
    context: click.Context,
    console: "Console",
    population: "Population",
    as_json: bool,
    board: "TensorBoard | None",
) -> None:
    """Train a population to the end, and print its results."""
    from gpunet.core.errors import GpunetError
    from gpunet.show.curves import print_small
    from gpunet.show.folding import print_records
    from gpunet.show.population import PopulationProgress, settings_table
    from gpunet.sweeps.curves import curves_of
    from gpunet.sweeps.grid import differing
    from gpunet.sweeps.judging import with_images

    settings = list(dict.fromkeys(member.config for member in population.members))
    named, path = differing(settings), population.folder.path
    total = len(population.members)
    progress = PopulationProgress(console, total, len(population.entries), named)
    with progress:
        place = board.folder if board else None
        finished = population.train(progress.on_entry, progress.on_progress, place)
    if not finished:
        done = f"{len(population.entries):,} of {count(total, 'network')} done"
        print_stderr(f"stopped, {done}; resume with: gpunet train --resume {typed(path)}")
        assert population.stopped_by is not None
        context.exit(128 + population.stopped_by)
    description = population.folder.description
    result = description["result"]
    long_enough = settings[0].training.epochs > LEAST_EPOCHS
    if result["total"] and not as_json and len(settings) == 1 < total <= MOST_DRAWN and long_enough:
        print_small(console, *curves_of(path))
    told = with_images(population.job, result["settings"], population.entries)
    print_records(console, settings_table(told, named))
    if not result["total"]:
        raise GpunetError(f"{path}: every network diverged; try a smaller learning rate")
    report(console, population)
    if as_json:
        print_json(
            {
                **result,
                "settings": told,
                "networks": [population.entries[member.number] for member in population.members],
                "device": description["device"],
                "seed": description["seed"],
                "run": str(path),
                "epochs": max(description["grid"]["epochs"]),
                "seconds": description["seconds"],
            }
        )


def report(console: "Console", population: "Population") -> None:
    """Print where the run folder is, and which command to use next."""
    from gpunet.show.words import duration

    description, path = population.folder.description, population.folder.path
    total = count(len(population.members), "network")
    say(
        console,
        f"trained {total} on {description['device']} in {duration(description['seconds'])}; "
        f"run folder {path}",
        f"next: gpunet evaluate {typed(path)}   gpunet curves {typed(path)}",
    )
