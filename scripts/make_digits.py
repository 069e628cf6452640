"""Make the embedded data set, data/digits, from scikit-learn's copy of the UCI digits.

Run: scripts/python scripts/make_digits.py (needs scikit-learn; the same files every time).
"""

import gzip
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from gpunet.datasets.dataset import Split
from gpunet.datasets.readers.idx import write_idx
from gpunet.datasets.splits import divide

OUT = Path(__file__).resolve().parent.parent / "data" / "digits"


def main() -> None:
    """Write one pair of gzipped IDX files for each split."""
    source = load_digits()
    whole = Split(source.images.astype(np.uint8), source.target.astype(np.uint8))
    test, validation, train = divide(whole, 0.2, 0.1)
    OUT.mkdir(parents=True, exist_ok=True)
    for name, split in {"train": train, "validation": validation, "test": test}.items():
        for kind, array in {"images-idx3": split.images, "labels-idx1": split.labels}.items():
            path = OUT / f"{name}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(write_idx(array), mtime=0))
            print(f"{path.name}: {array.shape}, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
