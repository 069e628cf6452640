"""What is said of misread images whose labels are disputed."""

from gpunet.core.arrays import HostArray
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.disputed import SOURCE, disputed_labels


def count_disputed(dataset: Dataset, right: HostArray) -> dict[str, int] | None:
    """How many labels of a test split are disputed, and how many of these images were misread.

    None where no label is known to be.

    Args:
        dataset: the data.
        right: bool (samples,), which images of its test split were classified correctly.
    """
    places = disputed_labels(dataset)
    if not len(places):
        return None
    return {"images": len(places), "misread": int((~right[places]).sum())}


def doubts(dataset: Dataset, right: HostArray) -> list[str]:
    """Lines on the disputed labels among the misread, and on an error that is as small as these."""
    if (found := count_disputed(dataset, right)) is None:
        return []
    missed, images = int((~right).sum()), found["images"]
    lines = [
        f"of the {missed:,} misread, {found['misread']} have a label that is disputed, as "
        f"{images} of the test images do ({SOURCE})"
    ]
    if missed <= images:
        share = 100 * images / len(right)
        lines.append(
            f"an error of {100 * missed / len(right):.2f} % is no more than that of the labels, "
            f"{share:.2f} %: below this nothing can be told"
        )
    return lines
