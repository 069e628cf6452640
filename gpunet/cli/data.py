"""gpunet data: list, fetch, verify, info and show."""

from pathlib import Path

import click

from gpunet.cli.common import console_for, interruptible, json_option, load_data, print_json, say
from gpunet.cli.options import options_from
from gpunet.cli.values import Value
from gpunet.core.rules import Whole
from gpunet.core.words import count
from gpunet.datasets.augmentation.deformation import Deformation


@click.group()
def data() -> None:
    """The built-in data sets, and what a data set contains."""


@data.command("list")
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


@data.command()
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


@data.command()
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


@data.command()
@click.argument("source", default="digits", metavar="NAME|PATH")
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


@data.command()
@click.argument("source", default="digits", metavar="NAME|PATH")
@click.option(
    "--seed", type=Value(Whole(0)), default=0, show_default=True, help="Decides the deformations."
)
@options_from(Deformation)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default="deformations.png",
    metavar="FILE.png",
    show_default=True,
)
@json_option
def show(source: str, seed: int, out: Path, as_json: bool, **strengths: float) -> None:
    """Draw an image of each class next to deformed versions of it."""
    from gpunet.core.errors import InputError
    from gpunet.core.files import write_atomically
    from gpunet.show.deformations import show_deformations

    deformation = Deformation(**strengths)
    if not deformation.active:
        raise InputError(
            "no deformation to show: give one or more of --shift, --rotation, --scaling, "
            "--shear and --elastic, such as --rotation 15 --scaling 0.15"
        )
    if out.suffix.lower() != ".png":
        raise InputError(f"--out {out}: the picture is a PNG; give a name that ends in .png")
    console = console_for(as_json)
    dataset = load_data(source, "digits", console)
    picture = show_deformations(dataset, deformation, seed)
    try:
        with interruptible():
            write_atomically(out, picture)
    except OSError as error:
        why = error.strerror or error
        raise InputError(f"--out {out}: cannot be written: {why}; give another name") from None
    if as_json:
        print_json({"out": str(out), "seed": seed, "deformation": deformation.to_json()})
        return
    say(console, f"{out}: an image of each class on the left, its deformed versions to the right")
