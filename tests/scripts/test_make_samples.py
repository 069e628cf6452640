"""`scripts/make_samples.py` draws the sample images that come with the package."""

import numpy as np
import pytest
from PIL import Image

from gpunet.serialization.shipped import sample_images
from scripts.make_samples import PAPERS, PENS, STROKES, draw, smooth


@pytest.mark.parametrize("digit", STROKES)
def test_each_is_what_the_script_draws(digit: str) -> None:
    """Up to what another version of Pillow may round differently."""
    number = int(digit)
    drawn = np.asarray(draw(STROKES[digit], *PENS[number % len(PENS)], PAPERS[number // 4]), float)
    with Image.open(sample_images() / f"{digit}.png") as image:
        np.testing.assert_allclose(np.asarray(image.convert("RGB"), float), drawn, atol=8)


def test_a_curve_passes_through_its_points() -> None:
    points = np.array([(0.0, 0.0), (3.0, 5.0), (9.0, 1.0)])
    np.testing.assert_allclose(smooth(points, steps=10)[::10], points)


def test_a_curve_through_points_in_line_is_that_line() -> None:
    curve = smooth(np.array([(0.0, 0.0), (1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]))
    np.testing.assert_allclose(curve[:, 1], 2 * curve[:, 0], atol=1e-12)
