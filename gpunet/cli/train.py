"""gpunet train."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gpunet.cli.common import (
    console_for,
    device_option,
    json_option,
    load_data,
    load_data_of,
    open_named,
    print_json,
    say,
    tell,
)
from gpunet.cli.options import (
    grid_of,
    network_options,
    only_epochs,
    recipe_options,
    refuse_decided,
)
from gpunet.cli.population import resume_population, start_population, train_population

if TYPE_CHECKING:
    from gpunet.runs.folder import RunFolder
    from gpunet.runs.run import Run
    from gpunet.show.console import Console
    from gpunet.training.config import TrainingConfig
    from gpunet.training.trainer import Trainer


@click.command()
@click.option(
    "--recipe",
    metavar="NAME",
    help="A published result to repeat (see gpunet recipes); options beside it override it.",
)
@click.option(
    "--data",
    metavar="NAME|PATH",
    help="digits, mnist, or a path: a folder of IDX files, .npz, .csv, mnist.pkl.gz, or a folder "
    "of images with one sub-folder per class.  [default: digits]",
)
@network_options
@device_option
@click.option(
    "--dtype", type=click.Choice(["float32", "float64"]), default="float32", show_default=True
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "eager", "graph", "fused"]),
    default="auto",
    show_default=True,
    help="How steps are launched on a GPU: one by one, captured, or thousands at once.",
)
@click.option(
    "--precision",
    type=click.Choice(["float32", "tf32", "bfloat16"]),
    help="How a GPU multiplies float32 matrices.  [default: float32]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="The run folder to make.  [default: runs/1, runs/2, …]",
)
@click.option("--overwrite", is_flag=True, help="Replace the run in --out, if there is one.")
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Go on with a run that was stopped; takes only --epochs, --data, --device, --engine and "
    "--precision beside it.",
)
@json_option
@click.pass_context
def train(context: click.Context, /, as_json: bool, **options: Any) -> None:
    """Train a network and write a run folder.

    With no options: chapter 1's network, 30 hidden neurons, on the digits that come with gpunet.

    An option from --hidden to --sigma may be given more than once: a network is trained for every
    combination of values, or as many as --networks says.
    """
    from gpunet.runs.folder import RunFolder

    console = console_for(as_json)
    if options["recipe"]:
        options |= recipe_options(context, options["recipe"])
    grid = grid_of(options)
    if options["resume"]:
        refuse_decided(context)
        with RunFolder.claim(options["resume"]) as folder:
            if folder.is_population:
                population = resume_population(console, options, folder)
                train_population(context, console, population, as_json)
            else:
                train_one(context, console, resume(console, options, folder), as_json)
    elif options["networks"] > 1 or any(len(values) > 1 for values in grid.values()):
        population = start_population(console, options, grid)
        train_population(context, console, population, as_json)
    else:
        train_one(context, console, start(console, options, grid), as_json)


def train_one(context: click.Context, console: "Console", session: "Run", as_json: bool) -> None:
    """Train a run to its end, and tell what came of it."""
    from gpunet.show.progress import TrainingProgress

    trainer, folder = session.trainer, session.folder.path
    progress = TrainingProgress(
        console,
        trainer.settings.epochs,
        trainer.steps_per_epoch,
        trainer.steps_done,
        trainer.batch_size,
    )
    with progress:
        finished = session.train(progress.on_epoch, progress.on_steps)
    if not finished:
        done = f"{trainer.position.epoch} of {trainer.settings.epochs} epochs done"
        tell(f"stopped, {done}; go on with: gpunet train --resume {folder}")
        assert session.stopped_by is not None
        context.exit(128 + session.stopped_by)
    report(console, session)
    if as_json:
        description = session.folder.description
        print_json(
            {
                **description["result"],
                "device": description["device"],
                "seed": description["seed"],
                "run": str(folder),
                "epochs": trainer.position.epoch,
                "seconds": description["seconds"],
                **end_of(trainer),
            }
        )


def end_of(trainer: "Trainer") -> dict[str, Any]:
    """What JSON says of training that ended early, and of a network not of the last epoch."""
    best = trainer.history.best if trainer.settings.keep_best else None
    return {
        **({"kept_epoch": best.epoch} if best else {}),
        **({"ended_early": trainer.ended_early} if ended_before_its_time(trainer) else {}),
    }


def ended_before_its_time(trainer: "Trainer") -> bool:
    """Whether epochs were left that are not trained."""
    return bool(trainer.ended_early) and trainer.position.epoch < trainer.settings.epochs


def start(console: "Console", options: dict[str, Any], grid: dict[str, list[Any]]) -> "Run":
    """A new run as the options ask for it."""
    from gpunet.runs.run import Run
    from gpunet.sweeps.grid import expand

    device = open_named(options["device"], options["precision"] or "float32")
    dataset = load_data(options["data"], "digits", console)
    (setting,) = expand(grid)
    network = setting.network(dataset, seed=options["seed"], dtype=options["dtype"], device=device)
    settings = setting.training
    session = Run.start(
        network, dataset, settings, options["out"], options["overwrite"], options["engine"]
    )
    if settings.batch_size > session.trainer.samples:
        count = f"{session.trainer.samples:,} training images"
        say(console, f"--batch-size {settings.batch_size} is more than the {count}: taking all")
    introduce(console, session)
    return session


def resume(console: "Console", options: dict[str, Any], folder: "RunFolder") -> "Run":
    """A run gone on with."""
    from gpunet.runs.run import Run

    precision = options["precision"] or folder.description.get("precision", "float32")
    device = open_named(options["device"], precision)
    dataset = load_data_of(folder, options["data"], console)
    session = Run.resume(folder, dataset, device, only_epochs(options), options["engine"])
    where = f"epoch {session.trainer.position.epoch}, step {session.trainer.position.step}"
    say(console, f"going on with {folder.path} from {where}")
    introduce(console, session)
    return session


def introduce(console: "Console", session: "Run") -> None:
    """One line on what is about to be trained."""
    from gpunet.show.words import count

    network, settings = session.trainer.network, session.trainer.settings
    dropout = f", dropout {network.dropout:g}" if network.dropout else ""
    if network.dropout and network.dropout_scaling == "evaluation":
        dropout += " scaled in evaluation"
    say(
        console,
        f"training {network.architecture} ({', '.join(network.activations)}{dropout}; "
        f"{network.cost.name}) on {session.dataset.name}: {count(settings.epochs, 'epoch')}, "
        f"batch {session.trainer.batch_size}, "
        f"learning rate {settings.learning_rate:g}{others(settings)}, seed {network.seed}, "
        f"{network.device.name}",
    )
    if session.trainer.engine_note:
        say(console, f"engine: {session.trainer.engine_note}")


def others(settings: "TrainingConfig") -> str:
    """The settings that are not what they are by default, but for those always told."""
    from gpunet.show.population import show_value

    told = ("epochs", "batch_size", "learning_rate")
    plain = asdict(type(settings)())
    return "".join(
        f", {name.replace('_', ' ')}{'' if value is True else ' ' + show_value(value)}"
        for name, value in asdict(settings).items()
        if name not in told and value != plain[name]
    )


def report(console: "Console", session: "Run") -> None:
    """What came of it, and what to type next."""
    from gpunet.runs.description import style_of
    from gpunet.show.words import advice, confusions, duration, percent

    description, folder = session.folder.description, session.folder
    result, classes = description["result"], style_of(description)[1]
    evaluation = session.evaluation
    assert evaluation is not None
    for line in what_was_kept(session):
        say(console, line)
    say(
        console,
        f"accuracy {percent(result['accuracy'])} on the test split "
        f"({result['correct']:,} of {result['total']:,})",
        f"most often confused: {confusions(evaluation, classes)}",
        *advice(evaluation, classes),
        f"trained on {description['device']} in {duration(description['seconds'])}; "
        f"run folder {folder.path}",
        f"next: gpunet evaluate {folder.path}   gpunet predict {folder.path} IMAGE...",
    )


def what_was_kept(session: "Run") -> list[str]:
    """Lines on training that ended early, and on a network that is not that of the last epoch."""
    from gpunet.show.words import percent

    trainer, lines = session.trainer, []
    if ended_before_its_time(trainer):
        ended = f"ended early, after epoch {trainer.position.epoch}"
        lines.append(f"{ended}: {trainer.ended_early}")
    if trainer.settings.keep_best and (best := trainer.history.best):
        accuracy = f"{percent(best.accuracy or 0.0)} on the validation split"
        lines.append(f"kept the network of epoch {best.epoch}: {accuracy}")
    return lines
