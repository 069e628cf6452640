"""Seals: whole or not, and whose."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gpunet.serialization.seal import own_key, seal, unseal
from tests.forging import sealed

SAID = {"name": "Zoë", "numbers": [1, 2.5, None], "inside": {"b": 1, "a": True}}


def test_what_is_sealed_is_whole_and_ours() -> None:
    description = seal(SAID)
    assert unseal(description) == (True, True)
    assert description == SAID


@pytest.mark.parametrize("change", [{"name": "Zoe"}, {"more": 1}, {"inside": {}}, {"sha256": "0"}])
def test_what_was_changed_is_not_whole(change: dict[str, object]) -> None:
    assert unseal({**seal(SAID), **change}) == (False, False)


def test_what_somebody_else_sealed_is_whole_but_not_ours() -> None:
    assert unseal(sealed(SAID)) == (True, False)


@pytest.mark.parametrize("signature", [None, 5, "", "é", "0" * 64, "another's"])
def test_a_signature_of_something_else_is_none(signature: object) -> None:
    if signature == "another's":
        signature = seal({"other": 1})["signature"]
    assert unseal({**seal(SAID), "signature": signature}) == (True, False)


def test_another_users_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    description = seal(SAID)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert unseal(description) == (True, False)


def test_the_key_is_for_nobody_else_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    key = own_key()
    assert key is not None
    path = tmp_path / "gpunet/key"
    assert path.read_bytes() == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["key"]


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_key_that_is_none_signs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (tmp_path / "gpunet").mkdir()
    (tmp_path / "gpunet/key").write_bytes(content)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    description = seal(SAID)
    assert "signature" not in description
    assert unseal(description) == (True, False)


def test_processes_that_make_the_key_at_once_have_one(tmp_path: Path) -> None:
    program = "from gpunet.serialization.seal import own_key; print(own_key().hex())"
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(4)
    ]
    keys = {process.communicate(timeout=60)[0] for process in processes}
    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64
