"""`gpunet data`, `gpunet devices`, and the help."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gpunet as package
from gpunet.backend.choose import survey_card
from gpunet.datasets.named import DATASETS
from tests.backends import open_backend
from tests.cli.running import finish, gpunet, start

# Prints the modules that are there once the help has been shown.
LIST_MODULES = """
import atexit, sys
before = set(sys.modules)
atexit.register(lambda: print(*sorted(set(sys.modules) - before), file=sys.stderr))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"]])
def test_help_imports_nothing_but_click_and_the_standard_library(arguments: list[str]) -> None:
    outcome = finish(start(*arguments, code=LIST_MODULES))
    assert outcome.status == 0
    imported = {name.partition(".")[0] for name in outcome.err.split()}
    library = {"click", "gpunet", *sys.stdlib_module_names}
    assert "gpunet" in imported
    assert imported <= library


COMMANDS = ["train", "evaluate", "predict", "devices", "data"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    outcome = gpunet(command, "--help")
    assert outcome.status == 0
    assert f"gpunet {command}" in outcome.out


def test_the_help_names_every_command() -> None:
    said = gpunet("--help").out
    assert all(f"\n  {command}" in said for command in COMMANDS)


def test_the_version_is_the_package_s() -> None:
    assert package.__version__ in gpunet("--version").out


@pytest.mark.parametrize("words", ["fly", "data fly", "train --fly", "train x", "data fetch x"])
def test_unknown_words_are_refused(words: str) -> None:
    outcome = gpunet(*words.split())
    assert outcome.status == 2
    assert words.split()[-1] in outcome.complaint


def test_devices_lists_what_is_here_and_why_not() -> None:
    result = gpunet("devices", "--json").result
    named = {each["device"]: each for each in result["devices"]}
    assert named["cpu"]["usable"]
    assert all(each["detail"] for each in result["devices"])
    assert result["auto"] in named


def test_devices_says_the_same_in_words() -> None:
    said = gpunet("devices").out
    assert "cpu" in said
    assert "auto takes" in said


def test_a_gpu_that_fails_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(name: str) -> None:
        raise package.DeviceError(f"{name} does not answer: it is lost; see nvidia-smi")

    def describe(cupy: object, ordinal: int) -> dict[str, object]:
        return {}

    monkeypatch.setattr("gpunet.backend.cuda_cards.describe_card", describe)
    monkeypatch.setattr("gpunet.backend.choose.open_cuda", lambda ordinal: fails("cuda:1"))
    found = survey_card(None, 1)
    assert (found.name, found.usable) == ("cuda:1", False)
    assert found.detail == "does not answer: it is lost; see nvidia-smi"


def test_data_list_names_the_data_sets() -> None:
    said = gpunet("data", "list").out
    assert "digits" in said
    assert "mnist" in said
    assert set(gpunet("data", "list", "--json").result) >= {"digits", "mnist", "qmnist"}


def test_data_info_says_what_digits_hold() -> None:
    result = gpunet("data", "info", "--json").result
    assert result["splits"] == {"train": 1258, "validation": 180, "test": 359}
    assert result["shape"] == [8, 8]
    assert result["digest"] == package.load_dataset("digits").digest
    assert "8 × 8 pixels" in gpunet("data", "info").out


def test_data_info_takes_a_path(tmp_path: Path) -> None:
    images = np.arange(50 * 12, dtype=np.uint8).reshape(50, 3, 4)
    np.savez(tmp_path / "mine.npz", images=images, labels=np.arange(50) % 5)
    result = gpunet("data", "info", tmp_path / "mine.npz", "--json").result
    assert result["shape"] == [3, 4]
    assert result["classes"] == list("01234")


def test_data_verify_knows_the_embedded_digits() -> None:
    outcome = gpunet("data", "verify", "digits")
    assert outcome.status == 0
    assert "digits is identical to the published files" in outcome.out


def test_digits_need_not_be_fetched() -> None:
    outcome = gpunet("data", "fetch", "digits")
    assert outcome.status == 0
    assert "comes with gpunet, nothing to fetch" in outcome.out


@pytest.fixture
def no_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nothing was ever fetched."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("GPUNET_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.usefixtures("no_mnist")
def test_data_verify_says_how_to_fetch_what_is_not_here() -> None:
    outcome = gpunet("data", "verify", "mnist")
    assert outcome.status == 2
    assert "`gpunet data fetch` downloads it" in outcome.complaint


@pytest.mark.usefixtures("no_mnist")
def test_a_fetch_that_fails_says_a_line_a_mirror_and_one_of_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = ("http://127.0.0.1:9/a/", "http://localhost:9/b/")
    mnist = replace(DATASETS["mnist"], mirrors=nobody)
    monkeypatch.setitem(DATASETS, "mnist", mnist)
    monkeypatch.setenv("no_proxy", "*")
    outcome = gpunet("data", "fetch", "MNIST")
    assert outcome.status == 1
    assert outcome.out == ""
    first, second, advice = outcome.err.splitlines()
    assert first == "gpunet: 127.0.0.1:9: no connection"
    assert second == "gpunet: localhost:9: no connection"
    assert "Put the four MNIST files into" in advice
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.usefixtures("no_mnist")
def test_without_a_data_folder_of_its_own_a_fetch_that_fails_leaves_no_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GPUNET_DATA")
    monkeypatch.setitem(
        DATASETS, "kmnist", replace(DATASETS["kmnist"], mirrors=("http://127.0.0.1:9/",))
    )
    assert gpunet("data", "fetch", "kmnist").status == 1
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", ["digist", "Digist"])
def test_a_misspelt_data_set_is_told_what_was_meant(name: str) -> None:
    for words in (("data", "fetch", name), ("data", "info", name), ("train", "--data", name)):
        outcome = gpunet(*words)
        assert outcome.status == 2
        assert outcome.complaint.endswith("; did you mean digits?")


@pytest.mark.usefixtures("no_mnist")
def test_data_list_says_what_is_not_here() -> None:
    assert gpunet("data", "list", "--json").result["mnist"]["folder"] is None
    assert "not downloaded yet" in gpunet("data", "list").out


def test_a_data_folder_that_is_a_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text(json.dumps({}))
    monkeypatch.setenv("GPUNET_DATA", str(tmp_path / "file"))
    outcome = gpunet("data", "list")
    assert outcome.status == 2
    assert "GPUNET_DATA" in outcome.complaint


@pytest.mark.cuda
def test_devices_describes_each_gpu() -> None:
    device = open_backend("cuda")
    outcome = gpunet("devices", "--json")
    (card,) = (each for each in outcome.result["devices"] if each["device"] == device.name)
    assert card["usable"]
    assert card["model"] in card["detail"]
    assert card["shared_memory_per_block"] == device.shared_limit
    assert 0 < card["memory_free"] <= card["memory_total"]
    assert card["versions"] == device.versions
    assert card["graphs"] == device.supports_graphs
    assert ("graphs_missing" in card) != card["graphs"]
    lines = gpunet("devices").out.splitlines()
    (at,) = (number for number, line in enumerate(lines) if line.startswith("cuda:0"))
    first, ability, shared, versions, graphs = lines[at : at + 5]
    assert card["model"] in first
    assert f"compute capability {card['compute_capability']}, " in ability
    assert f"{card['multiprocessors']} multiprocessors" in ability
    assert f"{card['shared_memory_per_block']:,} bytes" in shared
    assert all(version in versions for version in card["versions"].values())
    assert "CUDA graphs" in graphs
    assert all(len(line) <= 80 for line in lines[at : at + 4])
