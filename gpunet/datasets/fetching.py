"""Fetching a named data set, and knowing that it is the genuine one."""

import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gpunet.core.errors import GpunetError, InputError
from gpunet.core.files import write_atomically
from gpunet.datasets.genuine import differing, verify
from gpunet.datasets.named import DATASETS, NamedDataset, find_file
from gpunet.datasets.places import roots

TRIES_EACH = 2
TIMEOUT_SECONDS = 30
TOO_SLOW = f"no answer within {TIMEOUT_SECONDS} s"
BROKE_OFF = "the download broke off"

Say = Callable[[str], None]
Progress = Callable[[str], Any]


class FetchError(GpunetError):
    """No mirror gave a file.

    Attributes:
        answers: what each mirror answered, one line each.
        advice: what to do about it.
    """

    def __init__(self, file: str, answers: Sequence[str], advice: str) -> None:
        super().__init__(f"could not fetch {file}: {'; '.join(answers)}. {advice}")
        self.answers = answers
        self.advice = f"could not fetch {file}. {advice}"


def fetch(
    named: NamedDataset,
    say: Say = lambda line: None,
    progress: Progress = lambda name: False,
    mirrors: Sequence[str] | None = None,
) -> Path:
    """Download what is missing; files land whole and verified, or not at all.

    Of an archive that holds several data sets all of them are kept.

    Args:
        named: which.
        say: called with a line on each thing that is done.
        progress: makes, for a file's name, a progress bar as pooch takes it, or False.
        mirrors: in the place of its own.

    Returns:
        The folder that holds them.

    Raises:
        FetchError: no mirror gave a file; says what each answered. Folders made for it are gone.
    """
    mirrors = named.mirrors if mirrors is None else mirrors
    folder = roots()[0] / named.name
    with made(folder):
        missing = [name for name in named.digests if find_file(folder, name) is None]
        if named.archive and missing:
            name, digest = named.archive
            with downloaded(named, name, digest, folder, say, progress, mirrors) as path:
                unpack(path, named, folder)
        elif missing:
            for name in missing:
                given = (named, f"{name}.gz", named.digests[name], folder)
                with downloaded(*given, say, progress, mirrors) as path:
                    write_atomically(folder / f"{name}.gz", path.read_bytes())
        verify(named, folder)
    return folder


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """A folder, made if it is missing; what was made is removed if the block fails and it is empty.

    Raises:
        InputError: it cannot be made.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException as error:
        with suppress(OSError):
            for each in missing:
                each.rmdir()
        if isinstance(error, OSError) and not folder.exists():
            raise InputError(f"{folder}: cannot be made: {error.strerror}") from None
        raise


@contextmanager
def downloaded(
    named: NamedDataset,
    name: str,
    digest: str,
    folder: Path,
    say: Say,
    progress: Progress,
    mirrors: Sequence[str],
) -> Iterator[Path]:
    """One file from the first mirror that has the genuine one, in a scratch folder.

    Args:
        named: the data set.
        name: of the file on the mirrors.
        digest: it must have.
        folder: where it belongs.
        say, progress, mirrors: see `fetch`.
    """
    answers: list[str] = []
    # An archive may be larger than what the system's own scratch folder holds.
    place = folder if named.archive else None
    for mirror in mirrors:
        say(f"fetching {mirror}{name}")
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=place) as scratch:
            path = Path(scratch) / name
            answer = try_mirror(f"{mirror}{name}", path, progress)
            if not answer:
                try:
                    answer = differing(path, digest, named.packed)
                except InputError as error:
                    answer = str(error).replace(scratch + "/", "")
            if not answer:
                yield path
                return
        answers.append(f"{urlsplit(mirror).netloc}: {answer}")
    files = f"the {len(named.digests)} files of {named.name}"
    if named.name == "mnist":
        files = "the four MNIST files"
    raise FetchError(
        name.removesuffix(".gz"),
        list(dict.fromkeys(answers)),
        f"Put {files} into {folder} by hand, or name a folder that holds them with --data",
    )


def try_mirror(url: str, path: Path, progress: Progress) -> str:
    """Download a file, or say in a few words why it could not be.

    What took too long or broke off is tried again, without a word; a refusal stays one.
    """
    import pooch

    reason = ""
    for _ in range(TRIES_EACH):
        bar = progress(path.name.removesuffix(".gz"))
        try:
            pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT_SECONDS)(url, str(path), None)
            return ""
        except (OSError, ValueError) as error:
            reason = short_reason(error)
            if reason not in (TOO_SLOW, BROKE_OFF):
                break
        finally:
            if bar:
                bar.close()
    return reason


def unpack(archive: Path, asked: NamedDataset, folder: Path) -> None:
    """Write the files of a data set that lie in an archive, and beside it other sets of these.

    Raises:
        InputError: the archive lacks one of the files.
    """
    with zipfile.ZipFile(archive) as file:
        members = {Path(member).name: member for member in file.namelist()}
        for named in DATASETS.values():
            if named.archive != asked.archive:
                continue
            lacking = [name for name in named.digests if f"{name}.gz" not in members]
            if lacking and named is asked:
                raise InputError(f"{archive.name}: holds no {lacking[0]}.gz")
            if lacking:
                continue
            place = folder.with_name(named.name)
            place.mkdir(exist_ok=True)
            for name in named.digests:
                if find_file(place, name) is None:
                    write_atomically(place / f"{name}.gz", file.read(members[f"{name}.gz"]))


def short_reason(error: Exception) -> str:
    """A failed download in a few words; what `requests` itself says fills half a screen."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return TOO_SLOW
    if isinstance(error, requests.ConnectionError):
        # Of a download that stands still, requests says that its connection failed.
        return TOO_SLOW if "timed out" in str(error).lower() else "no connection"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return BROKE_OFF
    return (str(error).strip() or type(error).__name__).splitlines()[0]
