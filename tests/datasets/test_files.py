"""Writing: at every instant, whatever happens, the old content or the new, and nothing beside."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from gpunet.core.files import write_atomically

OLD, NEW = b"old" * 100_000, b"new" * 50_000
WRITE_FOR_EVER = """
import sys
from pathlib import Path
from gpunet.core.files import write_atomically
while True:
    for content in (b"old" * 100_000, b"new" * 50_000):
        write_atomically(Path(sys.argv[1]), content)
"""


def test_a_new_file_holds_the_content(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", NEW)
    assert (tmp_path / "file").read_bytes() == NEW
    assert os.listdir(tmp_path) == ["file"]


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(OLD)
    write_atomically(tmp_path / "file", NEW)
    assert (tmp_path / "file").read_bytes() == NEW


def test_whoever_has_the_old_file_open_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(OLD)
    with open(tmp_path / "file", "rb") as reader:
        write_atomically(tmp_path / "file", NEW)
        assert reader.read() == OLD


def test_where_space_ends_the_old_file_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(OLD)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(NEW) // 2, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_atomically(tmp_path / "file", NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "file").read_bytes() == OLD
    assert os.listdir(tmp_path) == ["file"]


def test_what_cannot_be_replaced_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        write_atomically(tmp_path / "folder", NEW)
    assert os.listdir(tmp_path) == ["folder"]
    assert os.listdir(tmp_path / "folder") == ["inside"]


def test_no_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "folder" / "file", NEW)
    assert os.listdir(tmp_path) == []


def test_readers_and_a_killed_writer_see_whole_files_only(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    writer = subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, str(path)])
    try:
        seen = {path.read_bytes()}
        while len(seen) < 2 and writer.poll() is None:
            seen.add(path.read_bytes())
        for _ in range(200):
            seen.add(path.read_bytes())
    finally:
        writer.kill()
        writer.wait()
    assert seen == {OLD, NEW}
    assert path.read_bytes() in {OLD, NEW}
