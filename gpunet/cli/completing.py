"""What the shell is offered to complete an option's value or an argument.

It must be there before the reader of it grows impatient, so that nothing is imported that a command
needs, and no file is opened.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import click
from click.shell_completion import CompletionItem

from gpunet.core.names import DATA_SETS

Items: TypeAlias = "list[CompletionItem[str]]"

# The file that makes a folder a run, and what the trained network is called that comes along.
RUN = "run.json"
SHIPPED = "mnist-conv"
# Of a folder with more in it, the rest is not looked at.
MOST = 2000
# Others would have to be quoted, each shell in its own way; they are left to the shell.
PLAIN = re.compile(r"[\w./@%+][\w./@%+-]*")


def complete_runs(context: click.Context, parameter: click.Parameter, begun: str) -> Items:
    """Run folders."""
    # First, since it empties bash's list: where no run is found, the shell completes folders.
    return [CompletionItem(begun, type="dir"), *map(CompletionItem, find_runs(begun))]


def complete_networks(context: click.Context, parameter: click.Parameter, begun: str) -> Items:
    """Run folders, and the network that comes with gpunet."""
    return [*complete_runs(context, parameter, begun), *among((SHIPPED,), begun)]


def complete_images(context: click.Context, parameter: click.Parameter, begun: str) -> Items:
    """Files; as the first of several arguments also what names a network."""
    files: Items = [CompletionItem(begun, type="file")]
    if context.params.get(str(parameter.name)):
        return files
    return [*files, *complete_networks(context, parameter, begun)[1:]]


def complete_folders(context: click.Context, parameter: click.Parameter, begun: str) -> Items:
    """Folders."""
    return [CompletionItem(begun, type="dir")]


def complete_data(context: click.Context, parameter: click.Parameter, begun: str) -> Items:
    """Files, and the data sets that have a name."""
    return [CompletionItem(begun, type="file"), *among(DATA_SETS, begun)]


def complete_data_sets(context: click.Context, parameter: click.Parameter, begun: str) -> Items:
    """The data sets that have a name."""
    return among(DATA_SETS, begun)


def complete_devices(context: click.Context, parameter: click.Parameter, begun: str) -> Items:
    """Kinds of device; to count GPUs would take longer than anyone waits."""
    return among(("auto", "cpu", "cuda"), begun)


def complete_recipes(context: click.Context, parameter: click.Parameter, begun: str) -> Items:
    """Recipes."""
    from gpunet.runs.recipe import names_of_recipes

    return among(names_of_recipes(), begun)


def among(names: tuple[str, ...] | list[str], begun: str) -> Items:
    """Those of some names that begin so."""
    return [CompletionItem(name) for name in names if name.startswith(begun)]


def find_runs(begun: str) -> list[str]:
    """The run folders whose paths begin so, one folder further down too, in their order."""
    above = begun[: begun.rfind("/") + 1]
    found = []
    for folder in folders_in(above):
        if not folder.startswith(begun):
            continue
        if os.path.exists(f"{folder}/{RUN}"):
            found.append(folder)
        else:
            found += [run for run in folders_in(f"{folder}/") if os.path.exists(f"{run}/{RUN}")]
    return sorted((each for each in found if PLAIN.fullmatch(each)), key=in_order)


def folders_in(above: str) -> Iterator[str]:
    """The folders in one, which is "" or ends in a slash; none where it cannot be read."""
    with suppress(OSError), os.scandir(Path(above)) as entries:
        yield from (above + each.name for each in islice(entries, MOST) if each.is_dir())


def in_order(path: str) -> list[tuple[int, str]]:
    """A key to sort by that has runs/2 before runs/10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in path.split("/")]
