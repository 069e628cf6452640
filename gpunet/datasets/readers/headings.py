"""What columns and arrays are called that hold labels, images, or the ids of samples."""

from collections.abc import Sequence

LABELS = ("label", "labels", "class", "target", "y", "digit")
IMAGES = ("image", "img", "images", "pixels", "x", "data")
# Of a column without a heading, pandas makes "Unnamed: 0" when it reads the index that it wrote.
IDS = ("id", "imageid", "image_id", "index", "unnamed: 0")
LABELS_IN_WORDS = ", ".join(LABELS[:-1]) + " or " + LABELS[-1]


def label_columns(headings: Sequence[str]) -> list[int]:
    """The columns that may be labels, in the order of `LABELS`.

    Beside other labels, a y that has an x is a place, not a label.
    """
    found = [place for name in LABELS for place, each in enumerate(headings) if each == name]
    labels = [place for place in found if headings[place] != "y" or "x" not in headings]
    return labels or found


def id_column(headings: Sequence[str]) -> int | None:
    """The column of ids; the first one, too, if its heading is empty, as pandas writes an index."""
    found = (n for n, each in enumerate(headings) if each in IDS or (n == 0 and not each))
    return next(found, None)


def some(headings: Sequence[str]) -> str:
    """The first few and the last, in words."""
    names = [heading[:40] for heading in headings]
    return ", ".join(names if len(names) < 6 else [*names[:3], "…", names[-1]])
