"""gpunet baseline."""

import signal
import time

import click

from gpunet.cli.common import console_for, json_option, load_data, print_json, say
from gpunet.cli.completing import complete_data
from gpunet.cli.sections import SectionedCommand
from gpunet.cli.values import Value
from gpunet.core.rules import Choice


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet baseline darkness",
        "gpunet baseline svm --data digits",
    ),
)
@click.argument("method", type=Value(Choice("darkness", "svm", metavar="METHOD")))
@click.option(
    "--data",
    metavar="NAME|PATH",
    default="digits",
    shell_complete=complete_data,
    help="As for train.",
    show_default=True,
)
@json_option
def baseline(method: str, data: str, as_json: bool) -> None:
    """The accuracy of the book's two baselines, which use no network.

    darkness: the class whose training images are closest in average darkness. svm: scikit-learn's
    support vector machine, which on MNIST takes minutes.
    """
    from gpunet.book.baselines import BASELINES, PUBLISHED
    from gpunet.show.words import duration, percent

    console = console_for(as_json)
    dataset = load_data(data, "digits", console)
    began = time.perf_counter()
    # scikit-learn's solver reacts to Ctrl-C only when it has finished.
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        guessed = BASELINES[method](dataset)
    finally:
        signal.signal(signal.SIGINT, handler)
    seconds = time.perf_counter() - began
    total = len(dataset.test)
    correct = int((guessed == dataset.test.labels).sum())
    published = PUBLISHED[method] if dataset.name == "mnist" else None
    compared = f"; the book: {percent(published)}" if published else ""
    say(
        console,
        f"{method}: accuracy {percent(correct / total)} ({correct:,} of {total:,}) on the test "
        f"split of {dataset.name}, in {duration(seconds)}{compared}",
    )
    if as_json:
        print_json(
            {
                "accuracy": correct / total,
                "correct": correct,
                "total": total,
                "baseline": method,
                "published": published,
                "data": dataset.name,
                "seconds": round(seconds, 3),
            }
        )
