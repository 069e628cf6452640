"""Writing: at every instant, whatever happens, the old content or the new, and nothing beside."""

import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gpunet.core.files import remove_parts, write_atomically

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


def test_a_link_that_lies_in_wait_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(OLD)
    (tmp_path / f".file.{os.getpid()}.part").symlink_to(tmp_path / "theirs")
    write_atomically(tmp_path / "file", NEW)
    assert (tmp_path / "theirs").read_bytes() == OLD
    assert (tmp_path / "file").read_bytes() == NEW
    assert sorted(os.listdir(tmp_path)) == ["file", "theirs"]


def test_what_a_killed_process_of_the_same_number_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / f".file.{os.getpid()}.part").write_bytes(OLD)
    write_atomically(tmp_path / "file", NEW)
    assert os.listdir(tmp_path) == ["file"]


def test_content_and_name_are_on_the_disk_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush, rename, done = os.fsync, os.replace, []

    def note_flush(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "content")
        flush(descriptor)

    def note_rename(old: Path, new: Path) -> None:
        done.append("rename")
        rename(old, new)

    monkeypatch.setattr(os, "fsync", note_flush)
    monkeypatch.setattr(os, "replace", note_rename)
    write_atomically(tmp_path / "file", NEW)
    assert done == ["content", "rename", "folder"]


def test_only_what_is_named_as_our_own_is_removed(tmp_path: Path) -> None:
    ours = [".a.json.1.part", ".b.5678.part"]
    theirs = [
        "a.json",
        "a.json.1.part",
        ".a.json.part",
        ".axjson.1.part",
        ".c.1.part",
        ".b.1.part2",
    ]
    for name in [*ours, *theirs]:
        (tmp_path / name).write_bytes(OLD)
    (tmp_path / ".b.9.part").mkdir()
    remove_parts(tmp_path, ["a.json", "b"])
    assert sorted(os.listdir(tmp_path)) == sorted([*theirs, ".b.9.part"])


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
