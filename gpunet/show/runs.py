"""The table of the runs in a folder."""

from collections.abc import Sequence

from rich.table import Table

from gpunet.core.options import show_value
from gpunet.runs.progress import INTERRUPTED, RUNNING
from gpunet.show.console import Console
from gpunet.show.folding import INDENT, fold, table, width_of
from gpunet.show.population import spread
from gpunet.show.words import duration, interval
from gpunet.sweeps.listing import Listed


def print_runs(console: Console, listed: Sequence[Listed], differing: Sequence[str]) -> None:
    """Print the table; where it does not fit, for each run its result, then its settings.

    Args:
        console: where to.
        listed, differing: as `runs_table` takes them.
    """
    made = runs_table(listed, differing)
    if width_of(console, made) <= console.width:
        console.print(made)
        return
    for each in listed:
        console.print(str(each.path), soft_wrap=True)
        result = [state_in_words(each), accuracy_in_words(each), f"{epochs_in_words(each)} epochs"]
        if each.seconds:
            result.append(duration(each.seconds))
        options = each.options or {}
        settings = [
            f"{name.replace('_', ' ')} {show_value(options[name])}"
            for name in differing
            if name in options and name != "epochs"
        ]
        for line in (result, settings):
            parts = [f"{part}," for part in line[:-1]] + line[-1:]
            for text in fold(parts, console.width - INDENT, " "):
                console.print(f"{'':{INDENT}}{text}", soft_wrap=True)


def accuracy_in_words(each: Listed) -> str:
    """ "accuracy 96.38 % (95 %: 93.90 to 97.87 %)"."""
    if each.accuracy is None:
        return "no accuracy yet" if each.state in (RUNNING, INTERRUPTED) else "no accuracy"
    found = f"accuracy {spread({'mean': each.accuracy, 'std': each.deviation})}"
    return f"{found} (95 %: {interval(each.ci95)})" if each.ci95 else found


def runs_table(listed: Sequence[Listed], differing: Sequence[str]) -> Table:
    """A line for each run, and for each setting of a population.

    Args:
        listed: none of them damaged.
        differing: the options to name, those in which they differ.
    """
    shown = [name for name in differing if name != "epochs"]
    headings = [name.replace("_", " ") for name in shown]
    made = table("run", "state", *headings, "accuracy", "95 % interval", "epochs", "time")
    for each in listed:
        options = each.options or {}
        made.add_row(
            str(each.path),
            state_in_words(each),
            *(show_value(options[name]) if name in options else "–" for name in shown),
            spread({"mean": each.accuracy, "std": each.deviation}),
            interval(each.ci95) if each.ci95 else "–",
            epochs_in_words(each),
            duration(each.seconds) if each.seconds else "–",
        )
    return made


def state_in_words(each: Listed) -> str:
    """ "finished", "interrupted (3 of 5 networks)", "finished (1 of 5 networks diverged)"."""
    if each.networks > 1 and each.trained < each.networks:
        return f"{each.state} ({each.trained} of {each.networks} networks)"
    return f"{each.state} ({each.reason})" if each.networks > 1 and each.reason else each.state


def epochs_in_words(each: Listed) -> str:
    """ "30", or "12 of 30" for a run that was stopped, by whatever."""
    if each.epochs is None or each.epochs == each.asked_epochs:
        return str(each.asked_epochs)
    return f"{each.epochs} of {each.asked_epochs}"
