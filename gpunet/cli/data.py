"""gpunet data: list, fetch, verify, info and show."""

import click

from gpunet.cli.common import (
    console_for,
    interruptible,
    json_option,
    load_data,
    print_json,
    print_stderr,
    say,
)
from gpunet.cli.completing import complete_data, complete_data_sets
from gpunet.cli.data_show import show
from gpunet.cli.sections import SectionedGroup
from gpunet.core.words import count


@click.group(cls=SectionedGroup, examples=("gpunet data list", "gpunet data show digits"))
def data() -> None:
    """The data sets known by name, and what a data set contains."""


@data.command("list", examples=("gpunet data list", "gpunet data list --json"))
@json_option
def list_(as_json: bool) -> None:
    """List the data sets known by name: where they are stored, their licence and source."""
    from gpunet.datasets.named import DATASETS
    from gpunet.datasets.places import roots

    here = {name: named.find() for name, named in DATASETS.items()}
    if as_json:
        print_json(
            {
                name: {
                    "folder": str(here[name]) if here[name] else None,
                    "about": named.about,
                    "licence": named.licence,
                    "source": named.source,
                    "classes": list(named.classes),
                }
                for name, named in DATASETS.items()
            }
        )
        return
    console = console_for(as_json)
    broad = max(map(len, DATASETS)) + 2
    for name, named in DATASETS.items():
        say(
            console,
            f"{name:<{broad}}{named.about}: {here[name] or 'not downloaded yet'}",
            f"{'':<{broad}}licence: {named.licence}; source: {named.source}",
        )
    if None in here.values():
        say(console, f"`gpunet data fetch NAME` stores one in {roots()[0]}")


@data.command(examples=("gpunet data fetch digits", "gpunet data fetch mnist"))
@click.argument("name", default="mnist", shell_complete=complete_data_sets)
def fetch(name: str) -> None:
    """Download a data set, if it is not on this machine yet: mnist, or one of `gpunet data list`.

    The three of EMNIST come in one archive of 560 MB.
    """
    from gpunet.core.errors import find_named
    from gpunet.datasets.fetching import FetchError
    from gpunet.datasets.fetching import fetch as fetch_named
    from gpunet.datasets.named import DATASETS
    from gpunet.show.progress import DownloadBar

    named = find_named("data set", DATASETS, name)
    console = console_for(False)
    if named.in_package:
        place = named.find()
        say(console, f"{named.name} comes with gpunet, nothing to fetch: it is in {place}")
        return
    if place := named.find():
        say(console, f"{named.name} is in {place}")
        return
    try:
        with interruptible():
            folder = fetch_named(
                named,
                say=lambda line: say(console, line) if console.is_terminal else None,
                progress=lambda file: DownloadBar(console, file) if console.is_terminal else False,
            )
    except FetchError as error:
        for answer in error.answers:
            print_stderr(f"gpunet: {answer}")
        print_stderr(f"gpunet: {error.advice}")
        raise SystemExit(error.exit_status) from None
    say(console, f"{named.name} is in {folder}; licence: {named.licence}; source: {named.source}")


@data.command(examples=("gpunet data verify", "gpunet data verify digits"))
@click.argument("name", required=False, shell_complete=complete_data_sets)
def verify(name: str | None) -> None:
    """Check data sets against the published ones, byte for byte where their digests are known.

    With no NAME, all that are on this machine.
    """
    from gpunet.core.errors import InputError, find_named
    from gpunet.datasets.genuine import verify as verify_named
    from gpunet.datasets.named import DATASETS

    asked = None if name is None else find_named("data set", DATASETS, name)
    console = console_for(False)
    for named in [asked] if asked else DATASETS.values():
        place = named.find()
        if place is not None:
            say(console, f"{named.name} {verify_named(named, place)}: {place}")
        elif asked:
            which = "" if named.name == "mnist" else f" {named.name}"
            raise InputError(
                f"{named.name} is not downloaded; `gpunet data fetch{which}` downloads it"
            )
        else:
            say(console, f"{named.name} is not downloaded")


@data.command(examples=("gpunet data info", "gpunet data info digits --json"))
@click.argument("source", default="digits", metavar="NAME|PATH", shell_complete=complete_data)
@json_option
def info(source: str, as_json: bool) -> None:
    """What a data set contains."""
    from gpunet.show.folding import print_table
    from gpunet.show.tables import dataset_table

    console = console_for(as_json)
    dataset = load_data(source, "digits", console)
    height, width = dataset.shape
    if as_json:
        print_json(
            {
                "name": dataset.name,
                "note": dataset.note,
                "splits": {name: len(split) for name, split in dataset.splits.items()},
                "shape": [height, width],
                "max_pixel": dataset.max_pixel,
                "classes": list(dataset.classes),
                "digest": dataset.digest,
            }
        )
        return
    say(
        console,
        f"{dataset.name}: {dataset.note}",
        f"{height} × {width} pixels from 0 to {dataset.max_pixel}, "
        f"{count(len(dataset.classes), 'class', 'classes')}",
        f"sha256 {dataset.digest}",
    )
    print_table(console, dataset_table(dataset))


data.add_command(show)
