"""A seven, drawn: with the mouse, and as a picture."""

from io import BytesIO

import numpy as np
from PIL import Image

from gpunet.web.pictures import SIDE

# Where the mouse goes, in hundredths of the paper's side.
SEVEN = [(26, 20), (50, 20), (73, 19), (66, 34), (57, 50), (51, 66), (45, 84)]


def seven() -> np.ndarray:
    """A seven of ink, 255, on nothing."""
    grey = np.zeros((SIDE, SIDE), np.uint8)
    grey[50:72, 70:200] = 255
    for row in range(72, 240):
        left = 178 - (row - 72) // 2
        grey[row, left : left + 24] = 255
    return grey


def png(grey: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    return file.getvalue()
