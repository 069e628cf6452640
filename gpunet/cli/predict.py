"""gpunet predict."""

from pathlib import Path

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


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("images", type=click.Path(path_type=Path), nargs=-1, required=True)
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
    run: Path, images: tuple[Path, ...], other_runs: tuple[Path, ...], device: str, as_json: bool
) -> None:
    """Classify images with the network of a run.

    RUN is a folder that `gpunet train` made; a folder of many networks counts as all of them that
    did not diverge. The outputs of several networks, taken as probabilities, are averaged. IMAGES
    are PNG, JPEG or other image files, or folders of them. An image that is not of the network's
    size is prepared as MNIST's were: grey, light on dark, cropped, scaled, centred by mass.
    """
    from gpunet.evaluation.predict import list_images, predict_images
    from gpunet.show.words import percent
    from gpunet.sweeps.named import open_runs

    console = console_for(as_json)
    refuse_confused(run, images)
    runs = open_runs([run, *other_runs])
    classes = runs.classes
    paths = list_images(images)
    network = runs.load(open_named(device))
    note_unfinished(runs.folders, console)
    predictions = predict_images(network, paths, runs.style)
    members = {"members": [str(folder.path) for folder in runs.folders]}
    if as_json:
        print_json(
            {
                "run": str(run),
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


def refuse_confused(run: Path, images: tuple[Path, ...]) -> None:
    """Refuse a run where an image is expected, and suggest what was probably meant."""
    from gpunet.core.errors import InputError
    from gpunet.runs.description import RUN

    for path in images:
        if (path / RUN).exists():
            if (run / RUN).exists():
                meant = f"to average over it too, use --with {path}"
            else:
                meant = f"name the run first: gpunet predict {path} {run}"
            raise InputError(f"{path}: a run, not an image; {meant}")
