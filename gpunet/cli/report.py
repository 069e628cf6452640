"""gpunet report."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gpunet.cli.common import (
    console_for,
    device_option,
    load_data_of,
    open_named,
    paths_argument,
    say,
)
from gpunet.cli.completing import complete_data, complete_runs
from gpunet.cli.sections import SectionedCommand

if TYPE_CHECKING:
    from gpunet.datasets.dataset import Dataset
    from gpunet.runs.folder import RunFolder

NAME = "report.html"


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet report runs/1",
        "gpunet report runs/1 runs/2 --out both.html",
    ),
)
@paths_argument("RUN...", complete_runs)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="The file to write.  [default: report.html in the run's folder; here, for several]",
)
@click.option(
    "--data",
    metavar="NAME|PATH",
    shell_complete=complete_data,
    help="As for train.  [default: what each run was trained on]",
)
@device_option
def report(named: tuple[Path, ...], out: Path | None, data: str | None, device: str) -> None:
    """Write all about a run, or several compared, into one HTML file.

    RUN is a folder that `gpunet train` made, of one network or of many; one still in training
    works, too. The file has the result and the command that repeats it, curves, the confusion
    matrix, the images that are most confidently wrong, and the first layer's weights. It needs
    nothing else, and can be sent to anyone.

    Needs Matplotlib: pip install "gpunet[report]"
    """
    need_matplotlib()
    from gpunet.core.errors import GpunetError
    from gpunet.core.files import write_atomically
    from gpunet.core.words import size
    from gpunet.report.page import make_report
    from gpunet.report.subject import open_subjects

    console = console_for(as_json=False)
    subjects = open_subjects(named)
    found: dict[str, Dataset] = {}

    def load(folder: "RunFolder") -> "Dataset":
        source = folder.data_source if data is None else data
        if source not in found:
            found[source] = load_data_of(folder, data, console)
        return found[source]

    if data is not None:  # what was asked for is refused here; what is only missing is reported
        load(subjects[0].folder)
    content = make_report(subjects, open_named(device), load).encode()
    path = out or (named[0] / NAME if len(subjects) == 1 else Path(NAME))
    try:
        write_atomically(path, content)
    except OSError as error:
        why = error.strerror or error
        raise GpunetError(f"{path}: cannot be written: {why}; name another with --out") from None
    say(console, f"wrote {path} ({size(len(content))})")


def need_matplotlib() -> None:
    """Refuse to go on without Matplotlib, saying how to get it."""
    from importlib.util import find_spec

    from gpunet.core.errors import InputError

    if find_spec("matplotlib") is None:
        raise InputError(
            'report draws with Matplotlib, which is not installed: pip install "gpunet[report]"'
        )
