"""Rendered photographs: alike in every run, as hard as they say, and read by a network."""

from dataclasses import replace

import numpy as np
import pytest

from gpunet.datasets.mnist import find_mnist
from scripts.photographs import STRENGTHS, light_on, photograph
from tests.datasets.samples import Array
from tests.datasets.written import mnist_like


def render(strength: str, seed: int) -> Array:
    return np.asarray(
        photograph(mnist_like(4), STRENGTHS[strength], np.random.default_rng(seed)), float
    )


@pytest.mark.parametrize("strength", STRENGTHS)
def test_a_seed_makes_one_photograph(strength: str) -> None:
    np.testing.assert_array_equal(render(strength, 3), render(strength, 3))
    assert render(strength, 3).shape != render(strength, 4).shape


def test_very_hard_is_twice_as_hard() -> None:
    hard, very_hard = STRENGTHS["hard"], STRENGTHS["very hard"]
    assert (hard.light, hard.noise) == (0.3, 5)
    for name in ("light", "shadow", "noise"):
        assert getattr(very_hard, name) == 2 * getattr(hard, name)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_light_falls_by_as_much_as_it_says(strength: str) -> None:
    rng, open_sky = np.random.default_rng(0), replace(STRENGTHS[strength], shadow=0.0)
    falls = [np.ptp(light_on(200, open_sky, rng)) for _ in range(20)]
    np.testing.assert_allclose(falls, open_sky.light, rtol=0.02)


def test_a_network_reads_nearly_as_many_as_of_the_originals() -> None:
    if find_mnist() is None:
        pytest.skip("needs MNIST's test digits: set GPUNET_DATA")
    import gpunet
    from gpunet.datasets.readers.photographs.reading import read_digits
    from gpunet.datasets.readers.pictures import Style, to_grey
    from scripts.photographs import series

    mnist = gpunet.load_dataset("mnist")
    network = gpunet.Network([784, 60, 10], cost="cross-entropy", seed=1, device="cpu")
    gpunet.fit(network, mnist, epochs=2, batch_size=20, learning_rate=0.5)
    style = Style((28, 28), 20, 255)
    for strength in ("moderate", "hard"):
        right = originals = 0
        for row, image in series(mnist.test.images, strength, 40):
            label = int(mnist.test.labels[row])
            digits = read_digits(to_grey(image), style)
            right += int(network.predict(digits[0].pixels)) == label and len(digits) == 1
            originals += int(network.predict(mnist.test.images[row])) == label
        assert right >= originals - 3
