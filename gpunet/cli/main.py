"""The `gpunet` command: its sub-commands, and how errors are reported."""

import atexit
import os
import signal
import sys
from io import TextIOWrapper
from typing import NoReturn

import click

from gpunet.cli.baseline import baseline
from gpunet.cli.bench import bench
from gpunet.cli.common import print_stderr
from gpunet.cli.compare import compare
from gpunet.cli.complaints import complaint
from gpunet.cli.completion import completion
from gpunet.cli.curves import curves
from gpunet.cli.data import data
from gpunet.cli.devices import devices
from gpunet.cli.draw import draw
from gpunet.cli.evaluate import evaluate
from gpunet.cli.export import export
from gpunet.cli.play import play
from gpunet.cli.predict import predict
from gpunet.cli.recipes import recipes
from gpunet.cli.report import report
from gpunet.cli.runs import runs
from gpunet.cli.sections import SectionedGroup
from gpunet.cli.train import train
from gpunet.core.errors import DeviceFailedError, GpunetError
from gpunet.core.version import __version__

FAILED = 1


@click.group(
    cls=SectionedGroup,
    examples=("gpunet train", "gpunet evaluate runs/1"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="gpunet")
def gpunet() -> None:
    """Train feed-forward networks on handwritten digits, on the CPU or an NVIDIA GPU.

    `gpunet train` with no options trains the network of chapter 1 of Michael Nielsen's Neural
    Networks and Deep Learning on digits that come with the program, in a second.
    """


gpunet.add_section("Train", train, play, recipes, baseline)
gpunet.add_section("Look", evaluate, compare, curves, runs, report)
gpunet.add_section("Use", predict, draw, export)
gpunet.add_section("Data", data)
gpunet.add_section("This machine", devices, bench, completion)


def main() -> NoReturn:
    """Run the command line; every error ends in one line on standard error and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # None if closed, something else in a notebook
            stream.reconfigure(errors="replace")
    try:
        status = gpunet.main(prog_name="gpunet", standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
    except click.exceptions.Exit as done:
        status = done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        status = error.exit_code
    except click.ClickException as error:
        status = fail(complaint(error), error.exit_code)
    except DeviceFailedError as error:
        status = fail(str(error), error.exit_status)
        # Of what is on a lost device nothing can be freed; CuPy would print a traceback for each.
        atexit.register(end_at_once, status, error)
    except GpunetError as error:
        status = fail(str(error), error.exit_status)
    except (KeyboardInterrupt, click.Abort) as error:
        # Raised by the second of two signals, whose number it carries.
        status = fail("interrupted", 128 + (error.args[0] if error.args else signal.SIGINT))
    except BrokenPipeError:
        # The reader of the output is gone; Python must not try to flush it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = FAILED
    except MemoryError:
        status = fail("out of memory; try a smaller network, batch or data set", FAILED)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        status = fail(f"{where}{error.strerror or error}", FAILED)
    except Exception as error:
        if sys.flags.dev_mode:  # python -X dev -m gpunet …
            raise
        status = fail(f"unexpected {type(error).__name__}: {error}; please report it", FAILED)
    sys.exit(status or 0)


def end_at_once(status: int, keeping: BaseException) -> NoReturn:
    """End the process without freeing anything; all that an error's frames hold lives until now."""
    for stream in (sys.stdout, sys.stderr):
        if stream:
            stream.flush()
    os._exit(status)


def fail(message: str, status: int) -> int:
    """Print what went wrong, and return the exit status."""
    print_stderr(f"gpunet: {message}")
    return status
