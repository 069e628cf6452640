"""Many networks: their progress, and the accuracy of each setting."""

import time
from collections.abc import Sequence
from typing import Any

from rich.progress import Task
from rich.table import Table

from gpunet.core.options import show_value
from gpunet.show.console import Console
from gpunet.show.folding import table
from gpunet.show.progress import DRAW_INTERVAL, Line, Live, time_left
from gpunet.show.words import interval, percent


class PopulationProgress(Live):
    """The networks of a population as they are done.

    Args:
        console: where to; one live line if it is a terminal, a line a network if not.
        total, finished: how many networks there are, and how many are done already.
        differing: the options in which settings differ; see `differing`.
    """

    def __init__(
        self, console: Console, total: int, finished: int, differing: Sequence[str]
    ) -> None:
        self.console = console
        self.total = total
        self.finished = self.before = finished
        self.differing = differing
        self.drawn = 0.0
        if console.is_terminal:
            self.bar = Line(console, self.parts, total, finished)

    def on_progress(self, done: float) -> None:
        """Called now and then with the number done since the start, fractions included."""
        if self.bar is None or time.perf_counter() - self.drawn < DRAW_INTERVAL:
            return
        self.drawn = time.perf_counter()
        self.bar.draw(self.before + done)

    def parts(self, task: Task) -> list[str]:
        """What the live line says, the first part left of the bar."""
        return [f"{self.finished}/{self.total} networks", time_left(task)]

    def on_entry(self, entry: dict[str, Any]) -> None:
        """Called for every network as it finishes, with its line of population.jsonl."""
        self.finished += 1
        self.drawn = 0.0  # so that it is drawn at once
        if self.bar is None:
            what = [
                f"{name} {shown}" for name, shown in name_setting(entry["setting"], self.differing)
            ]
            what.append(f"seed {entry['seed']}")
            result = "diverged" if entry["diverged"] else f"accuracy {percent(entry['accuracy'])}"
            line = f"{self.finished:>{len(str(self.total))}}/{self.total}  {entry['folder']}  "
            self.console.print(line + f"{result}  ({', '.join(what)})", soft_wrap=True)


def settings_table(settings: Sequence[dict[str, Any]], differing: Sequence[str]) -> Table:
    """For each setting its accuracy: mean ± standard deviation, and how sure the mean is.

    Args:
        settings: as `result_of` gives them, with `ci95_images` where that is known.
        differing: the options to name, those in which settings differ.
    """
    any_diverged = any(setting["diverged"] for setting in settings)
    headings = [name.replace("_", " ") for name in differing]
    headings += ["n", "accuracy", "95 %, networks", "95 %, images", "min", "max"]
    made = table(*headings, *(["diverged"] if any_diverged else []))
    for setting in settings:
        row = [shown for _, shown in name_setting(setting["options"], differing)]
        row += [str(setting["n"]), spread(setting)]
        for ends in (setting["ci95"], setting.get("ci95_images")):
            row.append(interval(ends) if ends else "–")
        row += ["–" if setting[key] is None else percent(setting[key]) for key in ("min", "max")]
        made.add_row(*row, *([str(setting["diverged"])] if any_diverged else []))
    return made


def spread(setting: dict[str, Any]) -> str:
    """ "97.38 ± 0.58 %", without the part that too few networks leave unknown."""
    if setting["mean"] is None:
        return "–"
    if setting["std"] is None:
        return percent(setting["mean"])
    return f"{100 * setting['mean']:.2f} ± {percent(setting['std'])}"


def name_setting(options: dict[str, Any], names: Sequence[str]) -> list[tuple[str, str]]:
    """Each of those options, with its value as it is typed."""
    return [(name.replace("_", " "), show_value(options[name])) for name in names]
