"""The table of options that the documentation shows."""

import click

from gpunet.cli.data_show import show
from gpunet.cli.evaluate import evaluate
from gpunet.cli.main import gpunet
from gpunet.cli.train import SECTIONS, train
from scripts.options_table import option_table, sections_table

TOLD = sections_table(train)


def test_every_option_has_a_line_under_its_heading() -> None:
    assert [line[4:] for line in TOLD.splitlines() if line.startswith("### ")] == [
        *SECTIONS,
        "Other options",
    ]
    for parameter in train.params:
        lines = [line for line in TOLD.splitlines() if line.startswith(f"| `{parameter.opts[0]}`")]
        assert len(lines) == 1, parameter.opts


def test_a_line_says_what_may_be_given_the_default_and_what_it_does() -> None:
    lines = TOLD.splitlines()
    epochs = "| `--epochs` | a whole number from 1 to 1,000,000 | `30` | How often every training "
    assert f"{epochs}image is seen. |" in lines
    assert (
        "| `--dtype` | `float32`, `float64` | `float32` | The numbers it computes with. |" in lines
    )
    images = "Train on every image and its four shifts by one pixel."
    assert f"| `--expand`, `--no-expand` |  | no | {images} |" in lines
    assert any(line.startswith("| `--out` | `RUN` | runs/1, runs/2, … | ") for line in lines)
    assert any("`NAME\\|PATH`" in line for line in lines)  # a bar would end the cell


def test_options_of_a_command_alone_are_told_by_their_rules() -> None:
    assert "| `--split` | `train`, `validation`, `test` | `test` | " in option_table(
        evaluate.params
    )
    assert "| `--seed` | a whole number, 0 or more | `0` | " in option_table(show.params)


def test_every_row_has_four_cells() -> None:
    for command in (train, show, *gpunet.commands.values()):
        if not isinstance(command, click.Group):
            for line in option_table(command.params).splitlines():
                assert line.replace("\\|", "").count("|") == 5


def test_headings_may_be_of_any_level() -> None:
    assert sections_table(train, level=2).startswith("## What is trained\n")
