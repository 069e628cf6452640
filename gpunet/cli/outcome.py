"""What came of a training: in words, and as JSON."""

from typing import TYPE_CHECKING, Any

from gpunet.cli.common import say

if TYPE_CHECKING:
    from gpunet.runs.run import Run
    from gpunet.show.console import Console
    from gpunet.training.trainer import Trainer


def report(console: "Console", run: "Run") -> None:
    """What came of it, and what to type next."""
    from gpunet.runs.description import style_of
    from gpunet.show.words import advice, confusions, duration, percent

    description, path = run.folder.description, run.folder.path
    result, evaluation, classes = description["result"], run.evaluation, style_of(description)[1]
    assert evaluation is not None
    for line in what_was_kept(run):
        say(console, line)
    say(
        console,
        f"accuracy {percent(result['accuracy'])} on the test split "
        f"({result['correct']:,} of {result['total']:,})",
        f"most often confused: {confusions(evaluation, classes)}",
        *advice(evaluation, classes),
        f"trained on {description['device']} in {duration(description['seconds'])}; "
        f"run folder {path}",
        f"next: gpunet evaluate {path}   gpunet predict {path} IMAGE...",
    )


def describe_end(run: "Run") -> dict[str, Any]:
    """What JSON says of a run that has come to its end."""
    description, trainer = run.folder.description, run.trainer
    best = trainer.history.best if trainer.config.keep_best else None
    return {
        **description["result"],
        "device": description["device"],
        "seed": description["seed"],
        "run": str(run.folder.path),
        "epochs": trainer.position.epoch,
        "seconds": description["seconds"],
        **({"kept_epoch": best.epoch} if best else {}),
        **({"ended_early": trainer.ended_early} if ended_before_its_time(trainer) else {}),
    }


def ended_before_its_time(trainer: "Trainer") -> bool:
    """Whether epochs were left that are not trained."""
    return bool(trainer.ended_early) and trainer.position.epoch < trainer.config.epochs


def what_was_kept(run: "Run") -> list[str]:
    """Lines on training that ended early, and on a network that is not that of the last epoch."""
    from gpunet.show.words import percent

    trainer, lines = run.trainer, []
    if ended_before_its_time(trainer):
        ended = f"ended early, after epoch {trainer.position.epoch}"
        lines.append(f"{ended}: {trainer.ended_early}")
    if trainer.config.keep_best and (best := trainer.history.best):
        accuracy = f"{percent(best.accuracy or 0.0)} on the validation split"
        lines.append(f"kept the network of epoch {best.epoch}: {accuracy}")
    return lines
