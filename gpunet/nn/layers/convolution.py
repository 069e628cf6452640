"""Convolution, and the pooling behind it: the lower layers of chapter 6's network3.

Samples are rows here as everywhere, but column-major, so that the maps of a batch are an array
(channels, height, width, m) with the samples innermost: patches are copied in long runs, and the
fully connected layer above takes the maps as they lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import numpy as np

from gpunet.backend.plain import Array, Operation, Pooling
from gpunet.nn.activations import Activation
from gpunet.nn.initializers import Initializer
from gpunet.nn.layers.base import Binding, BoundLayer, GradientSink, Layer
from gpunet.nn.parameters import Shape


@dataclass(frozen=True)
class Convolution(Layer):
    """Every filter looks at every patch of the image: chapter 6 equation (125).

    a = f(max over a rectangle (W · patch) + b), with stride 1. The maximum of the
    activations, f being monotone, is the activation of the maximum: so b and f come last, where
    there are fewer numbers. Parameters are W (filters, channels, h, w) and b (filters,).

    Attributes:
        shape: (channels, height, width) of what comes in.
        filters: maps that go out.
        kernel: (h, w), the height and width of a kernel.
        pooling: height and width of the rectangles whose maximum is taken; (1, 1) for none.
        share_ties: whether of equal maxima each takes the gradient, rather than the first.
        padding: how many rows and columns of zeros are put on every side of what comes in.
    """

    shape: Shape
    filters: int
    kernel: tuple[int, int]
    pooling: tuple[int, int]
    activation: Activation
    share_ties: bool = False
    padding: int = 0
    fused = False

    @property
    def padded(self) -> Shape:
        """(channels, height, width) of what comes in, with the zeros around it."""
        channels, height, width = self.shape
        return channels, height + 2 * self.padding, width + 2 * self.padding

    @property
    def maps(self) -> Shape:
        """(filters, height, width) before pooling."""
        (_, height, width), (h, w) = self.padded, self.kernel
        return self.filters, height - h + 1, width - w + 1

    @property
    def pooled(self) -> Shape:
        """(filters, height, width) after pooling."""
        (filters, height, width), (h, w) = self.maps, self.pooling
        return filters, height // h, width // w

    @property
    def pools(self) -> bool:
        """Whether there is any pooling."""
        return self.pooling != (1, 1)

    @property
    def patch(self) -> int:
        """How many numbers a patch has."""
        return self.shape[0] * prod(self.kernel)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return ((self.filters, self.shape[0], *self.kernel), (self.filters,))

    @property
    def macs(self) -> int:
        return self.patch * prod(self.maps)

    @property
    def workspace(self) -> int:
        # Patches and outputs, with gradients, what activation and pooling keep, and the image.
        patches = self.patch * prod(self.maps[1:])
        before_pooling = 2 * prod(self.maps) if self.pools else 0
        images = prod(self.padded) * (2 if self.padding else 1)
        return 2 * patches + before_pooling + 3 * prod(self.pooled) + images

    def initialize(self, initializer: Initializer, rng: np.random.Generator) -> list[Any]:
        return initializer(self.filters, self.patch, rng)

    def bind(self, to: Binding) -> "BoundConvolution":
        assert to.order == "F"
        return BoundConvolution(self, to)

    def __str__(self) -> str:
        pooling = f" and MP{spell(self.pooling)}" if self.pools else ""
        padding = f"P{self.padding}" if self.padding else ""
        return f"{self.filters}C{spell(self.kernel)}{padding}{pooling}"


def spell(rectangle: tuple[int, int]) -> str:
    """5 for a square, 5×3 for what is none."""
    height, width = rectangle
    return f"{height}" if height == width else f"{height}×{width}"


class BoundConvolution(BoundLayer):
    """A convolution as one product with all patches of a batch; backward as two."""

    def __init__(self, layer: Convolution, to: Binding) -> None:
        self.primitives = p = to.device.primitives
        xp, source = p.xp, to.source
        self.layer = layer
        weights, self.biases = to.parameters
        self.weights = weights.reshape(layer.filters, layer.patch)
        m, dtype = len(source), source.dtype
        self.images = source.T.reshape(*layer.shape, m)
        self.copied: list[Operation] = []
        # Images of a data set come sample by sample; the maps of a layer lie as is needed.
        if layer.padding or not source.flags.f_contiguous:
            images = xp.zeros((*layer.padded, m), dtype=dtype)
            self.copied.append(partial(xp.copyto, self.inside(images), self.images))
            self.images = images
        _, height, width = layer.maps
        self.patches = xp.empty((layer.shape[0], *layer.kernel, height, width, m), dtype=dtype)
        self.output, self.gradient = (to.empty(prod(layer.pooled)) for _ in range(2))
        self.pooled = self.output.T.reshape(*layer.pooled, m)
        self.maps = self.pooled
        self.pooling: Pooling | None = None
        if layer.pools:
            self.maps = xp.empty((*layer.maps, m), dtype=dtype)
            self.pooling = p.max_pooling(self.maps, self.pooled, layer.pooling, layer.share_ties)

    def inside(self, images: Array) -> Array:
        """Images without the zeros around them."""
        (_, height, width), p = self.layer.shape, self.layer.padding
        return images[:, p : p + height, p : p + width]

    def by_place(self, maps: Array) -> Array:
        """(filters, height, width, m) as a matrix, a row for each place of each sample."""
        return maps.reshape(self.layer.filters, -1).T

    def by_patch(self, patches: Array) -> Array:
        """Patches as a matrix, likewise."""
        return patches.reshape(self.layer.patch, -1).T

    def forward(self) -> Sequence[Operation]:
        p, scale = self.primitives, self.layer.activation.input_scale
        pooled = self.by_place(self.pooled)
        ones = p.xp.ones((len(pooled), 1), dtype=pooled.dtype)
        return (
            *self.copied,
            p.gather_patches(self.images, self.patches),
            p.gemm(
                scale, self.by_patch(self.patches), self.weights.T, 0.0, self.by_place(self.maps)
            ),
            *(self.pooling.forward if self.pooling else ()),
            p.gemm(scale, ones, self.biases.reshape(1, -1), 1.0, pooled),
            *self.layer.activation.apply(p, self.output),
        )

    def chain(self) -> Sequence[Operation]:
        return self.layer.activation.chain(self.primitives, self.output, self.gradient)

    def backward(self, sink: GradientSink, below: Array | None) -> Sequence[Operation]:
        p, (weights, biases) = self.primitives, sink.places
        pooled = self.gradient.T.reshape(self.pooled.shape)
        operations = [*self.pooling.backward(pooled)] if self.pooling else []
        by_place = self.by_place(self.maps if self.pooling else pooled)
        if below is not None:
            patches = p.xp.empty_like(self.patches)
            operations.append(p.gemm(1.0, by_place, self.weights, 0.0, self.by_patch(patches)))
            down = below.T.reshape(*self.layer.shape, len(below))
            if self.layer.padding:
                padded = p.xp.empty_like(self.images)
                operations += p.scatter_patches(patches, padded)
                operations.append(partial(p.xp.copyto, down, self.inside(padded)))
            else:
                operations += p.scatter_patches(patches, down)
        seen, flat = self.by_patch(self.patches), weights.reshape(self.weights.shape)
        return (
            *operations,
            p.gemm(sink.alpha, by_place.T, seen, sink.beta * sink.decay, flat),
            p.sum_rows(sink.alpha, self.by_place(pooled), sink.beta, biases),
        )
