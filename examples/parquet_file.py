"""Train on a Parquet file as hubs of data sets give them: images as PNG files in a column.

Here it is made first, in the columns that MNIST has there. Needs pyarrow:
pip install "gpunet[parquet]"
"""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

import gpunet


def png(pixels: NDArray[np.uint8]) -> bytes:
    """An image as a file: numbers from 0 to 255, white on black as in MNIST."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()


digits = gpunet.load_dataset("digits")
images = (15 * digits.train.images).reshape(-1, *digits.shape)
columns = {
    "image": [{"bytes": png(image), "path": None} for image in images],
    "label": digits.train.labels,
}
pq.write_table(pa.table(columns), "train-00000-of-00001.parquet")

# A folder with train-….parquet and test-….parquet is loaded as well, and has its own test split.
data = gpunet.load_dataset("train-00000-of-00001.parquet")
print(data)

sizes = [data.features, 30, len(data.classes)]
network = gpunet.Network(sizes, cost="cross-entropy", seed=1)
gpunet.fit(network, data, epochs=20, learning_rate=0.5)
print(f"test accuracy {gpunet.evaluate(network, data.test).accuracy:.2%}")
