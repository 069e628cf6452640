"""gpunet predict, where it is given a table."""

import csv
import os
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpunet.cli.common import console_for, note_unfinished, open_named, print_json, say
from gpunet.core.words import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpunet.core.arrays import HostArray
    from gpunet.sweeps.named import Runs

# How many rows are told in lines.
MOST_LINES = 20


def names_table(path: Path) -> bool:
    """Whether a path is that of a table."""
    return path.suffix.lower() == ".csv"


def predict_table(
    runs: "Runs",
    named: Path,
    tables: tuple[Path, ...],
    submission: Path | None,
    device: str,
    as_json: bool,
) -> None:
    """Predict the rows of a table: in lines, as JSON, or into a file.

    Args:
        runs: whose network answers.
        named: the run as it is told.
        tables: the paths that were given: one is taken.
        submission: the file that is written, ImageId (the table's, or counted) and Label a line.
        device: the name of the device.
        as_json: whether one JSON object is printed.

    Raises:
        InputError: it is not one table, or not one for that network.
    """
    from gpunet.core.errors import InputError
    from gpunet.evaluation.tables import probabilities_of, read_rows_for
    from gpunet.show.words import percent

    if len(tables) > 1:
        raise InputError(f"{len(tables)} paths with a table among them; give one table alone")
    (path,) = tables
    if submission and os.path.realpath(submission) == os.path.realpath(path):
        raise InputError(f"--submission {submission}: is the table itself; give another name")
    console = console_for(as_json)
    rows = read_rows_for(path, runs.style, runs.classes)
    network = runs.load(open_named(device))
    note_unfinished(runs.folders, console)
    probabilities = probabilities_of(network, rows.pixels)
    answers = [runs.classes[k] for k in probabilities.argmax(axis=1)]
    score: dict[str, Any] = {}
    if rows.labels is not None:
        correct = int((probabilities.argmax(axis=1) == rows.labels).sum())
        score = {"correct": correct, "accuracy": correct / len(answers)}
    if submission:
        write(submission, rows.ids, answers)
        say(console, f"{submission}: {count(len(answers), 'row')} of {path} predicted")
    elif not as_json:
        for number, row in enumerate(probabilities[:MOST_LINES], 1):
            say(console, f"{number}: {in_words(row, runs.classes)}")
        if len(answers) > MOST_LINES:
            say(
                console,
                f"the first {MOST_LINES} of {len(answers):,} rows; all with --submission FILE "
                "or --json",
            )
    if rows.labels is not None:
        unknown = int((rows.labels < 0).sum())
        beside = f"; {unknown:,} have labels that the network does not know" if unknown else ""
        say(
            console,
            f"accuracy {percent(score['accuracy'])}: {score['correct']:,} of {len(answers):,} are "
            f"as the table's labels say, which were left out{beside}",
        )
    if as_json:
        print_json(
            {
                "run": str(named),
                "device": network.device.name,
                "table": str(path),
                **({"submission": str(submission)} if submission else {}),
                **score,
                "predictions": [
                    {
                        "row": number,
                        **({"id": rows.ids[number - 1]} if rows.ids else {}),
                        "label": answer,
                        "probability": float(row.max()),
                        "probabilities": dict(zip(runs.classes, row.tolist(), strict=True)),
                    }
                    for number, (answer, row) in enumerate(
                        zip(answers, probabilities, strict=True), 1
                    )
                ],
            }
        )


def in_words(row: "HostArray", classes: list[str]) -> str:
    """The most probable class of a row and the next two."""
    from gpunet.show.words import percent

    best = (-row).argsort(kind="stable")[:3]
    first, *others = (f"{classes[k]} {percent(row[k])}" for k in best)
    return f"{first}   (then {', '.join(others)})"


def write(submission: Path, ids: "Sequence[str]", answers: list[str]) -> None:
    """Write ImageId, from 1 where no ids are given, and Label, or raise InputError."""
    from gpunet.core.errors import InputError
    from gpunet.core.files import write_atomically

    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("ImageId", "Label"))
    lines.writerows(zip(ids or range(1, len(answers) + 1), answers, strict=True))
    try:
        write_atomically(submission, text.getvalue().encode())
    except OSError as error:
        why = error.strerror or error
        raise InputError(
            f"--submission {submission}: cannot be written: {why}; give another name"
        ) from None
