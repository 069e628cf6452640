"""The tables of the documentation are those of the code, and every command has its place."""

from pathlib import Path

import click
import pytest

from gpunet.cli.main import gpunet
from gpunet.runs.recipe import list_recipes
from scripts.make_docs import DOCS, TABLES, argument_of, commands, fill, recipes

PAGES = sorted(DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_are_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert fill(text) == text, "scripts/python scripts/make_docs.py brings it up to date"


def test_every_table_stands_somewhere() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert all(f"<!-- table: {name} -->\n" in text for name in TABLES)


def test_a_stale_table_is_replaced_and_nothing_else() -> None:
    stale = "# A page\n\n<!-- table: recipes -->\nold\n<!-- end -->\n\nIts end.\n"
    fresh = fill(stale)
    assert "old" not in fresh
    assert recipes() in fresh
    assert fresh.startswith("# A page\n\n<!-- table: recipes -->\n")
    assert fresh.endswith("<!-- end -->\n\nIts end.\n")
    assert fill(fresh) == fresh


def test_every_command_and_option_is_told_of() -> None:
    told = commands()
    for name, command in gpunet.commands.items():
        assert f"## gpunet {name}" in told
        if not isinstance(command, click.Group):
            assert all(f"`{option}`" in told for p in command.params for option in long_names(p))


def long_names(parameter: click.Parameter) -> list[str]:
    hidden = isinstance(parameter, click.Argument) or getattr(parameter, "hidden", False)
    return [] if hidden else [name for name in parameter.opts if name.startswith("--")]


def test_every_recipe_is_told_of_by_name() -> None:
    rows = recipes().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == sorted(r.name for r in list_recipes())


def test_arguments_are_spelt_as_usage_lines_have_them() -> None:
    assert argument_of(click.Argument(["run"])) == "RUN"
    assert argument_of(click.Argument(["images"], nargs=-1, required=True)) == "IMAGES..."
    assert argument_of(click.Argument(["name"], required=False)) == "[NAME]"
    assert argument_of(click.Argument(["runs"], metavar="RUN...", nargs=-1)) == "[RUN...]"
