"""`--help`: complete, in sections, and there at once."""

import re
import subprocess
import sys

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

DECLARED = [each for kind in (RunConfig, Launch) for each in options_of(kind)]
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
        assert f"--[no-]{found.switch[2:]} {found.help}" in said
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
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_no_name_is_broken(width: int) -> None:
    said = train.get_help(click.Context(train, terminal_width=width))
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
    for name in group.commands:
        assert gpunet(name, "--help").status == 0
