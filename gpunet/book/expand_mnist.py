"""The book's program that makes MNIST five times as large, shifting every image by a pixel.

`python -m gpunet.book.expand_mnist` writes data/mnist_expanded.pkl.gz below the current folder;
`gpunet train --data data/mnist_expanded.pkl.gz` trains on it.
"""

import gzip
import pickle
import random
import sys
from io import BytesIO
from pathlib import Path
from typing import NoReturn

from gpunet.book.mnist_loader import to_floats
from gpunet.core.errors import GpunetError
from gpunet.core.files import write_atomically
from gpunet.datasets.augmentation.expansion import expand
from gpunet.datasets.load import load_dataset

FILE = Path("data/mnist_expanded.pkl.gz")


def expand_mnist(path: Path = FILE) -> bool:
    """Write the expanded MNIST: training, validation and test data as mnist_loader has them.

    The 250,000 training samples are shuffled by `random`, as the book's are: `network3` trains on
    them in the order of the file. Training, validation and test data are pairs of arrays; where the
    book has lists of pixels, gpunet reads only arrays from a pickle.

    Returns:
        Whether it was written; an existing file is kept, as in the book.

    Raises:
        InputError, GpunetError: as `mnist_loader.load_data`.
        OSError: it cannot be written.
    """
    if path.exists():
        print("The expanded training set already exists.  Exiting.")
        return False
    print("Expanding the MNIST training set")
    mnist = load_dataset("mnist", say=lambda line: print(line, file=sys.stderr))
    expanded = expand(mnist.train, mnist.shape)
    order = list(range(len(expanded)))
    random.shuffle(order)
    splits = (expanded[order], mnist.validation, mnist.test)
    print("Saving expanded data. This may take a few minutes.")
    content = BytesIO()
    with gzip.GzipFile(fileobj=content, mode="wb", compresslevel=6, mtime=0) as file:
        pickle.dump(tuple(map(to_floats, splits)), file, protocol=5)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content.getvalue())
    return True


def main() -> NoReturn:
    """The program."""
    try:
        expand_mnist()
    except GpunetError as error:
        sys.exit(f"expand_mnist: {error}")
    except OSError as error:
        sys.exit(f"expand_mnist: {error.filename or FILE}: {error.strerror or error}")
    sys.exit(0)


if __name__ == "__main__":
    main()
