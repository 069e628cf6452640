"""gpunet train, one network: started, resumed, trained."""

from functools import partial
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
from gpunet.cli.options import check_precision, only_epochs
from gpunet.cli.outcome import describe_result, report
from gpunet.core.options import show_value
from gpunet.core.words import count, typed

if TYPE_CHECKING:
    from gpunet.interop import TensorBoard
    from gpunet.runs.folder import RunFolder
    from gpunet.runs.run import Run
    from gpunet.show.console import Console
    from gpunet.training.config import TrainingConfig


def start_run(console: "Console", options: dict[str, Any], grid: dict[str, list[Any]]) -> "Run":
    """A new run as the options ask for it."""
    from gpunet.backend.choose import open_device
    from gpunet.runs.run import Run
    from gpunet.sweeps.grid import expand
    from gpunet.training.fastest import find_fastest
    from gpunet.training.training_data import watched_split

    check_precision(options["precision"], options["dtype"])
    device = open_device(options["device"], options["precision"] or "float32")
    dataset = load_data(options["data"], "digits", console)
    (config,) = expand(grid)
    network = config.network(dataset, seed=options["seed"], dtype=options["dtype"], device=device)
    training, engine = config.training, options["engine"]
    place = options["out"], options["overwrite"]
    choice = find_fastest(network, dataset, training, watched_split(dataset, training), engine)
    tell_device(device, choice)
    if choice:
        engine = choice.way.engine
        network = config.network(
            dataset, seed=options["seed"], dtype=options["dtype"], device=choice.way.device
        )
    run = Run.start(network, dataset, training, *place, engine, choice)
    if training.batch_size > run.trainer.samples:
        found = count(run.trainer.samples, "training image")
        say(console, f"--batch-size {training.batch_size} is more than the {found}: using all")
    introduce(console, run)
    return run


def resume_run(console: "Console", options: dict[str, Any], folder: "RunFolder") -> "Run":
    """A run that is resumed."""
    from gpunet.runs.run import Run

    check_precision(options["precision"], folder.description["network"]["dtype"])
    precision = options["precision"] or folder.description.get("precision", "float32")
    device, chosen = open_again(options, precision, folder.description)
    dataset = load_data_of(folder, options["data"], console)
    run = Run.resume(folder, dataset, device, only_epochs(options), options["engine"], chosen)
    where = f"epoch {run.trainer.position.epoch}, step {run.trainer.position.step}"
    say(console, f"resuming {folder.path} from {where}")
    introduce(console, run)
    return run


def introduce(console: "Console", run: "Run") -> None:
    """One line on what is about to be trained."""
    network, config = run.trainer.network, run.trainer.config
    rates = {"dropout": network.dropout, "input dropout": network.input_dropout}
    dropout = "".join(f", {name} {show_value(rate)}" for name, rate in rates.items() if rate)
    if dropout and network.dropout_scaling == "evaluation":
        dropout += " scaled in evaluation"
    deskewed = ", deskewed" if network.deskew else ""
    say(
        console,
        f"training {network.architecture} ({', '.join(network.activations)}{dropout}; "
        f"{network.cost.name}) on {run.dataset.name}{deskewed}: {count(config.epochs, 'epoch')}, "
        f"batch {run.trainer.batch_size}, learning rate {config.rate:g}"
        f"{others(config)}, seed {network.seed}, {network.device.name}",
    )
    if run.trainer.engine_note:
        print_stderr(f"engine: {run.trainer.engine_note}")


def others(config: "TrainingConfig") -> str:
    """The options that differ from their defaults, except those that are always printed."""
    always_printed = ("epochs", "batch_size", "learning_rate")
    plain = type(config)().to_json()
    return "".join(
        f", {name.replace('_', ' ')}{'' if value is True else ' ' + show_value(value)}"
        for name, value in config.to_json().items()
        if name not in always_printed and value != plain[name]
    )


def train_run(
    context: click.Context,
    console: "Console",
    run: "Run",
    as_json: bool,
    board: "TensorBoard | None",
) -> None:
    """Train a run to the end, and print its result."""
    from gpunet.show.progress import TrainingProgress
    from gpunet.training.guessing import Guessing

    trainer, path = run.trainer, run.folder.path
    progress = TrainingProgress(
        console,
        trainer.config.epochs,
        trainer.steps_per_epoch,
        trainer.steps_done,
        trainer.batch_size,
    )
    run.callbacks = (board,) if board else ()
    with progress:
        finished = run.train(progress, Guessing(run.dataset.validation, partial(say, console)))
    if not finished:
        done = f"{trainer.position.epoch} of {count(trainer.config.epochs, 'epoch')} done"
        print_stderr(f"stopped, {done}; resume with: gpunet train --resume {typed(path)}")
        assert run.stopped_by is not None
        context.exit(128 + run.stopped_by)
    report(console, run, as_json)
    if as_json:
        print_json(describe_result(run))
