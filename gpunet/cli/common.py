"""What several commands share: options, and where their messages are printed."""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gpunet.cli.completing import complete_devices
from gpunet.cli.leave import leave
from gpunet.show.visible import to_json, visible

if TYPE_CHECKING:
    from gpunet.backend.device import Device
    from gpunet.datasets.dataset import Dataset
    from gpunet.runs.folder import RunFolder
    from gpunet.show.console import Console
    from gpunet.training.fastest import Choice

# Without a terminal there is no width to wrap at; wider tables are split into blocks even so.
PIPED_WIDTH = 160

Command = TypeVar("Command", bound=Callable[..., Any])


def paths_argument(metavar: str, complete: Callable[..., Any]) -> Callable[[Command], Command]:
    """Decorate a command with one or more paths, passed as `named`."""
    return click.argument(
        "named",
        metavar=metavar,
        type=click.Path(path_type=Path),
        nargs=-1,
        required=True,
        shell_complete=complete,
    )


def device_option(command: Command) -> Command:
    """--device, with GPUNET_DEVICE as its default."""
    return click.option(
        "--device",
        envvar="GPUNET_DEVICE",
        default="auto",
        metavar="NAME",
        shell_complete=complete_devices,
        help="auto, cpu, cuda or cuda:N; auto takes a CUDA device that answers, else the CPU; "
        "train takes the faster.",
        show_default=True,
    )(command)


def json_option(command: Command) -> Command:
    """--json."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object; all else goes to stderr."
    )(command)


def console_for(as_json: bool) -> "Console":
    """Where messages are printed: standard output, or standard error if JSON is printed there."""
    from gpunet.show.console import Console

    console = Console(stderr=as_json)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    return console


def say(console: "Console", *lines: str) -> None:
    """Print lines as they are, not wrapped."""
    for line in lines:
        console.print(line, soft_wrap=True)


def print_stderr(line: str) -> None:
    """Print a message on standard error, whatever is printed on standard output."""
    click.echo(visible(line), err=True)


def print_program(text: str) -> None:
    """A program or a script on standard output, as it is."""
    click.echo(text)


def print_json(result: dict[str, Any]) -> None:
    """One JSON object on standard output."""
    click.echo(to_json(result))


def open_named(name: str, precision: str = "float32") -> "Device":
    """The device of that name; prints which one it is if it was chosen automatically."""
    from gpunet.backend.choose import open_device

    device = open_device(name, precision)
    tell_device(device)
    return device


def tell_device(device: "Device", choice: "Choice | None" = None) -> None:
    """Print one line on where it is computed, unless that was asked for by name.

    Args:
        device: the one that was opened.
        choice: of the fastest way, where there was more than one.
    """
    if choice is None:
        if device.note:
            print_stderr(f"device: {device.note}")
        return
    # How long a step takes each way is in run.json.
    (said, seconds), *others = sorted(choice.seconds.items(), key=lambda item: item[1])
    if others and not choice.note:
        next_best, longer = others[0]
        times = f"{longer / seconds:.1f}" if longer < 99 * seconds else f"{longer / seconds:.0f}"
        said += f", {times} times as fast as {next_best}"
    print_stderr(
        f"device: {said} ({choice.note or ('remembered' if choice.remembered else 'timed')})"
    )


def open_again(
    options: Mapping[str, Any], precision: str, description: Mapping[str, Any]
) -> tuple["Device", str | None]:
    """Device and engine to go on with a run, where they were chosen and no others are asked for.

    The engine is None where none was chosen.

    Args:
        options: of the command line: device and engine.
        precision: how a GPU multiplies.
        description: of the run, in run.json.
    """
    from gpunet.backend.choose import open_device
    from gpunet.backend.cpu import CpuDevice
    from gpunet.core.errors import DeviceError

    name, choice = options["device"], description.get("choice")
    if choice is None or name.strip().lower() != "auto":
        return open_named(name, precision), None
    name = description["device"]
    try:
        device = open_device(name, precision)
    except DeviceError:
        device = open_device("auto", precision)
        lost = f"{name}, which was chosen, cannot be used; see gpunet devices"
        print_stderr(f"device: {device.name} ({lost})")
        return device, None
    if name == "cpu":
        device = CpuDevice(choice.get("threads"))
    print_stderr(f"device: {name}, as was chosen before")
    return device, description["engine"] if options["engine"] == "auto" else None


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, Ctrl-C raises KeyboardInterrupt, for code that has something to clean up."""
    if signal.getsignal(signal.SIGINT) is not leave:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, leave)


def load_data(name: str | None, default: str, console: "Console") -> "Dataset":
    """The data set of that name, with a progress bar if it must be downloaded."""
    from gpunet.datasets.load import load_dataset
    from gpunet.show.progress import DownloadBar

    with interruptible():
        return load_dataset(
            default if name is None else name,
            say=lambda line: say(console, line),
            progress=lambda file: DownloadBar(console, file) if console.is_terminal else False,
        )


def load_data_of(folder: "RunFolder", named: str | None, console: "Console") -> "Dataset":
    """The data named with --data, else those that a run was trained on.

    Raises:
        InputError: they are not there, or cannot be read.
    """
    from gpunet.core.errors import InputError
    from gpunet.datasets.load import NAMED

    if named is None and (source := folder.data_source) not in NAMED and not Path(source).exists():
        raise InputError(
            f"{folder.path} was trained on {source}, which is no longer there; "
            "name its data with --data"
        )
    return load_data(named, folder.data_source if named is None else "", console)


def note_trained_on(folders: "Sequence[RunFolder]", console: "Console") -> None:
    """Print a line for each run whose validation split was trained on, where that is looked at."""
    for folder in folders:
        if folder.config.train_on == "all":
            line = f"{folder.path} was trained on the validation split, too"
            say(console, f"note: {line}: what it reaches there says nothing of other images")


def note_unfinished(folders: "Sequence[RunFolder]", console: "Console") -> None:
    """Print a line for each run whose loaded network is not known to be its final one."""
    from gpunet.runs.checkpoint import state_in_words

    for folder in folders:
        said = folder.description
        if said["status"] != "finished":
            state = state_in_words(folder.state)
            line = f"{folder.path} has not finished: this is its network after {state}"
            if said["status"] == "diverged":
                why = said.get("diverged", "training diverged")
                line = f"{folder.path}: {why}; this is its last good network, after {state}"
            say(console, f"note: {line}")
        elif "state" not in said:
            say(console, f"note: {folder.path} does not record which network was its final one")
