"""The result of a training: as text, and as JSON."""

from typing import TYPE_CHECKING, Any

from gpunet.cli.common import say
from gpunet.core.words import typed

if TYPE_CHECKING:
    from gpunet.runs.run import Run
    from gpunet.show.console import Console
    from gpunet.training.trainer import Trainer


# Of a shorter training there is nothing to see in a curve.
LEAST_EPOCHS = 2


def report(console: "Console", run: "Run", as_json: bool) -> None:
    """Print curves, unless JSON is asked for, the result, and which commands to use next."""
    from gpunet.runs.description import style_of
    from gpunet.show.curves import print_small
    from gpunet.show.words import advice, confusions, counted, duration, percent
    from gpunet.sweeps.curves import curves

    description, path = run.folder.description, run.folder.path
    result, evaluation, classes = description["result"], run.evaluation, style_of(description)[1]
    assert evaluation is not None
    if not as_json and len(run.trainer.history) > LEAST_EPOCHS:
        network = description["network"]
        print_small(console, curves(str(path), network["cost"], [run.trainer.history]))
    for line in (*training_notes(run), *reasons_of(run)):
        say(console, line)
    say(
        console,
        f"accuracy {percent(result['accuracy'])} on the test split "
        f"({counted(result['correct'], result['total'])})",
        f"most often confused: {confusions(evaluation, classes)}",
        *advice(evaluation, classes),
        f"trained on {description['device']} in {duration(description['seconds'])}; "
        f"run folder {path}",
        f"next: gpunet evaluate {typed(path)}   gpunet predict {typed(path)} IMAGE...",
    )


def reasons_of(run: "Run") -> list[str]:
    """Why the training went as it did, a line for each reason, if it was to be diagnosed."""
    from gpunet.runs.description import about_of
    from gpunet.training.reasons import reasons

    trainer = run.trainer
    if not trainer.config.diagnose:
        return []
    found = reasons(trainer.history, about_of(run.folder.description))
    return found or ["diagnosis: nothing is seen to be wrong"]


def describe_result(run: "Run") -> dict[str, Any]:
    """The JSON object for a finished run."""
    from gpunet.evaluation.uncertainty import wilson

    description, trainer = run.folder.description, run.trainer
    result = description["result"]
    best = trainer.history.best if trainer.config.keep_best else None
    return {
        **result,
        "ci95_images": list(wilson(result["correct"], result["total"])),
        "device": description["device"],
        "seed": description["seed"],
        "run": str(run.folder.path),
        "epochs": trainer.position.epoch,
        "seconds": description["seconds"],
        **({"reasons": reasons_of(run)} if trainer.config.diagnose else {}),
        **({"kept_epoch": best.epoch} if best else {}),
        **({"ended_early": trainer.ended_early} if stopped_early(trainer) else {}),
    }


def stopped_early(trainer: "Trainer") -> bool:
    """Whether training stopped before the requested number of epochs."""
    return bool(trainer.ended_early) and trainer.position.epoch < trainer.config.epochs


def training_notes(run: "Run") -> list[str]:
    """Lines on early stopping, and on a network that is not the last epoch's."""
    from gpunet.show.words import percent

    trainer, lines = run.trainer, []
    if stopped_early(trainer):
        ended = f"ended early, after epoch {trainer.position.epoch}"
        lines.append(f"{ended}: {trainer.ended_early}")
    if trainer.config.keep_best and (best := trainer.history.best):
        accuracy = f"{percent(best.accuracy or 0.0)} on the validation split"
        lines.append(f"kept the network of epoch {best.epoch}: {accuracy}")
    return lines
