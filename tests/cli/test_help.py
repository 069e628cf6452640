"""`--help`: complete, in sections, and there at once."""

import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from gpunet.cli.main import gpunet as group
from gpunet.cli.options import Launch
from gpunet.cli.sections import SectionedCommand
from gpunet.cli.train import SECTIONS, train
from gpunet.core.options import options_of
from gpunet.core.rules import Choice
from gpunet.runs.config import RunConfig
from tests.cli.running import gpunet


def paths(within: click.Group, *words: str) -> Iterator[tuple[str, ...]]:
    """The words by which every command is called."""
    for name, command in within.commands.items():
        yield (*words, name)
        if isinstance(command, click.Group):
            yield from paths(command, *words, name)


DECLARED = [each for kind in (RunConfig, Launch) for each in options_of(kind)]
PATHS = [(), *paths(group)]
HEAVY = {"numpy", "scipy", "rich", "PIL", "safetensors", "pooch", "platformdirs", "cupy"}


def told(*arguments: str) -> str:
    """The help, in one line."""
    return " ".join(gpunet(*arguments, "--help").out.split())


@pytest.mark.parametrize("option", DECLARED, ids=lambda option: option.name)
def test_every_option_is_told_with_its_default(option: object) -> None:
    found = next(each for each in DECLARED if each is option)
    said = told("train")
    assert found.help in said
    if found.is_flag:
        assert f"--[no-]{found.switch[2:]} {found.help} [default: no]" in said
    else:
        assert f"{found.switch} {found.rule.metavar} {found.help}" in said
        assert re.search(rf"{re.escape(found.help)} \[.*?default: ", said)
    if isinstance(found.rule, Choice):
        assert f"[{', '.join(found.rule.names)}; default: {found.default_in_words}]" in said


def test_every_option_stands_under_a_heading_once() -> None:
    assert isinstance(train, SectionedCommand)
    listed = [name for names in SECTIONS.values() for name in names]
    assert sorted(listed) == sorted({str(each.name) for each in train.params} - {"as_json"})
    said = gpunet("train", "--help").out
    assert [line for line in said.splitlines() if re.fullmatch(r"\w.*:", line)] == [
        *(f"{heading}:" for heading in SECTIONS),
        "Other options:",
        "Examples:",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_no_name_is_broken(width: int) -> None:
    said = train.get_help(train.context_class(train, terminal_width=width))
    for option in DECLARED:
        names = option.rule.names if isinstance(option.rule, Choice) else ()
        for name in (option.switch, *names):
            assert name.replace("--", "") in said, name


def test_deformation_is_told_alike_by_train_and_by_data_show() -> None:
    deformed, shown = told("train"), told("data", "show")
    for name in ("shift", "rotation", "scaling", "shear", "elastic", "sigma"):
        found = next(each for each in DECLARED if each.name == name)
        assert f"--{name} X {found.help} [default: {found.default_in_words}]" in deformed
        assert f"--{name} X {found.help} [default: {found.default_in_words}]" in shown


def test_only_click_is_imported_before_a_command_runs() -> None:
    program = "import sys; import gpunet.cli.main; print(*sys.modules)"
    imported = subprocess.check_output([sys.executable, "-c", program], text=True).split()
    assert not HEAVY & {name.partition(".")[0] for name in imported}


def test_every_command_has_help() -> None:
    for words in PATHS:
        said = gpunet(*words, "--help")
        assert said.status == 0
        assert said.out.startswith(f"Usage: {' '.join(('gpunet', *words))} [OPTIONS]")


@pytest.mark.parametrize("words", PATHS, ids=" ".join)
def test_nothing_is_cut_or_broken_at_any_width(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However wide the terminal is, the same words follow each other."""
    told = {}
    for width in (60, 80, 100, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        said = gpunet(*words, "--help").out
        assert max(map(len, said.splitlines())) <= width
        assert not [line for line in said.splitlines() if line != line.rstrip()]
        assert not re.search(r"[\N{NON-BREAKING HYPHEN}\N{NO-BREAK SPACE}]", said)
        told[width] = said.split()
    assert told[60] == told[80] == told[100] == told[120]


@pytest.mark.parametrize("words", PATHS, ids=" ".join)
def test_a_default_of_a_few_words_stands_on_one_line(words: tuple[str, ...]) -> None:
    said = gpunet(*words, "--help").out
    for line in said.splitlines():
        assert not re.search(r"default:$", line)


@pytest.mark.parametrize("words", PATHS, ids=" ".join)
def test_every_help_has_headings_and_ends_in_two_examples(words: tuple[str, ...]) -> None:
    said = gpunet(*words, "--help").out
    before, _, examples = said.partition("\nExamples:\n")
    assert [line[:9] for line in examples.splitlines()] == ["  gpunet "] * 2
    parts = re.split(r"\n\n(?=\S.*:\n)", before)[1:]
    options = [len(re.findall(r"^  -", part, re.MULTILINE)) for part in parts]
    assert sum(options) >= 1
    assert len([part for part in options if part]) > (sum(options) > 4)


def test_commands_are_told_by_their_whole_first_sentence() -> None:
    said = told()
    for name, command in group.commands.items():
        sentence = " ".join((command.help or "").split("\n\n")[0].split())
        assert f"{name} {sentence}" in said
