"""Deskewing, held against shears that are undone and moments that are summed pixel by pixel."""

from typing import Any

import numpy as np
import pytest
from scipy.ndimage import affine_transform

import gpunet
from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.evaluation.diagnostician import Diagnostician
from tests.backends import assert_close


def moments(image: Any) -> tuple[float, float, float]:
    """Ink, and μ₁₁ and μ₀₂ about its centre, summed pixel by pixel."""
    places = [(y, x, float(image[y, x])) for y in range(len(image)) for x in range(len(image[0]))]
    ink = sum(v for _, _, v in places)
    y0, x0 = sum(y * v for y, _, v in places) / ink, sum(x * v for _, x, v in places) / ink
    covariance = sum((y - y0) * (x - x0) * v for y, x, v in places)
    return ink, covariance, sum((y - y0) ** 2 * v for y, x, v in places)


def stroke(lean: float, dtype: Any = np.float64) -> Any:
    """An upright stroke of 40 × 40 pixels, with soft edges, slanted by so many pixels a row."""
    y, x = np.mgrid[:40, :40] - 19.5
    upright = np.exp(-((x / 4) ** 2)) * (np.abs(y) < 12)
    slanted = affine_transform(upright, [[1, 0], [-lean, 1]], [0, 19.5 * lean], order=1)
    return (255 * slanted).astype(dtype) if np.dtype(dtype).kind == "u" else slanted


@pytest.mark.parametrize("lean", [-0.7, -0.2, 0.0, 0.35, 0.6])
def test_a_slanted_stroke_stands_upright_again(lean: float) -> None:
    again = gpunet.deskew(stroke(lean)[None])[0]
    assert np.abs(again - stroke(0.0)).max() < 0.04  # for it was interpolated twice
    assert np.abs(again - stroke(0.0)).mean() < 0.003


def test_no_covariance_is_left(digits: Dataset) -> None:
    images = np.pad(digits.test.images.reshape(-1, 8, 8), ((0, 0), (8, 8), (8, 8))) / 16
    before = np.array([moments(image) for image in images[:50]])
    after = np.array([moments(image) for image in gpunet.deskew(images[:50])])
    assert np.abs(before[:, 1] / before[:, 2]).max() > 0.3
    assert np.abs(after[:, 1] / after[:, 2]).max() < 1e-9
    np.testing.assert_allclose(after[:, 0], before[:, 0], rtol=1e-12)  # nor is ink lost


def test_pixels_are_rounded_to_nearest() -> None:
    pixels = stroke(0.3, np.uint8)[None]
    found = gpunet.deskew(pixels)
    assert (found.dtype, found.shape) == (np.uint8, pixels.shape)
    np.testing.assert_array_equal(found, np.rint(gpunet.deskew(pixels.astype(float))))


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_what_has_no_slant_stays(dtype: str) -> None:
    images = np.zeros((4, 6, 6), dtype)
    images[1, 2] = 5  # a line of one row
    images[2, :, 3] = 5
    images[3] = 5
    np.testing.assert_array_equal(gpunet.deskew(images), images)


def test_images_are_taken_flat_or_alone(digits: Dataset) -> None:
    flat = digits.test.images[:9]
    expected = gpunet.deskew(flat.reshape(-1, 8, 8)).reshape(9, 64)
    np.testing.assert_array_equal(gpunet.deskew(flat, (8, 8)), expected)
    np.testing.assert_array_equal(gpunet.deskew(flat[0].reshape(8, 8)), expected[0].reshape(8, 8))
    np.testing.assert_array_equal(gpunet.deskew(flat.tolist(), shape=(8, 8)), expected)


def test_many_images_are_deskewed_as_each_by_itself(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = gpunet.deskew(digits.test.images, (8, 8))
    monkeypatch.setattr("gpunet.datasets.deskewing.AT_ONCE", 7)
    np.testing.assert_array_equal(gpunet.deskew(digits.test.images, (8, 8)), whole)


@pytest.mark.parametrize(
    ("images", "shape", "words"),
    [
        (np.zeros((3, 63)), (8, 8), "none of 8 × 8"),
        (np.zeros((3, 64)), (8, 1), "shape .*: give the height and width of images"),
        (np.zeros((3, 64)), 8, "shape .*: give the height and width of images"),
        (np.zeros(64), None, r"needed \(n, height, width\)"),
        (np.zeros((0, 8, 8)), None, "none of 8 × 8"),
        (np.zeros((2, 8, 8), complex), None, "complex"),
        (["a"], None, "images"),
    ],
)
def test_what_is_no_image_is_refused(images: Any, shape: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        gpunet.deskew(images, shape)


def twins(digits: Dataset, **options: Any) -> tuple[gpunet.Network, gpunet.Network, Dataset]:
    """A network that deskews, one that does not, and the data deskewed beforehand."""
    train, validation, test = (
        gpunet.Split(gpunet.deskew(split.images, (8, 8)), split.labels)
        for split in digits.splits.values()
    )
    data = Dataset("deskewed", train, validation, test, (8, 8), 16, digits.classes)
    given = {"seed": 4, "input_scale": digits.scale, **options}
    itself, plain = (
        gpunet.Network([64, 10], deskew=(8, 8), **given),
        gpunet.Network([64, 10], **given),
    )
    return itself, plain, data


def test_a_network_trained_so_is_one_trained_on_images_deskewed(
    digits: Dataset, device: Device
) -> None:
    itself, plain, data = twins(digits, device=device)
    for network, on in ((itself, digits), (plain, data)):
        gpunet.fit(network, on, epochs=2, learning_rate=3.0, batch_size=10)
    assert_close(device, itself.parameters.array, plain.parameters.array, 0)
    of_it, of_plain = (
        gpunet.evaluate(network, on.test) for network, on in ((itself, digits), (plain, data))
    )
    assert of_it.cost == of_plain.cost
    np.testing.assert_array_equal(of_it.confusion, of_plain.confusion)
    for x, deskewed in ((digits.test.images, data.test.images), (digits.test.images / 16,) * 2):
        expected = deskewed if deskewed.dtype == np.uint8 else gpunet.deskew(deskewed, (8, 8))
        assert_close(device, itself.feedforward(x), plain.feedforward(expected), 1e-6)


@pytest.mark.parametrize("options", [{"expand": True}, {"rotation": 10.0}, {"diagnose": True}])
def test_what_is_made_of_images_is_made_of_deskewed_ones(
    digits: Dataset, options: dict[str, Any]
) -> None:
    itself, plain, data = twins(digits)
    for network, on in ((itself, digits), (plain, data)):
        gpunet.fit(network, on, epochs=1, learning_rate=3.0, batch_size=10, **options)
    np.testing.assert_array_equal(itself.parameters.array, plain.parameters.array)


def test_what_is_diagnosed_is_seen_deskewed(digits: Dataset) -> None:
    itself, plain, data = twins(digits)
    assert Diagnostician(itself, digits).take() == Diagnostician(plain, data).take()


def test_arrays_are_deskewed_once(digits: Dataset) -> None:
    itself, plain, data = twins(digits)
    gpunet.fit(itself, digits.train.images, digits.train.labels, epochs=1, learning_rate=3.0)
    gpunet.fit(plain, data.train.images, data.train.labels, epochs=1, learning_rate=3.0)
    np.testing.assert_array_equal(itself.parameters.array, plain.parameters.array)


def test_it_is_saved_with_the_network(digits: Dataset, tmp_path: Any) -> None:
    itself, plain, _ = twins(digits)
    for network, sides in ((itself, (8, 8)), (plain, ())):
        gpunet.save(network, tmp_path / "network")
        again = gpunet.load(tmp_path / "network", "cpu")
        assert again.deskew == sides
        x = digits.test.images
        np.testing.assert_array_equal(again.feedforward(x), network.feedforward(x))


@pytest.mark.parametrize("deskew", [(8, 9), (1, 64), 8, "yes", (8.0, 8), True])
def test_sides_that_do_not_fit_are_refused(deskew: Any) -> None:
    with pytest.raises(InputError, match="deskew"):
        gpunet.Network([(8, 8), "3C3", 10], deskew=deskew)


def test_a_committee_of_both_kinds_is_refused(digits: Dataset) -> None:
    itself, plain, _ = twins(digits)
    with pytest.raises(InputError, match=r"network 0 has .* by 0\.0625, deskewed, and"):
        gpunet.Committee([itself, plain])


def test_it_is_refused_where_other_libraries_would_have_to_do_it(digits: Dataset) -> None:
    from gpunet.interop import write_torch

    itself, _, _ = twins(digits)
    with pytest.raises(InputError, match=r"give the other library what gpunet\.deskew makes"):
        write_torch(itself, "nowhere")
