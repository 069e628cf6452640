"""What goes on in a network's layers: how active they are, and how much they can learn from it.

A neuron is saturated by an image if that drives it to an end of its activation, where the slope is
next to nothing, and with it whatever the neuron could learn from the image (chapter 3).
"""

from math import sqrt

import numpy as np

from gpunet.backend.plain import Array
from gpunet.core.arrays import HostArray
from gpunet.datasets.batches import BatchBuffer, DeviceDataset
from gpunet.datasets.deskewing import deskewed
from gpunet.datasets.samples import Data
from gpunet.evaluation.diagnosis import Diagnosis, LayerState
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.network import Network
from gpunet.nn.step import run

# Training images that are looked at: a fiftieth, but no fewer and no more than so many, so that it
# takes a small part of an epoch.
LEAST, MOST, SHARE = 100, 1000, 50
# How near to an end an activation counts as saturated: the slope is a 25th of its largest.
NEAR = 0.01
# A neuron is stuck if so large a share of the images drives it to one and the same end.
NEARLY_ALL = 0.99
# The ends of the activations that have any: from where on they count as reached.
LOW = {"sigmoid": NEAR, "tanh": 2 * NEAR - 1, "softmax": NEAR, "relu": 0.0}
HIGH = {"sigmoid": 1 - NEAR, "tanh": 1 - 2 * NEAR, "softmax": 1 - NEAR}
# An output is silent if it answers to its own images less than this share of what guessing would.
SILENT = 0.1
# Numbers found for each layer.
FIGURES = 6
# Outputs that are probabilities, or answer as if they were.
ANSWERS = ("sigmoid", "softmax")


def samples_for(network: Network, images: int) -> int:
    """How many of so many training images are looked at."""
    return min(images, MOST, max(LEAST, images // SHARE), network.most_at_once)


class Diagnostician:
    """A network bound to some of its training images, to be looked into again and again.

    Nothing of the network is changed, and no random number is drawn. All is computed on its device,
    and comes to the host in one piece.

    Attributes:
        before: the parameters when it was last looked into, or first bound.
    """

    def __init__(self, network: Network, dataset: Data) -> None:
        self.network = network
        self.device = network.device
        split = dataset.train.spread(samples_for(network, len(dataset.train)))
        split = deskewed(split, network.deskew)
        self.samples, classes = len(split), network.sizes[-1]
        self.own = np.bincount(split.labels, minlength=classes)
        self.numbers = [number for number, layer in enumerate(network.layers) if layer.shapes]
        with self.device.active():
            xp = self.device.xp
            on_device = DeviceDataset(self.device, split.images, split.labels, dataset.scale)
            loader = BatchBuffer(on_device, self.samples, classes, network.dtype)
            loader.load(xp.arange(self.samples))
            self.labels, self.x, self.targets = on_device.labels, loader.x, loader.y
            former = network.flat(network.parameters.array)
            self.before, self.former = former.array, former.weights
            self.found = xp.zeros(2 + classes + FIGURES * len(self.numbers))
        self.bind()

    def bind(self) -> None:
        """Bind the network to the images: once more, where its parameters lie elsewhere now."""
        network = self.network
        with self.device.active():
            self.bound = network.bind(self.x)
            gradients = network.flat()
            sinks = [GradientSink(1 / self.samples, 0.0, views) for views in gradients.views]
            self.forward = self.bound.forward()
            self.backward = self.bound.backward(network.cost, self.targets, sinks)
            self.gradients = gradients.weights

    def begin(self, parameters: Array) -> None:
        """Tell updates from these parameters on, which may lie on any device."""
        with self.device.active():
            self.before[...] = self.device.put(parameters)

    def take(self) -> Diagnosis | None:
        """Look into the network as it is now, after the updates since it was last looked into.

        Returns:
            What is seen; None where numbers are too large to be squared: it is about to diverge.
        """
        network, xp = self.network, self.device.xp
        with self.device.computing(network.macs * self.samples):
            run(self.forward)
            self.answers(self.found)
            rows = self.found[2 + network.sizes[-1] :].reshape(-1, FIGURES)
            for row, number in zip(rows, self.numbers, strict=True):
                self.activity(row, number)
            run(self.backward)
            weights = zip(network.weights, self.gradients, self.former, strict=True)
            for row, (now, gradient, former) in zip(rows, weights, strict=True):
                row[3], row[4] = xp.vdot(now, now), xp.vdot(gradient, gradient)
                moved = now - former
                row[5] = xp.vdot(moved, moved)
            self.before[...] = network.parameters.array
            found = self.device.host(self.found)
        return self.read(found) if np.isfinite(found).all() else None

    def answers(self, into: Array) -> None:
        """Right answers, cost, and what each output answers to the images of its class, in sum."""
        network, xp, a = self.network, self.device.xp, self.bound.output
        into[0] = xp.count_nonzero(xp.argmax(a, axis=1) == self.labels)
        into[1] = network.cost.total(xp, a, self.targets)
        into[2 : 2 + network.sizes[-1]] = (a * self.targets).sum(axis=0)

    def activity(self, into: Array, number: int) -> None:
        """The squares of a layer's activations, how many are saturated, how many neurons stuck."""
        xp, layer = self.device.xp, self.network.layers[number]
        neurons = self.bound.layers[number].output.T.reshape(layer.units, -1)
        into[0] = xp.vdot(neurons, neurons)
        name = layer.activation.name
        low, high = LOW.get(name), HIGH.get(name)
        if low is None:
            return
        reached = most = xp.count_nonzero(neurons <= low, axis=1)
        if high is not None:
            above = xp.count_nonzero(neurons >= high, axis=1)
            most = xp.maximum(reached, above)
            reached = reached + above
        into[1] = reached.sum()
        into[2] = xp.count_nonzero(most >= NEARLY_ALL * neurons.shape[1])

    def read(self, found: HostArray) -> Diagnosis:
        """What was found, in figures."""
        classes, output = self.network.sizes[-1], self.network.activations[-1]
        answers = found[2 : 2 + classes] / np.maximum(self.own, 1)
        silent = (self.own > 0) & (answers < SILENT / classes) & (output in ANSWERS)
        rows = found[2 + classes :].reshape(-1, FIGURES).tolist()
        layers = [
            self.state_of(number, *row) for number, row in zip(self.numbers, rows, strict=True)
        ]
        return Diagnosis(
            accuracy=float(found[0]) / self.samples,
            cost=float(found[1]) / self.samples,
            layers=tuple(layers),
            silent=tuple(np.flatnonzero(silent).tolist()),
        )

    def state_of(
        self,
        number: int,
        activity: float,
        saturated: float,
        stuck: float,
        weights: float,
        gradients: float,
        moved: float,
    ) -> LayerState:
        """A layer's figures, from sums over neurons, images and squares."""
        neurons = self.network.layers[number].units
        seen = self.bound.layers[number].output.size
        length = sqrt(weights) or 1.0
        return LayerState(
            activation=sqrt(activity / seen),
            saturated=saturated / seen,
            stuck=stuck / neurons,
            gradient=sqrt(gradients) / length,
            update=sqrt(moved) / length,
        )
