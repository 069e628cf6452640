"""MNIST: finding it, fetching it, and knowing that it is the genuine one."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gpunet.core.errors import GpunetError, InputError
from gpunet.core.files import write_atomically
from gpunet.datasets.digests import MNIST
from gpunet.datasets.places import roots
from gpunet.datasets.readers.packed import CHUNK, unpacking

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
TRIES_EACH = 2
TIMEOUT_SECONDS = 30


def find_file(folder: Path, name: str) -> Path | None:
    """The file of that name in a folder, gzipped or plain, or None."""
    return next((p for p in (folder / f"{name}.gz", folder / name) if p.is_file()), None)


def find_mnist() -> Path | None:
    """The first folder that holds all four files, or None.

    GPUNET_DATA may name the folder that holds a folder `mnist`, or the files themselves.
    """
    candidates = [place for root in roots() for place in (root / "mnist", root)]
    return next((place for place in candidates if all(find_file(place, n) for n in MNIST)), None)


def verify(folder: Path, digests: Mapping[str, str]) -> None:
    """Raise InputError unless the files in a folder are byte for byte the published ones."""
    for name, digest in digests.items():
        path = find_file(folder, name)
        if path is None:
            raise InputError(f"{folder / name}: no such file; `gpunet data fetch` fetches it")
        if digest_of(path) != digest:
            raise InputError(
                f"{path}: not the published file (its SHA-256 differs); "
                "delete it and fetch it again: gpunet data fetch"
            )


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes, decompressed if they are gzip's.

    Raises:
        InputError: it cannot be read, or is no gzip file though it begins as one.
    """
    sha = hashlib.sha256()
    with unpacking(path) as file:
        while chunk := file.read(CHUNK):
            sha.update(chunk)
    return sha.hexdigest()


def fetch_mnist(
    say: Callable[[str], None] = lambda line: None,
    progress: Callable[[str], Any] = lambda name: False,
    mirrors: Sequence[str] = MIRRORS,
) -> Path:
    """Download what is missing; files land whole and verified, or not at all.

    Args:
        say: called with a line on each thing that is done.
        progress: makes, for a file's name, a progress bar as pooch takes it, or False.
        mirrors: folders on the web that hold the four files with .gz behind their names.

    Returns:
        The folder that holds them.

    Raises:
        GpunetError: no mirror gave a file; says what each answered.
    """
    folder = roots()[0] / "mnist"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror}") from None
    for name, digest in MNIST.items():
        if find_file(folder, name) is None:
            write_atomically(folder / f"{name}.gz", download(name, digest, say, progress, mirrors))
    verify(folder, MNIST)
    return folder


def download(
    name: str,
    digest: str,
    say: Callable[[str], None],
    progress: Callable[[str], Any],
    mirrors: Sequence[str],
) -> bytes:
    """The gzipped bytes of one file, from the first mirror that has the genuine one."""
    import pooch

    answers = []
    for mirror in [mirror for mirror in mirrors for _ in range(TRIES_EACH)]:
        url = f"{mirror}{name}.gz"
        say(f"fetching {url}")
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / f"{name}.gz"
            fetch = pooch.HTTPDownloader(progressbar=progress(name), timeout=TIMEOUT_SECONDS)
            try:
                fetch(url, str(path), None)
                if digest_of(path) == digest:
                    return path.read_bytes()
                answer = "not the published file (its SHA-256 differs)"
            except (OSError, InputError, ValueError) as error:
                answer = short_reason(error)
        answers.append(f"{urlsplit(mirror).netloc}: {answer}")
        say(f"  {answer}")
    raise GpunetError(
        f"could not fetch {name}: {'; '.join(dict.fromkeys(answers))}. Put the four MNIST files "
        f"into {roots()[0] / 'mnist'} by hand, or name a folder that holds them with --data"
    )


def short_reason(error: Exception) -> str:
    """A failed download in a few words; what `requests` itself says fills half a screen."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT_SECONDS} s"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return (str(error).strip() or type(error).__name__).splitlines()[0]
