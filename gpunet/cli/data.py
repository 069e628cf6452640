"""gpunet data: list, fetch, verify, info and show."""

import click

from gpunet.cli.common import console_for, interruptible, json_option, load_data, print_json, say
from gpunet.cli.completing import complete_data
from gpunet.cli.data_show import show
from gpunet.cli.sections import SectionedGroup
from gpunet.core.words import count


@click.group(cls=SectionedGroup, examples=("gpunet data list", "gpunet data show digits"))
def data() -> None:
    """The built-in data sets, and what a data set contains."""


@data.command("list", examples=("gpunet data list", "gpunet data list --json"))
@json_option
def list_(as_json: bool) -> None:
    """List the built-in data sets, and where they are stored."""
    from gpunet.datasets.mnist import find_mnist
    from gpunet.datasets.places import embedded, roots

    here = {"digits": embedded("digits"), "mnist": find_mnist()}
    if as_json:
        print_json({name: str(place) if place else None for name, place in here.items()})
        return
    console = console_for(as_json)
    about = {
        "digits": "1,797 digits of 8 × 8 pixels, embedded",
        "mnist": "70,000 digits of 28 × 28 pixels",
    }
    for name, place in here.items():
        where = place or f"not downloaded yet; `gpunet data fetch` stores it in {roots()[0] / name}"
        say(console, f"{name:<8}{about[name]}: {where}")


@data.command(examples=("gpunet data fetch digits", "gpunet data fetch mnist"))
@click.argument("name", type=click.Choice(["digits", "mnist"]), default="mnist")
def fetch(name: str) -> None:
    """Download a data set, if it is not on this machine yet."""
    from gpunet.datasets.mnist import fetch_mnist, find_mnist
    from gpunet.datasets.places import embedded
    from gpunet.show.progress import DownloadBar

    console = console_for(False)
    if name == "digits":
        say(console, f"digits comes with gpunet, nothing to fetch: it is in {embedded(name)}")
        return
    if place := find_mnist():
        say(console, f"{name} is in {place}")
        return
    with interruptible():
        folder = fetch_mnist(
            say=lambda line: say(console, line),
            progress=lambda file: DownloadBar(console, file) if console.is_terminal else False,
        )
    say(console, f"{name} is in {folder}")


@data.command(examples=("gpunet data verify", "gpunet data verify digits"))
@click.argument("name", type=click.Choice(["digits", "mnist"]), required=False)
def verify(name: str | None) -> None:
    """Check data sets, byte for byte, against the published ones."""
    from gpunet.core.errors import InputError
    from gpunet.datasets.digests import DIGITS, MNIST
    from gpunet.datasets.mnist import find_mnist
    from gpunet.datasets.mnist import verify as verify_folder
    from gpunet.datasets.places import embedded

    console = console_for(False)
    if name in {None, "digits"}:
        verify_folder(embedded("digits"), DIGITS)
        say(console, f"digits is identical to the published files: {embedded('digits')}")
    if name in {None, "mnist"}:
        place = find_mnist()
        if place is None and name == "mnist":
            raise InputError("mnist is not downloaded; `gpunet data fetch` downloads it")
        if place is not None:
            verify_folder(place, MNIST)
        say(
            console,
            f"mnist is identical to the published files: {place}"
            if place
            else "mnist is not downloaded",
        )


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
