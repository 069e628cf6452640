"""Data sets by name: of each its form, fetched from a server of small files of the same form."""

import gzip
import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gpunet.datasets import load
from gpunet.datasets.fetching import FetchError, fetch
from gpunet.datasets.genuine import verify
from gpunet.datasets.load import load_dataset
from gpunet.datasets.named import DATASETS, NamedDataset, canonical
from tests.datasets.mirrors import serving
from tests.datasets.samples import Array, idx_bytes, make_samples, refused

NAMES = [name for name, named in DATASETS.items() if not named.in_package]
# Per class; of which a tenth is validation.
EACH = 20


def samples_of(named: NamedDataset) -> tuple[Array, Array]:
    """Images upright, and labels as the files have them."""
    images, labels = make_samples(EACH * len(named.classes), 28, 28, len(named.classes))
    return images, labels + np.uint8(named.first_label)


def packed_files(named: NamedDataset) -> dict[str, bytes]:
    """Its files, of the same few samples for training and for testing."""
    images, labels = samples_of(named)
    written = images.transpose(0, 2, 1) if named.archive else images
    files = {}
    for name in named.digests:
        if "images" in name:
            content = idx_bytes(written.copy())
        elif "idx2" in name:
            extended = np.zeros((len(labels), 8), ">i4")
            extended[:, 0], extended[:, 1:] = labels, 300_000
            content = idx_bytes(np.frombuffer(extended.tobytes(), np.uint8), extended.shape, 12)
        else:
            content = idx_bytes(labels)
        files[f"{name}.gz"] = gzip.compress(content, mtime=0)
    return files


def digest_like(digest: str, content: bytes) -> str:
    """A digest of the same kind."""
    if not digest:
        return ""
    return (hashlib.md5 if len(digest) == 32 else hashlib.sha256)(content).hexdigest()


def small(named: NamedDataset) -> tuple[NamedDataset, dict[str, bytes]]:
    """The same with small files, and what a mirror of it holds."""
    files = packed_files(named)
    digests = {
        name: digest_like(digest, files[f"{name}.gz"])
        if named.packed
        else digest_like(digest, gzip.decompress(files[f"{name}.gz"]))
        for name, digest in named.digests.items()
    }
    count = 2 * EACH * len(named.classes)
    if not named.archive:
        return replace(named, digests=digests, samples=count), files
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"gzip/{name}", content)
    name, digest = named.archive
    content = packed.getvalue()
    archive_of = (name, digest_like(digest, content))
    return replace(named, archive=archive_of, samples=count), {name: content}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder and a cache of the test's own."""
    monkeypatch.setenv("GPUNET_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_what_is_fetched_is_verified_found_and_loaded(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    named, files = small(DATASETS[name])
    monkeypatch.setitem(DATASETS, name, named)
    with serving(files) as mirrors:
        monkeypatch.setitem(
            DATASETS, name, replace(named, mirrors=(mirrors.at("cut"), mirrors.at("good")))
        )
        dataset = load_dataset(name)
    assert named.find() == root / name
    assert [path.name for path in root.iterdir()] == [name]
    images, labels = samples_of(named)
    np.testing.assert_array_equal(dataset.test.images, images.reshape(len(images), -1))
    assert dataset.classes == named.classes
    np.testing.assert_array_equal(dataset.test.labels, labels - named.first_label)
    said = verify(named, root / name)
    assert ("identical" in said) == (named.archive is None)


@pytest.mark.parametrize("name", NAMES)
def test_of_a_mirror_with_other_files_nothing_is_kept(root: Path, name: str) -> None:
    named, files = small(DATASETS[name])
    with serving(files) as mirrors, pytest.raises(FetchError) as caught:
        fetch(named, mirrors=[mirrors.at("other")])
    assert "127.0.0.1" in caught.value.answers[0]
    assert "differs" in caught.value.answers[0]
    assert list(root.iterdir()) == []


def test_one_archive_brings_all_of_its_data_sets(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = [name for name in NAMES if DATASETS[name].archive]
    assert len(kinds) == 3
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in kinds:
            for file, content in packed_files(DATASETS[name]).items():
                archive.writestr(f"gzip/{file}", content)
    content = packed.getvalue()
    for name in kinds:
        archive_of = ("gzip.zip", hashlib.md5(content).hexdigest())
        monkeypatch.setitem(DATASETS, name, replace(small(DATASETS[name])[0], archive=archive_of))
    with serving({"gzip.zip": content}) as mirrors:
        fetch(DATASETS[kinds[0]], mirrors=[mirrors.at("good")])
        assert len(mirrors.asked) == 1
    assert sorted(path.name for path in root.iterdir()) == sorted(kinds)
    assert all(verify(DATASETS[name], root / name) for name in kinds)


def test_another_data_set_in_its_folder_is_refused(root: Path) -> None:
    letters = DATASETS["emnist-letters"]
    (root / letters.name).mkdir()
    for name, content in packed_files(replace(letters, first_label=2)).items():
        (root / letters.name / name).write_bytes(content)
    with refused(root / letters.name, "labels from 2 to 27", "not emnist-letters"):
        load_dataset("emnist-letters")
    with refused(root / letters.name, "145,600"):
        verify(letters, root / letters.name)


def test_an_unpacked_file_is_held_to_what_is_known_of_it(root: Path) -> None:
    named, files = small(DATASETS["fashion-mnist"])
    (root / named.name).mkdir()
    for name, content in files.items():
        (root / named.name / name[:-3]).write_bytes(gzip.decompress(content))
    assert "number of samples" in verify(named, root / named.name)
    with refused(root / named.name, "800 images|400 images"):
        verify(replace(named, samples=70_000), root / named.name)


def test_extended_labels_that_are_cut_short_are_refused(root: Path) -> None:
    for name, content in packed_files(DATASETS["qmnist"]).items():
        (root / name[:-3]).write_bytes(gzip.decompress(content))
    labels = root / "qmnist-train-labels-idx2-int"
    labels.write_bytes(labels.read_bytes()[:-4])
    with refused(labels, "200 × 8 × 4 bytes", "cut short"):
        load_dataset(root)


def test_of_a_class_each_has_a_name_and_the_names_differ() -> None:
    counts = {name: len(set(named.classes)) for name, named in DATASETS.items()}
    assert counts.pop("emnist-letters") == 26
    assert counts.pop("emnist-balanced") == 47
    assert set(counts.values()) == {10}


@pytest.mark.parametrize("name", NAMES)
def test_digests_are_of_a_known_kind(name: str) -> None:
    named = DATASETS[name]
    digests = [named.archive[1]] if named.archive else list(named.digests.values())
    assert all(len(digest) in {32, 64} and int(digest, 16) for digest in digests)
    assert len(set(digests)) == len(digests)


def test_names_are_understood_in_any_case_and_with_underscores() -> None:
    assert canonical("Fashion_MNIST") == "fashion-mnist"
    assert canonical("no_such_name") == "no_such_name"
    assert load_dataset("Digits").name == "digits"


def test_a_path_of_exactly_that_spelling_wins(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = make_samples(100)
    monkeypatch.chdir(root)
    for folder in ("Digits", "digits"):
        Path(folder).mkdir()
        Path(folder, "train-images-idx3-ubyte").write_bytes(idx_bytes(images))
        Path(folder, "train-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    assert load_dataset("Digits").shape == (4, 4)
    assert load_dataset("digits").shape == (8, 8)


def test_a_misspelt_name_is_told_what_was_meant() -> None:
    with refused("fashon_mnist", "did you mean fashion-mnist"):
        load_dataset("fashon_mnist")
    assert set(load.NAMED) == set(DATASETS)
