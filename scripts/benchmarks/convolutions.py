"""The programs that scripts/bench.py compares on convolutional networks.

Each makes the network that the workload spells as gpunet does: "20C5" is a convolution with 20
kernels of 5 × 5, no padding; "MP2" max-pooling over 2 × 2.
"""

from collections.abc import Iterator
from itertools import pairwise
from shutil import which
from typing import Any

import numpy as np

from scripts.benchmarks.frameworks import Jax, PyTorchFused
from scripts.benchmarks.peers import Workload

SIDE = 28


def spelled(work: Workload) -> Iterator[tuple[int, int]]:
    """Number of maps, 0 for pooling, and width, of each layer before those in `sizes`."""
    for word in work.convolutions:
        maps, _, width = word.partition("C")
        yield (int(maps), int(width)) if width else (0, int(word.removeprefix("MP")))


def flat(work: Workload) -> int:
    """How many numbers reach the first fully connected layer."""
    if not work.convolutions:
        return work.sizes[0]
    side, maps = SIDE, 1
    for kernels, width in spelled(work):
        side, maps = (side - width + 1, kernels) if kernels else (side // width, maps)
    return maps * side * side


def make_torch_model(nn: Any, work: Workload) -> Any:
    """The workload's network of ReLUs as a Sequential; softmax is part of its loss."""
    layers: list[Any] = []
    below = 1
    for kernels, width in spelled(work):
        if kernels:
            layers.append(nn.Conv2d(below, kernels, width))
            below = kernels
        else:
            # The activation commutes with the maximum, and is cheaper after it.
            layers += [nn.MaxPool2d(width), nn.ReLU()]
    layers.append(nn.Flatten())
    sizes = (flat(work), *work.sizes[1:])
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class PyTorchConvolutions(PyTorchFused):
    """Eager, with the optimizer's one-pass update."""

    def make_model(self) -> Any:
        return make_torch_model(self.torch.nn, self.work)

    def inputs(self) -> Any:
        return super().inputs().reshape(-1, 1, SIDE, SIDE)


class PyTorchChannelsLast(PyTorchConvolutions):
    """The same with the channels of an image side by side in memory."""

    name = "PyTorch, fused SGD, channels last"

    def make_model(self) -> Any:
        return super().make_model().to(memory_format=self.torch.channels_last)

    def prepare(self) -> None:
        super().prepare()
        self.x = self.x.contiguous(memory_format=self.torch.channels_last)


class PyTorchCompiledConvolutions(PyTorchConvolutions):
    """torch.compile of network and loss together; needs a C++ compiler."""

    name = "PyTorch, torch.compile, fused SGD"

    def prepare(self) -> None:
        if not any(map(which, ("g++", "clang++", "c++"))):
            raise ImportError("no C++ compiler is here")
        super().prepare()
        plain = super().loss
        self.together = self.torch.compile(lambda x, y: plain(self.model(x), y))
        self.epoch()  # compiles, for a smaller last batch too

    def epoch(self) -> None:
        torch, threads = self.torch, self.torch.get_num_threads()
        torch.set_num_threads(self.work.threads or threads)
        for rows in torch.randperm(self.samples).split(self.work.batch_size):
            self.optimizer.zero_grad()
            self.together(self.x[rows], self.y[rows]).backward()
            self.optimizer.step()
        torch.set_num_threads(threads)


class JaxConvolutions(Jax):
    """The whole epoch in one jitted scan."""

    def make_parameters(self) -> Any:
        jnp, stream, below = self.jax.numpy, np.random.default_rng(0), 1
        shapes: list[tuple[int, ...]] = []
        for kernels, width in spelled(self.work):
            if kernels:
                shapes.append((width, width, below, kernels))
                below = kernels
        sizes = (flat(self.work), *self.work.sizes[1:])
        shapes += pairwise(sizes)
        return [
            (
                jnp.asarray(stream.standard_normal(shape) / np.prod(shape[:-1]) ** 0.5, "float32"),
                jnp.zeros(shape[-1]),
            )
            for shape in shapes
        ]

    def forward(self, parameters: Any, x: Any) -> Any:
        jax, left = self.jax, list(parameters)
        for kernels, width in spelled(self.work):
            if kernels:
                w, b = left.pop(0)
                x = jax.lax.conv_general_dilated(
                    x, w, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
                )
                x = x + b
            else:
                window = (1, width, width, 1)
                x = jax.lax.reduce_window(x, -np.inf, jax.lax.max, window, window, "VALID")
                x = jax.nn.relu(x)
        return super().forward(left, x.reshape(len(x), -1))

    def inputs(self) -> Any:
        return super().inputs().reshape(-1, SIDE, SIDE, 1)
