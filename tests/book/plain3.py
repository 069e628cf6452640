"""Chapter 6's network3 once more, sample by sample and place by place, in float64: the oracle.

Written from the formulas: a convolution in the mathematical sense, whose kernel runs backwards;
max-pooling that leaves incomplete rectangles out and sends a gradient to every place that holds the
maximum; dropout by masks of zeros and ones, with 1 − p in its stead outside training; softmax and
log-likelihood, and an L2 penalty divided by the number of mini-batches.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

Function = Callable[[Any], Any]
# Each activation with its derivative.
FUNCTIONS: dict[str, tuple[Function, Function]] = {
    "linear": (lambda z: z, lambda z: np.ones_like(z)),
    "ReLU": (lambda z: np.where(z > 0, z, 0.0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "swish": (
        lambda z: z / (1 + np.exp(-z)),
        lambda z: (1 + np.exp(-z) * (1 + z)) / (1 + np.exp(-z)) ** 2,
    ),
    "leaky": (lambda z: np.where(z > 0, z, 0.1 * z), lambda z: np.where(z > 0, 1.0, 0.1)),
}


class PlainConvolution:
    """w (filters, channels, h, w), b (filters,), and the rectangles pooled.

    Attributes:
        ties: how often a gradient went to several places.
    """

    p = 0.0

    def __init__(
        self, w: Any, b: Any, image: tuple[int, ...], pool: tuple[int, ...], name: str
    ) -> None:
        self.w, self.b, self.image, self.pool = w.astype(float), b.astype(float), image, pool
        self.f, self.slope = FUNCTIONS[name]
        self.ties = 0

    def forward(self, a: Any, factor: Any) -> Any:
        """The maps of one sample, pooled: (filters, rows, columns)."""
        filters, channels, h, w = self.w.shape
        self.a = a.reshape(channels, *self.image)
        rows, columns = self.a.shape[1] - h + 1, self.a.shape[2] - w + 1
        self.maps = np.zeros((filters, rows, columns))
        for k, y, x in np.ndindex(self.maps.shape):
            for c, i, j in np.ndindex(channels, h, w):
                self.maps[k, y, x] += self.w[k, c, i, j] * self.a[c, y + h - 1 - i, x + w - 1 - j]
        down, across = self.pool
        self.z = np.zeros((filters, rows // down, columns // across))
        for k, y, x in np.ndindex(self.z.shape):
            self.z[k, y, x] = self.maps[self.rectangle(k, y, x)].max() + self.b[k]
        return self.f(self.z)

    def rectangle(self, k: int, y: int, x: int) -> Any:
        """Where the maps are pooled into one number."""
        down, across = self.pool
        return k, slice(y * down, (y + 1) * down), slice(x * across, (x + 1) * across)

    def backward(self, gradient: Any) -> tuple[Any, Any, Any]:
        """∂C/∂w, ∂C/∂b and ∂C/∂a, given ∂C/∂f."""
        dz = gradient.reshape(self.z.shape) * self.slope(self.z)
        dmaps = np.zeros_like(self.maps)
        for k, y, x in np.ndindex(dz.shape):
            place = self.rectangle(k, y, x)
            largest = self.maps[place] == self.maps[place].max()
            self.ties += largest.sum() > 1
            dmaps[place][largest] = dz[k, y, x]
        _, channels, h, w = self.w.shape
        dw, da = np.zeros_like(self.w), np.zeros_like(self.a)
        for k, y, x in np.ndindex(dmaps.shape):
            for c, i, j in product(range(channels), range(h), range(w)):
                dw[k, c, i, j] += dmaps[k, y, x] * self.a[c, y + h - 1 - i, x + w - 1 - j]
                da[c, y + h - 1 - i, x + w - 1 - j] += dmaps[k, y, x] * self.w[k, c, i, j]
        return dw, dz.sum(axis=(1, 2)), da


class PlainConnected:
    """w (n_in, n_out), b (n_out,); softmax where there is no name of an activation."""

    def __init__(self, w: Any, b: Any, p: float, name: str = "") -> None:
        self.w, self.b, self.p = w.astype(float), b.astype(float), p
        self.f, self.slope = FUNCTIONS[name] if name else (self.softmax, self.one)

    @staticmethod
    def softmax(z: Any) -> Any:
        e = np.exp(z - z.max())
        return e / e.sum()

    @staticmethod
    def one(z: Any) -> Any:
        """The cost's gradient is taken with respect to z at once."""
        return np.ones_like(z)

    def forward(self, a: Any, factor: Any) -> Any:
        """The outputs (n_out,) of one sample, its inputs times a mask, or times 1 − p."""
        self.factor, self.a = factor, a.ravel() * factor
        self.z = self.a @ self.w + self.b
        return self.f(self.z)

    def backward(self, gradient: Any) -> tuple[Any, Any, Any]:
        """∂C/∂w, ∂C/∂b and ∂C/∂a, given ∂C/∂f."""
        dz = gradient.ravel() * self.slope(self.z)
        return np.outer(self.a, dz), dz, (self.w @ dz) * self.factor


# (number of the layer, step, sample) → its mask
Masks = Callable[[int, int, int], Any]


class PlainNetwork:
    """Layers from the bottom, trained as chapter 6 tells it."""

    def __init__(self, layers: list[Any]) -> None:
        self.layers = layers

    def outputs(self, x: Any) -> Any:
        """(m, n_out), outside training."""
        rows = []
        for a in x:
            for layer in self.layers:
                a = layer.forward(a, 1 - layer.p)
            rows.append(a)
        return np.array(rows)

    def gradient(self, x: Any, y: Any, step: int, masks: Masks) -> list[Any]:
        """[∂C/∂w, ∂C/∂b] for each layer, the mean over a mini-batch."""
        total = [[np.zeros_like(layer.w), np.zeros_like(layer.b)] for layer in self.layers]
        for sample, (image, label) in enumerate(zip(x, y, strict=True)):
            a = image
            for number, layer in enumerate(self.layers):
                a = layer.forward(a, masks(number, step, sample) if layer.p else 1.0)
            below = a - np.eye(len(a))[label]
            for layer, (dw, db) in list(zip(self.layers, total, strict=True))[::-1]:
                of_w, of_b, below = layer.backward(below)
                dw += of_w / len(x)
                db += of_b / len(x)
        return total

    def epoch(
        self, x: Any, y: Any, m: int, eta: float, lmbda: float, masks: Masks, before: int = 0
    ) -> None:
        """One epoch in the order of the data, after so many steps."""
        batches = len(x) // m
        for step in range(batches):
            rows = slice(step * m, (step + 1) * m)
            gradients = self.gradient(x[rows], y[rows], before + step, masks)
            for layer, (dw, db) in zip(self.layers, gradients, strict=True):
                layer.w -= eta * (dw + lmbda * layer.w / batches)
                layer.b -= eta * db


def splitmix_masks(keys: dict[int, int], m: int, sizes: dict[int, int], p: dict[int, float]) -> Any:
    """The masks that gpunet's dropout draws: SplitMix64 by layer, step and place, 16 bits each.

    Args:
        keys, sizes, p: for each layer with dropout, its key, its number of inputs, and its share.
        m: samples a mini-batch, which lie side by side for each input.
    """

    def mask(number: int, step: int, sample: int) -> Any:
        at = np.arange(sizes[number], dtype=np.uint64) * np.uint64(m) + np.uint64(sample)
        place = np.uint64(step << 32) + at // np.uint64(4)
        z = np.uint64(keys[number]) + (place + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
        lots = z >> (np.uint64(16) * (at % np.uint64(4))) & np.uint64(0xFFFF)
        return (lots >= round(p[number] * 2**16)).astype(float)

    return mask
