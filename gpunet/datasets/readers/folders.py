"""Folders: of IDX files, and of images with one sub-folder per class."""

import re
from pathlib import Path

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Split, check_split
from gpunet.datasets.places import as_utf8
from gpunet.datasets.readers.idx import INT32, read_idx
from gpunet.datasets.readers.kept import keep
from gpunet.datasets.readers.likeness import MNIST_STYLE, read_alike
from gpunet.datasets.readers.pictures import SUFFIXES, read_grey

IDX_NAME = re.compile(
    r"(?P<set>.*?)(?P<split>train|t10k|test|validation|valid|val)[-_.]"
    r"(?P<kind>images|labels)[-_.]idx([13][-_.]ubyte|(?P<extended>2)[-_.]int)(\.gz)?",
    re.IGNORECASE,
)
SPLIT_NAMES = {"t10k": "test", "valid": "validation", "val": "validation"}
# Archives made on a Mac bring a second tree of files that only look like images.
LEFT_BEHIND = {"__MACOSX"}

Splits = dict[str, Split]


def read_idx_folder(folder: Path) -> tuple[Splits, tuple[int, int]] | None:
    """The splits in a folder of IDX files, and the images' shape; None if it holds none."""
    found: dict[tuple[str, str, str], Path] = {}
    for path in sorted(folder.iterdir()):
        if (match := IDX_NAME.fullmatch(path.name)) and not path.is_dir():
            split = match["split"].lower()
            found[match["set"], SPLIT_NAMES.get(split, split), match["kind"].lower()] = path
    if not found:
        return None
    sets = sorted({key[0] for key in found})
    if len(sets) > 1:
        names = ", ".join(name.rstrip("-_.") or "(no prefix)" for name in sets)
        raise InputError(f"{folder}: holds several data sets ({names}); keep one in a folder")
    splits, shapes = {}, set()
    for split in sorted({key[1] for key in found}):
        pair = [found.get((sets[0], split, kind)) for kind in ("images", "labels")]
        if pair[0] is None or pair[1] is None:
            missing = "images" if pair[0] is None else "labels"
            raise InputError(f"{folder}: has no {missing} for its {split} samples")
        images = read_idx(pair[0], 3)
        if sets[0].lower().startswith("emnist"):  # EMNIST's images lie on their side
            images = images.transpose(0, 2, 1)
        shapes.add(images.shape[1:])
        splits[split] = check_split(images, read_labels(pair[1]), str(folder))
    if len(shapes) > 1:
        sizes = ", ".join(f"{height} × {width}" for height, width in sorted(shapes))
        raise InputError(f"{folder}: images of different sizes: {sizes}")
    return splits, shapes.pop()


def read_labels(path: Path) -> HostArray:
    """The labels in an IDX file; of QMNIST's extended ones the first column, the class."""
    match = IDX_NAME.fullmatch(path.name)
    if match and match["extended"]:
        return read_idx(path, 2, INT32)[:, 0]
    return read_idx(path, 1)


def read_class_folders(folder: Path) -> tuple[Splits, tuple[int, int], tuple[str, ...], str]:
    """A folder of class folders, or of `train` and `test` folders of them.

    Returns:
        The splits, the images' shape, the classes' names in the order of their labels, and a note
        on what was done to the images.
    """
    parts = {path.name: path for path in sorted(folder.iterdir()) if path.is_dir()}
    split_folders = {SPLIT_NAMES.get(name.lower(), name.lower()): p for name, p in parts.items()}
    if not {"train", "test"} <= split_folders.keys() <= {"train", "validation", "test"}:
        split_folders = {"train": folder}
    members = {split: list_classes(path) for split, path in split_folders.items()}
    found = sorted({name for by_class in members.values() for name in by_class}, key=natural)
    if len(found) < 2:
        raise InputError(
            f"{folder}: needed IDX files, CSV files, Parquet files (in it or in a sub-folder "
            "data), or at least two sub-folders of images, one for each class"
        )
    classes = tuple(map(as_utf8, found))
    if len(set(classes)) < len(classes):
        raise InputError(f"{folder}: two of its classes are called alike; rename one of them")
    paths = [p for by_class in members.values() for each in by_class.values() for p in each]
    images, style = keep(paths, lambda: read_alike((str(path), read_grey(path)) for path in paths))
    note = "brought to 28 × 28 as MNIST's were" if style is MNIST_STYLE else "grey"
    splits, done = {}, 0
    for split, by_class in members.items():
        labels = np.repeat([found.index(n) for n in by_class], [len(p) for p in by_class.values()])
        splits[split] = check_split(images[done : done + len(labels)], labels, str(folder))
        done += len(labels)
    return splits, style.shape, classes, note


def list_classes(folder: Path) -> dict[str, list[Path]]:
    """For each sub-folder that holds images, the images.

    Raises:
        InputError: images lie a level deeper, where they would be left out.
    """
    classes = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in LEFT_BEHIND:
            inside = sorted(path.iterdir())
            images = list(filter(is_image, inside))
            for each in inside:
                hidden = each.name.startswith(".")  # such as a file manager's small pictures
                if not hidden and each.is_dir() and any(map(is_image, each.iterdir())):
                    raise InputError(
                        f"{each}: its images lie a level too deep: those of a class must lie in "
                        f"{path} itself; move them there, or name {path} if its sub-folders are "
                        "the classes"
                    )
            if images:
                classes[path.name] = images
    return classes


def is_image(path: Path) -> bool:
    """Whether a file's name is that of an image."""
    return path.suffix.lower() in SUFFIXES


def natural(name: str) -> list[tuple[int, int | str]]:
    """A sorting key that puts "10" behind "9"."""
    return [(0, int(t)) if t.isdecimal() else (1, t) for t in re.split(r"(\d+)", name) if t]
