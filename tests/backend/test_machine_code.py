"""Compiled functions are kept as machine code; whatever becomes of that, they compute the same."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="Numba is not installed")

from gpunet.backend.compiled import machine_code
from gpunet.backend.compiled.samples import list_inputs

NAME = "count_bytes"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of one's own, and nothing loaded yet."""
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *names, **more: str(tmp_path))
    machine_code.function.cache_clear()
    yield tmp_path
    machine_code.function.cache_clear()


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what has been compiled."""
    names, compile_code = [], machine_code.compile_code

    def noting(name: str) -> tuple[str, bytes]:
        names.append(name)
        return compile_code(name)

    monkeypatch.setattr(machine_code, "compile_code", noting)
    return names


def count() -> list[int]:
    """How many of each row's bytes are not zero."""
    images, begins = np.array([[0, 7, 7], [0, 0, 0], [9, 0, 0]], np.uint8), np.zeros(4, np.int64)
    machine_code.function(NAME)(images, *images.shape, begins)
    machine_code.function.cache_clear()
    return list(begins[1:])


def test_it_is_compiled_once(compiled: list[str]) -> None:
    assert count() == count() == [2, 0, 1]
    assert compiled == [NAME]


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied"])
def test_a_damaged_file_is_compiled_anew(compiled: list[str], damage: str) -> None:
    assert count() == [2, 0, 1]
    file = machine_code.place(NAME)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {"cut": bytes(content[:-9]), "flipped": bytes(content), "emptied": b""}
    file.write_bytes(damaged[damage])
    assert count() == count() == [2, 0, 1]
    assert compiled == [NAME] * 2


def test_other_sources_are_compiled_anew_and_the_oldest_code_is_removed(
    compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for version in range(machine_code.MOST_KEPT + 1):
        monkeypatch.setattr(machine_code, "digest_of_sources", lambda number=version: str(number))
        assert count() == [2, 0, 1]
        files.append(machine_code.place(NAME))
        os.utime(files[-1], (version, version))
    assert compiled == [NAME] * len(files)
    assert [file.exists() for file in files] == [False, *[True] * machine_code.MOST_KEPT]


def test_where_nothing_can_be_written_it_is_compiled_every_time(
    compiled: list[str], elsewhere: Path
) -> None:
    (elsewhere / "machine-code").write_bytes(b"no folder")
    assert count() == count() == [2, 0, 1]
    assert compiled == [NAME] * 2


def test_nobody_else_may_change_what_is_run() -> None:
    before = os.umask(0)
    try:
        count()
    finally:
        os.umask(before)
    folder = machine_code.place(NAME).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_others_may_have_changed_is_not_run(compiled: list[str]) -> None:
    count()
    machine_code.place(NAME).parent.chmod(0o777)
    assert not machine_code.somewhere_to_keep(NAME)
    assert count() == [2, 0, 1]
    assert compiled == [NAME] * 2


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_lists_of_inputs(dtype: str) -> None:
    images = np.random.default_rng(0).integers(0, 3, (20, 9)).astype(dtype)
    images[3] = 0
    lists = list_inputs(images, 0.5)
    rebuilt = np.zeros(images.shape, np.float32)
    for i, (first, last) in enumerate(zip(lists.begins, lists.begins[1:], strict=False)):
        rebuilt[i, lists.which[first:last]] = lists.values[first:last]
        assert np.all(lists.values[first:last] != 0)
    np.testing.assert_array_equal(rebuilt, images * np.float32(0.5))


def test_the_functions_take_what_is_said_of_them() -> None:
    with pytest.raises(TypeError, match=r"float64.* for one of uint8"):
        machine_code.function(NAME)(np.zeros((1, 3)), 1, 3, np.zeros(2, np.int64))
