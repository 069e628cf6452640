"""gpunet predict."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gpunet.cli.common import (
    console_for,
    device_option,
    json_option,
    note_unfinished,
    open_named,
    paths_argument,
    print_json,
    print_stderr,
    say,
)
from gpunet.cli.completing import complete_images, complete_networks
from gpunet.cli.predict_table import names_table, predict_table
from gpunet.cli.sections import WHERE, SectionedCommand

if TYPE_CHECKING:
    from gpunet.evaluation.predict import Picture, Prediction
    from gpunet.runs.folder import RunFolder


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet predict photo.jpg",
        "gpunet predict runs/1 photo.jpg --show seen.png",
    ),
    sections={
        "Networks": ("other_runs",),
        "What is told": ("sheet", "submission", "as_json"),
        WHERE: ("device",),
    },
)
@paths_argument("[RUN] IMAGES...|TABLE", complete_images)
@click.option(
    "--with",
    "other_runs",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="RUN",
    shell_complete=complete_networks,
    help="Average over this run too; may be given more than once.",
)
@click.option(
    "--show",
    "sheet",
    type=click.Path(path_type=Path),
    metavar="FILE.png",
    help="Draw each image beside what the network saw of it, with its answer and next guesses.",
)
@click.option(
    "--submission",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the predictions for a table: a line ImageId,Label for each row, with the table's "
    "ids, else counted from 1.",
)
@device_option
@json_option
def predict(
    named: tuple[Path, ...],
    other_runs: tuple[Path, ...],
    sheet: Path | None,
    submission: Path | None,
    device: str,
    as_json: bool,
) -> None:
    """Classify images with the network of a run, or with the one that comes with gpunet.

    RUN is a folder that `gpunet train` made; a folder of many networks counts as all of them that
    did not diverge. With no run named, the network is mnist-conv, which comes with gpunet and reads
    handwritten digits. The outputs of several networks, taken as probabilities, are averaged.
    IMAGES are PNG, JPEG or other image files, or folders of them; in a folder, those that cannot be
    read are named at the end, and the exit status is 2.

    An image that is not of the network's size is taken for a photograph of handwriting: light,
    shadows and the lines of paper are taken out, and each digit that is found is prepared as
    MNIST's were: light on dark, cropped, scaled, centred by mass. Several digits are read from
    left to right and line by line. If the classes have names of more than one letter, the image is
    taken whole.

    In the place of IMAGES one TABLE may stand, a .csv with a sample a line: pixels alone, or with a
    label before them or in a column headed so, which is left out and compared with the answers. A
    column headed id, ImageId or index holds the rows' ids.
    """
    from gpunet.core.errors import InputError
    from gpunet.evaluation.predict import answer, list_images, see
    from gpunet.serialization.shipped import shipped_run
    from gpunet.sweeps.named import open_runs

    console = console_for(as_json)
    run, images = run_and_images(named)
    refuse_confused(run, images)
    runs = open_runs([run or shipped_run(), *other_runs])
    if any(map(names_table, images)):
        if sheet:
            raise InputError("--show draws what was seen of images; a table has none")
        if run is None:
            say(console, introduce(runs.folders[0]))
        predict_table(runs, run or shipped_run(), images, submission, device, as_json)
        return
    if submission:
        raise InputError("--submission writes the predictions for a table; give one, a .csv")
    classes = runs.classes
    paths = list_images(images)
    network = runs.load(open_named(device))
    note_unfinished(runs.folders, console)
    handwriting = all(len(name) == 1 for name in classes)
    seen, refused = [], []
    for path in paths:
        try:
            seen.append((path, see(path, runs.style, several=handwriting)))
        except InputError as error:
            if path in images:  # named, not found in a folder
                raise
            refused.append((path, error))
    pictures = answer(network, seen)
    if run is None:
        say(console, introduce(runs.folders[0]))
    members = {"members": [str(folder.path) for folder in runs.folders]}
    if as_json:
        errors = [{"image": str(path), "error": str(reason)} for path, reason in refused]
        print_json(
            {
                "run": str(run or shipped_run()),
                **(members if runs.is_committee else {}),
                "device": network.device.name,
                "predictions": [describe(picture, classes) for picture in pictures],
                **({"errors": errors} if errors else {}),
            }
        )
    else:
        for picture in pictures:
            say(console, f"{picture.path}: {in_words(picture, classes)}")
    for _, reason in refused:
        print_stderr(f"gpunet: {reason}")
    if sheet and pictures:
        from gpunet.core.files import write_atomically
        from gpunet.show.seen import show_seen

        content, shown = show_seen(pictures, runs.style, classes)
        write_atomically(sheet, content)
        some = "" if shown == len(pictures) else f"the first {shown} of "
        say(console, f"{sheet}: {some}{len(pictures)} images and what the network saw")
    if refused:
        raise SystemExit(InputError.exit_status)


def describe(picture: "Picture", classes: list[str]) -> dict[str, Any]:
    """A picture for --json; of one digit it is also told as if it were the picture's."""
    digits = [
        {
            "label": classes[digit.label],
            "probability": digit.probability,
            "probabilities": dict(zip(classes, digit.probabilities, strict=True)),
            "box": dict(zip(("left", "top", "width", "height"), digit.box, strict=True)),
        }
        for digit in picture.digits
    ]
    whole = {}
    if len(digits) == 1:
        whole = {key: value for key, value in digits[0].items() if key != "box"}
    return {"image": str(picture.path), **whole, "digits": digits}


def in_words(picture: "Picture", classes: list[str]) -> str:
    """The answer and the next two for one digit; the answers for several."""
    from gpunet.show.words import percent

    def guess(digit: "Prediction", label: int) -> str:
        return f"{classes[label]} {percent(digit.probabilities[label])}"

    if len(picture.digits) > 1:
        return ", ".join(guess(digit, digit.label) for digit in picture.digits)
    (digit,) = picture.digits
    first, *others = (guess(digit, label) for label in digit.ranked())
    return f"{first}   (then {', '.join(others)})"


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
    if alone or os.path.isfile(path) or path.suffix.lower() in (*SUFFIXES, ".csv"):
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
