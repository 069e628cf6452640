"""gpunet predict."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gpunet.cli.common import (
    console_for,
    device_option,
    json_option,
    note_unfinished,
    open_named,
    print_json,
    say,
)

if TYPE_CHECKING:
    from gpunet.runs.folder import RunFolder


@click.command()
@click.argument(
    "named", metavar="[RUN] IMAGES...", type=click.Path(path_type=Path), nargs=-1, required=True
)
@click.option(
    "--with",
    "other_runs",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="RUN",
    help="Average over this run too; may be given more than once.",
)
@device_option
@json_option
def predict(
    named: tuple[Path, ...], other_runs: tuple[Path, ...], device: str, as_json: bool
) -> None:
    """Classify images with the network of a run, or with the one that comes with gpunet.

    RUN is a folder that `gpunet train` made; a folder of many networks counts as all of them that
    did not diverge. With no run named, the network is mnist-conv, which comes with gpunet and reads
    handwritten digits. The outputs of several networks, taken as probabilities, are averaged.
    IMAGES are PNG, JPEG or other image files, or folders of them. An image that is not of the
    network's size is prepared as MNIST's were: grey, light on dark, cropped, scaled, centred by
    mass.
    """
    from gpunet.evaluation.predict import list_images, predict_images
    from gpunet.serialization.shipped import shipped_run
    from gpunet.show.words import percent
    from gpunet.sweeps.named import open_runs

    console = console_for(as_json)
    run, images = run_and_images(named)
    refuse_confused(run, images)
    runs = open_runs([run or shipped_run(), *other_runs])
    classes = runs.classes
    paths = list_images(images)
    network = runs.load(open_named(device))
    note_unfinished(runs.folders, console)
    predictions = predict_images(network, paths, runs.style)
    if run is None:
        say(console, introduce(runs.folders[0]))
    members = {"members": [str(folder.path) for folder in runs.folders]}
    if as_json:
        print_json(
            {
                "run": str(run or shipped_run()),
                **(members if runs.is_committee else {}),
                "device": network.device.name,
                "predictions": [
                    {
                        "image": str(path),
                        "label": classes[prediction.label],
                        "probability": prediction.probabilities[prediction.label],
                        "probabilities": dict(zip(classes, prediction.probabilities, strict=True)),
                    }
                    for path, prediction in zip(paths, predictions, strict=True)
                ],
            }
        )
        return
    for path, prediction in zip(paths, predictions, strict=True):
        ranked = sorted(range(len(classes)), key=lambda label: -prediction.probabilities[label])
        first, *others = [
            f"{classes[label]} {percent(prediction.probabilities[label])}" for label in ranked[:3]
        ]
        say(console, f"{path}: {first}   (then {', '.join(others)})")


def run_and_images(named: tuple[Path, ...]) -> tuple[Path | None, tuple[Path, ...]]:
    """The run, or None where none is named, and the images, of which there must be some."""
    from gpunet.serialization.shipped import sample_images

    if names_run(named[0], alone=len(named) == 1):
        run, images = named[0], named[1:]
    else:
        run, images = None, named
    if not images:
        raise click.UsageError(
            f"no IMAGES given: name image files, or folders of them, such as {sample_images()}"
        )
    return run, images


def names_run(path: Path, alone: bool) -> bool:
    """Whether the first path that is given is that of a run, and not of an image.

    What is neither, such as a run that is misspelt, counts as a run if more paths follow it.
    """
    from gpunet.datasets.readers.pictures import SUFFIXES
    from gpunet.runs.description import RUN
    from gpunet.serialization.shipped import is_shipped

    if is_shipped(path) or os.path.exists(path / RUN):
        return True
    if alone or os.path.isfile(path) or path.suffix.lower() in SUFFIXES:
        return False
    try:
        return not any(name.lower().endswith(tuple(SUFFIXES)) for name in os.listdir(path))
    except OSError:
        return not os.path.isdir(path)


def introduce(folder: "RunFolder") -> str:
    """Which network answers where none is named."""
    from gpunet.serialization.shipped import SHIPPED
    from gpunet.show.words import percent

    said = folder.description
    return (
        f"network: {SHIPPED}, which comes with gpunet; accuracy "
        f"{percent(said['result']['accuracy'])} on the test split of {said['data']['name']}"
    )


def refuse_confused(run: Path | None, images: tuple[Path, ...]) -> None:
    """Refuse a run where an image is expected, and suggest what was probably meant."""
    from gpunet.core.errors import InputError
    from gpunet.runs.description import RUN

    for path in images:
        if (path / RUN).exists():
            if run:
                meant = f"to average over it too, use --with {path}"
            else:
                meant = f"name the run first: gpunet predict {path} {images[0]}"
            raise InputError(f"{path}: a run, not an image; {meant}")
