"""Decoded pictures of a folder are kept in the cache, and never instead of what lies there now."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from PIL import Image

from gpunet.datasets.dataset import Dataset
from gpunet.datasets.load import load_dataset
from gpunet.datasets.places import pictures_cache
from gpunet.datasets.readers import folders, kept
from tests.datasets.samples import FUZZ, damaged, make_samples

IMAGES, LABELS = make_samples(60)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, in which even a few pictures are kept."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(kept, "FEWEST", 60)
    return pictures_cache()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of images, two classes of 30."""
    for number, image in enumerate(IMAGES):
        path = tmp_path / "mine" / str(number % 2) / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return tmp_path / "mine"


def load_kept(folder: Path) -> Dataset:
    """The data set, with no picture decoded."""

    def refuse(path: Path) -> None:
        raise AssertionError(f"{path} was decoded")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folders, "read_grey", refuse)
        return load_dataset(folder)


@pytest.mark.usefixtures("cache")
def test_pictures_are_decoded_once(pictures: Path) -> None:
    first, again = load_dataset(pictures), load_kept(pictures)
    assert again.digest == first.digest
    assert (again.shape, again.note, again.classes) == (first.shape, first.note, first.classes)


@pytest.mark.usefixtures("cache")
def test_those_brought_to_mnists_size_are_too(pictures: Path) -> None:
    large = np.zeros((99, 90), np.uint8)
    large[30:60, 40:50] = 255
    Image.fromarray(large).save(pictures / "0" / "0.png")
    first, again = load_dataset(pictures), load_kept(pictures)
    assert again.digest == first.digest
    assert "28 × 28" in again.note
    assert again.note == first.note


@pytest.mark.usefixtures("cache")
def test_a_picture_that_changed_is_read_anew(pictures: Path) -> None:
    before = load_dataset(pictures)
    Image.fromarray(255 - IMAGES[0]).save(pictures / "0" / "0.png")
    os.utime(pictures / "0" / "0.png", ns=(0, 0))
    assert load_dataset(pictures).digest != before.digest


@pytest.mark.usefixtures("cache")
def test_a_picture_that_was_added_or_moved_is_read(pictures: Path) -> None:
    load_dataset(pictures)
    os.rename(pictures / "0" / "0.png", pictures / "1" / "0.png")
    moved = load_dataset(pictures)
    assert sum(int(s.labels.sum()) for s in moved.splits.values()) == 31
    Image.fromarray(IMAGES[0]).save(pictures / "1" / "new.png")
    assert sum(map(len, load_dataset(pictures).splits.values())) == 61


def test_nothing_is_kept_beside_the_pictures(cache: Path, pictures: Path) -> None:
    before = sorted(pictures.rglob("*"))
    load_dataset(pictures)
    assert sorted(pictures.rglob("*")) == before
    assert len(list(cache.iterdir())) == 1


def test_few_pictures_are_not_kept(
    cache: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "FEWEST", 61)
    load_dataset(pictures)
    assert not cache.exists()


def test_where_nothing_can_be_kept_everything_works(cache: Path, pictures: Path) -> None:
    cache.parent.parent.mkdir(parents=True)
    cache.parent.write_text("a file in its way")
    assert load_dataset(pictures).digest == load_dataset(pictures).digest


def test_those_used_longest_ago_go_first(
    cache: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_KEPT", 2)
    load_dataset(pictures)
    (first,) = cache.iterdir()
    os.utime(first, (0, 0))
    for number in range(2):
        os.utime(pictures / "0" / "0.png", (number, number))
        load_dataset(pictures)
    assert len(list(cache.iterdir())) == 2
    assert not first.exists()


def test_a_cache_that_is_damaged_is_ignored(cache: Path, pictures: Path) -> None:
    whole = load_dataset(pictures)
    (place,) = cache.iterdir()
    good = place.read_bytes()

    @FUZZ
    @given(content=damaged(good))
    def check(content: bytes) -> None:
        place.write_bytes(content)
        found = kept.load(place, 60)
        assert found is None or found[0].shape == (60, 16)

    check()
    place.write_bytes(good[: len(good) // 2])
    assert load_dataset(pictures).digest == whole.digest
    assert place.read_bytes() == good
