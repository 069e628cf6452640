"""What several commands share: options, and where words for people go."""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

    from gpunet.backend.device import Device
    from gpunet.datasets.dataset import Dataset
    from gpunet.runs.folder import RunFolder

# Wide enough for every table; without a terminal there is no edge to fold at.
PIPED_WIDTH = 160

Command = TypeVar("Command", bound=Callable[..., Any])


def device_option(command: Command) -> Command:
    """--device, with GPUNET_DEVICE as its default."""
    return click.option(
        "--device",
        envvar="GPUNET_DEVICE",
        default="auto",
        metavar="NAME",
        help="auto, cpu, cuda or cuda:N; auto takes a CUDA device that answers, else the CPU.",
        show_default=True,
    )(command)


def json_option(command: Command) -> Command:
    """--json."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object; all else goes to stderr."
    )(command)


def console_for(as_json: bool) -> "Console":
    """Where words for people go: standard output, or standard error beside JSON."""
    from rich.console import Console

    console = Console(stderr=as_json, highlight=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    return console


def say(console: "Console", line: str) -> None:
    """Print a line as it is: not wrapped, and no markup looked for in it."""
    console.print(line, soft_wrap=True, markup=False)


def print_json(result: dict[str, Any]) -> None:
    """One JSON object on standard output."""
    click.echo(json.dumps(result, ensure_ascii=False))


def open_named(name: str, console: "Console", precision: str = "float32") -> "Device":
    """The device of that name, saying so where the choice was ours."""
    from gpunet.backend.choose import open_device

    device = open_device(name, precision)
    if device.note:
        say(console, f"device: {device.note}")
    return device


def load_data(name: str | None, default: str, console: "Console") -> "Dataset":
    """The data set of that name, with a progress bar if it must be downloaded."""
    from gpunet.datasets.load import load_dataset
    from gpunet.show.progress import DownloadBar

    return load_dataset(
        default if name is None else name,
        say=lambda line: say(console, line),
        progress=lambda file: DownloadBar(console, file) if console.is_terminal else False,
    )


def load_data_of(folder: "RunFolder", named: str | None, console: "Console") -> "Dataset":
    """The data named with --data, else those that a run was trained on."""
    return load_data(named, folder.data_source if named is None else "", console)


def say_reservations(folders: "Sequence[RunFolder]", console: "Console") -> None:
    """A line for each run whose network, once loaded, is not known to be its last."""
    from gpunet.runs.checkpoint import words_for

    for folder in folders:
        said = folder.description
        if said["status"] != "finished":
            state = words_for(folder.state)
            line = f"{folder.path} has not come to its end: this is its network after {state}"
            say(console, f"note: {line}")
        elif "state" not in said:
            say(console, f"note: {folder.path} does not say which network was its last")
