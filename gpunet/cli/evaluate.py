"""gpunet evaluate."""

from pathlib import Path

import click

from gpunet.cli.common import (
    console_for,
    device_option,
    json_option,
    load_data,
    open_named,
    print_json,
    say,
)


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--data", metavar="NAME|PATH", help="As for train.  [default: what the run was trained on]"
)
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="test",
    show_default=True,
)
@device_option
@json_option
def evaluate(run: Path, data: str | None, split: str, device: str, as_json: bool) -> None:
    """Accuracy, cost, and how each class fared, for the network of a run.

    RUN is a folder that `gpunet train` made.
    """
    from gpunet.show.tables import confusion_table, per_class_table, print_if_it_fits
    from gpunet.show.words import confusions, percent
    from gpunet.training.evaluation import evaluate as evaluate_network
    from gpunet.training.run_folder import RunFolder
    from gpunet.training.session import style_of

    console = console_for(as_json)
    folder = RunFolder.open(run)
    style, classes = style_of(folder)
    network = folder.load_network(open_named(device, console))
    trained_on = folder.description["data"]
    dataset = load_data(data, trained_on["name"], console)
    if data is None and dataset.digest != trained_on["digest"]:
        say(console, f"note: {dataset.name} holds other samples now than when {run} was trained")
    if dataset.peak != style.peak:
        raise click.BadParameter(
            f"{dataset.name} has pixels up to {dataset.peak}, {run} was trained on pixels up to "
            f"{style.peak}",
            param_hint="--data",
        )
    samples = dataset.splits[split]
    evaluation = evaluate_network(network, samples)
    say(
        console,
        f"accuracy {percent(evaluation.accuracy)} ({evaluation.correct:,} of "
        f"{evaluation.total:,}), cost {evaluation.cost:.5f}, on the {split} split of "
        f"{dataset.name}, {network.device.name}\n"
        f"most often confused: {confusions(evaluation, classes)}",
    )
    if as_json:
        print_json(
            {
                "accuracy": evaluation.accuracy,
                "correct": evaluation.correct,
                "total": evaluation.total,
                "cost": evaluation.cost,
                "device": network.device.name,
                "seed": network.seed,
                "run": str(run),
                "data": dataset.name,
                "split": split,
                "classes": classes,
                "confusion": evaluation.confusion.tolist(),
            }
        )
        return
    console.print(per_class_table(evaluation, classes))
    print_if_it_fits(console, confusion_table(evaluation, classes))
