"""gpunet train."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gpunet.cli.common import console_for, device_option, json_option
from gpunet.cli.completing import complete_data, complete_folders, complete_recipes, complete_runs
from gpunet.cli.options import (
    COMPUTING,
    Launch,
    grid_of,
    options_from,
    recipe_options,
    refuse_decided,
)
from gpunet.cli.population import resume_population, start_population, train_population
from gpunet.cli.sections import SectionedCommand, sections_of
from gpunet.cli.single import resume_run, start_run, train_run
from gpunet.runs.config import RunConfig
from gpunet.training.config import LOOKING

if TYPE_CHECKING:
    from gpunet.interop import TensorBoard

DECLARED = sections_of(RunConfig, Launch)
SECTIONS = {
    "What is trained": ("recipe", "data"),
    **DECLARED,
    LOOKING: (*DECLARED[LOOKING], "tensorboard"),
    COMPUTING: ("device", *DECLARED[COMPUTING]),
    "The run folder": ("out", "overwrite", "resume"),
}


@click.command(
    cls=SectionedCommand,
    sections=SECTIONS,
    examples=(
        "gpunet train --cost cross-entropy --learning-rate 0.5",
        "gpunet train --networks 5 --hidden 10 --hidden 30",
    ),
)
@click.option(
    "--recipe",
    metavar="NAME",
    shell_complete=complete_recipes,
    help="A published result to reproduce (see gpunet recipes); other options override its own.",
)
@click.option(
    "--data",
    metavar="NAME|PATH",
    shell_complete=complete_data,
    help="digits, mnist, another name of `gpunet data list`, or a path: a folder of IDX files, "
    ".npz, .csv, .parquet, mnist.pkl.gz, or a folder of images with one sub-folder per class.  "
    "[default: digits]",
)
@options_from(RunConfig, grid=True)
@click.option(
    "--tensorboard",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write event files for TensorBoard to this folder; of many networks, to a folder for each "
    "in it.",
)
@options_from(Launch)
@device_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="RUN",
    shell_complete=complete_folders,
    help="The run folder to make.  [default: runs/1, runs/2, …]",
)
@click.option("--overwrite", is_flag=True, help="Replace the run in --out, if there is one.")
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="RUN",
    shell_complete=complete_runs,
    help="Resume a run that was stopped; may be combined only with --epochs, --data, --device, "
    "--engine, --precision and --tensorboard.",
)
@json_option
@click.pass_context
def train(context: click.Context, /, as_json: bool, **options: Any) -> None:
    """Train a network and write a run folder.

    With no options: chapter 1's network, 30 hidden neurons, on the digits that come with gpunet.

    Options of the network, of learning, against overfitting and of deformation may be given more
    than once: one network, or as many as --networks says, is trained for every combination of their
    values.
    """
    from gpunet.runs.folder import RunFolder

    console = console_for(as_json)
    if options["recipe"]:
        options |= recipe_options(context, options["recipe"])
    grid = grid_of(options)
    board = board_in(options["tensorboard"])
    if options["resume"]:
        refuse_decided(context)
        with RunFolder.claim(options["resume"]) as folder:
            if folder.is_population:
                population = resume_population(console, options, folder)
                train_population(context, console, population, as_json, board)
            else:
                train_run(context, console, resume_run(console, options, folder), as_json, board)
    elif options["networks"] > 1 or any(len(values) > 1 for values in grid.values()):
        population = start_population(console, options, grid)
        train_population(context, console, population, as_json, board)
    else:
        train_run(context, console, start_run(console, options, grid), as_json, board)


def board_in(folder: Path | None) -> "TensorBoard | None":
    """What writes for TensorBoard, if that is wanted; checked before anything is made."""
    if folder is None:
        return None
    from gpunet.interop import TensorBoard

    return TensorBoard(folder)
