"""gpunet data show."""

from pathlib import Path

import click

from gpunet.cli.common import console_for, interruptible, json_option, load_data, print_json, say
from gpunet.cli.completing import complete_data
from gpunet.cli.options import options_from
from gpunet.cli.sections import SectionedCommand
from gpunet.cli.values import Value
from gpunet.core.names import SPLITS
from gpunet.core.options import names_of
from gpunet.core.rules import Choice, Whole
from gpunet.core.words import count
from gpunet.datasets.augmentation.deformation import Deformation

# Off a terminal nobody knows how wide the reader's is; this is what most are.
PIPED_WIDTH = 80


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet data show --class 7 --each 3",
        "gpunet data show --rotation 20 --out deformed.png",
    ),
    sections={
        "Which images": ("named", "each", "split"),
        "Deformed versions": ("seed", *names_of(Deformation)),
        "What is told": ("out", "as_json"),
    },
)
@click.argument("source", default="digits", metavar="NAME|PATH", shell_complete=complete_data)
@click.option(
    "--class",
    "named",
    multiple=True,
    metavar="NAME",
    help="Only this class; may be given more than once.  [default: all, at most 36]",
)
@click.option(
    "--each", type=Value(Whole(1, 100)), default=1, show_default=True, help="Images of each class."
)
@click.option(
    "--split",
    type=Value(Choice(*SPLITS)),
    default="train",
    help="train, validation or test.",
    show_default=True,
)
@click.option(
    "--seed", type=Value(Whole(0)), default=0, show_default=True, help="Decides the deformations."
)
@options_from(Deformation)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png",
    help="Draw them into a picture, not on the terminal.",
)
@json_option
def show(
    source: str,
    named: tuple[str, ...],
    each: int,
    split: str,
    seed: int,
    out: Path | None,
    as_json: bool,
    **strengths: float,
) -> None:
    """Show images of each class of a data set, in characters or as a picture.

    With --shift, --rotation, --scaling, --shear or --elastic, deformed versions stand beside each.
    """
    from gpunet.core.errors import InputError
    from gpunet.show.samples import choose_samples, print_deformed, print_samples, sheet_of

    deformation = Deformation(**strengths)
    if out and out.suffix.lower() != ".png":
        raise InputError(f"--out {out}: the picture is a PNG; give a name that ends in .png")
    console = console_for(as_json)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    dataset = load_data(source, "digits", console)
    shown = choose_samples(dataset, split, named, each)
    if out:
        write(out, sheet_of(dataset, shown, deformation if deformation.active else None, seed))
    elif deformation.active:
        print_deformed(console, dataset, shown, deformation, seed)
    else:
        print_samples(console, dataset, shown)
    if as_json:
        labels = [dataset.classes[label] for label in shown.labels]
        about = {"out": str(out) if out else None, "labels": labels, "split": split}
        print_json({**about, "seed": seed, "deformation": deformation.to_json()})
        return
    classes = len(set(shown.labels.tolist()))
    if not named and classes < len(dataset.classes):
        total = count(len(dataset.classes), "class", "classes")
        say(console, f"{classes} of {total}; others with --class NAME")
    if out:
        beside = ", deformed versions to the right" if deformation.active else ""
        say(console, f"{out}: a row for each {'image' if beside else 'class'}{beside}")


def write(out: Path, picture: bytes) -> None:
    """Write the picture, or raise InputError."""
    from gpunet.core.errors import InputError
    from gpunet.core.files import write_atomically

    try:
        with interruptible():
            write_atomically(out, picture)
    except OSError as error:
        why = error.strerror or error
        raise InputError(f"--out {out}: cannot be written: {why}; give another name") from None
