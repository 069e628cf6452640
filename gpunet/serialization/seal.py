"""Seals: whether a description is whole, and whether this user wrote it.

A SHA-256 shows that nothing was damaged, or edited by hand; anybody can make one. The signature, an
HMAC (RFC 2104) of it with a key that never leaves this user's own folders, shows that this user's
gpunet wrote it. What a description from elsewhere says is read, but neither believed nor followed.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

CHECKSUM, SIGNATURE = "sha256", "signature"
KEY_BYTES = 32


def seal(description: Mapping[str, Any]) -> dict[str, Any]:
    """A description with its seal; without a signature where no key can be kept.

    Raises:
        ValueError: it holds what JSON in UTF-8 cannot.
    """
    checksum = checksum_of(description)
    sealed = {**description, CHECKSUM: checksum}
    if key := own_key():
        sealed[SIGNATURE] = sign(checksum, key)
    return sealed


def unseal(sealed: dict[str, Any]) -> tuple[bool, bool]:
    """Take the seal off a description: whether it is whole, and whether this user wrote it."""
    checksum, signature = sealed.pop(CHECKSUM, None), sealed.pop(SIGNATURE, None)
    try:
        whole = checksum == checksum_of(sealed)
    except (ValueError, RecursionError):
        whole = False
    key = own_key()
    signed = whole and key is not None and isinstance(signature, str) and signature.isascii()
    return whole, signed and hmac.compare_digest(signature, sign(checksum, key or b""))


def checksum_of(description: Mapping[str, Any]) -> str:
    """SHA-256 of a description, whatever the order of its names."""
    text = json.dumps(description, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def sign(checksum: str, key: bytes) -> str:
    """What only one who has the key can make of a checksum."""
    return hmac.new(key, checksum.encode(), hashlib.sha256).hexdigest()


def own_key() -> bytes | None:
    """This user's key, made when it is first needed; None where no such file can be kept."""
    import platformdirs

    return read_key(Path(platformdirs.user_state_dir("gpunet", appauthor=False)) / "key")


@cache
def read_key(path: Path) -> bytes | None:
    """The key in a file, made if there is none."""
    if not path.is_absolute():  # a user without a home
        return None
    try:
        if not path.exists():
            make_key(path)
        key = path.read_bytes()
    except OSError:
        return None
    return key if len(key) == KEY_BYTES else None


def make_key(path: Path) -> None:
    """Write a new key that nobody else may read; of two who do so at once, both have the first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink()
