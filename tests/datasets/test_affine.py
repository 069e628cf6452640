"""Affine maps, seen by what they do to images, against SciPy and against what is known."""

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from gpunet.backend.plain import Primitives
from gpunet.datasets.augmentation.affine import draw_maps, make_maps
from gpunet.datasets.augmentation.deformation import Deformation
from tests.datasets.drawn import SHAPE, large_digits

IMAGE = large_digits(1)[0].reshape(SHAPE)


def moved(
    down: float = 0,
    right: float = 0,
    angle: float = 0,
    height: float = 1,
    width: float = 1,
    shear: float = 0,
) -> Any:
    """The image, after one map."""
    maps = make_maps(
        SHAPE,
        shift=np.array([[down], [right]]),
        angle=np.array([angle]),
        factor=np.array([[height], [width]]),
        shear=np.array([shear]),
    )
    out = np.empty((1, IMAGE.size), np.uint8)
    field = np.zeros((1, 2, *SHAPE), np.int32)
    Primitives(np).resample(IMAGE.reshape(1, -1), SHAPE, maps, field, out)(0, 1)
    return out.reshape(SHAPE)


def test_nothing_is_moved_by_nothing() -> None:
    np.testing.assert_array_equal(moved(), IMAGE)


@pytest.mark.parametrize("angle", [90, 180, -90])
def test_right_angles_turn_counter_clockwise(angle: int) -> None:
    np.testing.assert_array_equal(moved(angle=angle), np.rot90(IMAGE, angle // 90))


def test_shifts_go_down_and_right() -> None:
    # Four pixels all round are dark, so that nothing comes in at the other side.
    np.testing.assert_array_equal(moved(down=2, right=-3), np.roll(IMAGE, (2, -3), (0, 1)))


def test_half_a_pixel_mixes_two() -> None:
    mean = (IMAGE.astype(int) + np.roll(IMAGE, 1, 1)) / 2
    np.testing.assert_allclose(moved(right=0.5), mean, rtol=0, atol=0.5)


# The inverse of what is done to the image, as (row, column): how SciPy wants it.
TURN = np.radians(7)
KNOWN: list[tuple[dict[str, float], Any]] = [
    ({"angle": 7}, [[np.cos(TURN), np.sin(TURN)], [-np.sin(TURN), np.cos(TURN)]]),
    ({"height": 1.15, "width": 0.9}, [[1 / 1.15, 0], [0, 1 / 0.9]]),
    ({"shear": 0.2}, [[1, 0], [-0.2, 1]]),
]


@pytest.mark.parametrize(("amounts", "inverse"), KNOWN)
def test_maps_are_scipys_about_the_centre(amounts: dict[str, float], inverse: Any) -> None:
    centre = np.array([13.5, 13.5])
    offset = centre - np.array(inverse) @ centre
    known = ndimage.affine_transform(IMAGE.astype(float), np.array(inverse), offset, order=1)
    np.testing.assert_allclose(moved(**amounts), known, rtol=0, atol=1.5)


def test_all_together_is_one_after_the_other() -> None:
    stretch, slant = np.diag([1 / 1.1, 1 / 0.9]), np.array([[1, 0], [-0.2, 1]])
    turn = np.array(KNOWN[0][1])
    inverse = stretch @ slant @ turn
    centre = np.array([13.5, 13.5])
    offset = centre - inverse @ (centre + np.array([1, 2]))
    known = ndimage.affine_transform(IMAGE.astype(float), inverse, offset, order=1)
    out = moved(down=1, right=2, angle=7, height=1.1, width=0.9, shear=0.2)
    np.testing.assert_allclose(out, known, rtol=0, atol=1.5)


def drawn(samples: int, **strengths: float) -> Any:
    """Maps, in pixels."""
    maps = draw_maps(Deformation(**strengths), SHAPE, samples, np.random.default_rng(3))
    return maps / 2**16


def test_shifts_are_drawn_evenly_up_to_their_limit() -> None:
    shifts = drawn(20_000, shift=2)[:, [2, 5]]
    assert abs(shifts).max() <= 2
    # Uniform: the standard deviation is 2/√3; those of mean and deviation are below 0.01.
    np.testing.assert_allclose(shifts.mean(axis=0), 0, atol=0.04)
    np.testing.assert_allclose(shifts.std(axis=0), 2 / np.sqrt(3), atol=0.03)
    assert abs(np.corrcoef(shifts.T)[0, 1]) < 0.03


def test_factors_of_scaling_are_drawn_apart_and_about_one() -> None:
    factors = 1 / drawn(20_000, scaling=0.15)[:, [0, 4]]
    assert factors.min() >= 0.85 - 1e-4
    assert factors.max() <= 1.15 + 1e-4
    np.testing.assert_allclose(factors.mean(axis=0), 1, atol=0.003)
    assert abs(np.corrcoef(factors.T)[0, 1]) < 0.03


def test_angles_and_slants_keep_to_their_limits() -> None:
    angles = np.degrees(np.arcsin(drawn(5000, rotation=15)[:, 1]))
    assert 14.9 < abs(angles).max() <= 15.001
    slants = drawn(5000, shear=0.25)[:, 3]
    assert 0.249 < abs(slants).max() <= 0.2501


def test_a_map_does_not_depend_on_how_many_are_drawn() -> None:
    strengths = {"shift": 1.0, "rotation": 15.0, "shear": 0.1}
    np.testing.assert_array_equal(drawn(100, **strengths)[:30], drawn(30, **strengths))
