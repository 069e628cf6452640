"""How good a network or a committee is: accuracy, cost and confusion matrix on a split."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gpunet.backend.exchange import describe
from gpunet.backend.plain import Array
from gpunet.core.errors import InputError
from gpunet.datasets.batches import BatchBuffer, DeviceDataset
from gpunet.datasets.dataset import Split
from gpunet.datasets.samples import Samples
from gpunet.evaluation.arrays import pair_of, take_arrays
from gpunet.evaluation.committee import Committee
from gpunet.evaluation.result import Evaluation, TargetEvaluation
from gpunet.nn.costs import LogLikelihood
from gpunet.nn.network import Network
from gpunet.nn.outputs import to_probabilities
from gpunet.nn.step import run

# Samples evaluated at a time: enough for the products to be efficient, few enough to stay small.
CHUNK = 1000
# It takes several threads of the CPU only where a step over this many samples would: a network
# small enough to train on one thread, perhaps alongside others, gains nothing from a second one.
THREADS_AS_FOR = 50


def chunk_for(network: Network) -> int:
    """How many samples of a split are evaluated at a time."""
    return min(CHUNK, network.most_at_once)


class Evaluator:
    """A network bound to a split, to be evaluated again and again."""

    def __init__(self, network: Network, dataset: DeviceDataset) -> None:
        self.network = network
        self.samples = len(dataset)
        self.labels = dataset.labels
        self.chunk = min(chunk_for(network), self.samples)
        with network.device.active():
            self.rows = network.device.xp.arange(self.samples)
            self.loader = BatchBuffer(dataset, self.chunk, network.sizes[-1], network.dtype)
            self.bound = network.bind(self.loader.x)
            self.operations = self.bound.forward()
            weights = dataset.weights
            # Of all samples together.
            self.weight: float = self.samples
            if weights is not None:
                self.weight = float(network.device.host(weights.sum(dtype=np.float64)))

    def evaluate(self, outputs: Array | None = None, keep: bool = False) -> Evaluation:
        """Evaluate the network as it is now, on samples with labels.

        Args:
            outputs: (samples, n_out) on the device, filled with the network's outputs if given.
            keep: which samples were classified correctly.
        """
        network, xp = self.network, self.network.device.xp
        classes = network.sizes[-1]
        with network.device.computing(network.macs * THREADS_AS_FOR):
            counts = xp.zeros(classes * classes, dtype=np.int64)
            cost = xp.zeros((), dtype=np.float64)
            right = xp.zeros(self.samples, dtype=bool) if keep else None
            for start in range(0, self.samples, self.chunk):
                rows, a = self.forward(start)
                cost += self.cost_of(a)
                counts += count_pairs(xp, self.labels[rows], a)
                if right is not None:
                    right[start : start + len(rows)] = xp.argmax(a, axis=1) == self.labels[rows]
                if outputs is not None:
                    outputs[start : start + len(rows)] = a
            confusion = network.device.host(counts).reshape(classes, classes)
            kept = None if right is None else network.device.host(right)
            return Evaluation(float(network.device.host(cost)) / self.weight, confusion, right=kept)

    def evaluate_targets(self) -> TargetEvaluation:
        """Evaluate the network as it is now, on samples with targets, or as if they had."""
        network, xp = self.network, self.network.device.xp
        with network.device.computing(network.macs * THREADS_AS_FOR):
            cost = xp.zeros((), dtype=np.float64)
            for start in range(0, self.samples, self.chunk):
                cost += self.cost_of(self.forward(start)[1])
            return TargetEvaluation(float(network.device.host(cost)) / self.weight, self.samples)

    def find(self) -> Evaluation | TargetEvaluation:
        """Whichever of them the samples allow."""
        return self.evaluate() if self.labels.ndim == 1 else self.evaluate_targets()

    def forward(self, start: int) -> tuple[Array, Array]:
        """Numbers and outputs of the samples from one on, as many as are evaluated at a time."""
        rows = self.rows[start : start + self.chunk]
        self.loader.load(rows)
        run(self.operations)
        return rows, self.bound.output[: len(rows)]

    def cost_of(self, a: Array) -> Array:
        """The cost of the samples that are loaded, each times its weight."""
        cost, xp = self.network.cost, self.network.device.xp
        y = self.loader.y[: len(a)]
        if self.loader.weights is None:
            return cost.total(xp, a, y)
        return xp.sum(cost.each(xp, a, y) * self.loader.weights[: len(a), 0])


def evaluate(
    network: Network | Committee, split: Any, y: Any = None, *, scale: float | None = None
) -> Evaluation:
    """Evaluate a network or a committee on a split of a data set, or on arrays.

    Args:
        network: as it is now.
        split: of a data set, such as `dataset.test`; or a pair (X, y); or X, with y by itself.
        y: labels, as numbers or names (n,), or unit vectors (n, n_out).
        scale: what X is multiplied by: see `Network.predict`.

    Raises:
        InputError: the samples do not fit the network.
    """
    if not isinstance(network, Network | Committee):
        raise InputError(f"evaluate: {describe(network)} is no network: give a Network first")
    if not isinstance(network, Committee):
        return Evaluator(network, put_samples(network, split, y, scale)).evaluate(keep=True)
    networks = network.networks
    # Fractions are kept in the precision of the most precise of them.
    finest = max(networks, key=lambda member: member.dtype.itemsize)
    return evaluate_committee(networks, put_samples(finest, split, y, scale))


def evaluate_committee(networks: Sequence[Network], dataset: DeviceDataset) -> Evaluation:
    """Evaluate a committee's networks one after the other, on one copy of the samples."""
    device, classes = networks[0].device, networks[0].sizes[-1]
    xp = device.xp
    with device.active():
        outputs, shares = (xp.zeros((len(dataset), classes), dtype=np.float64) for _ in range(2))
        members = []
        for network in networks:
            members.append(Evaluator(network, dataset).evaluate(outputs, keep=True))
            shares += to_probabilities(xp, outputs)
        shares /= len(networks)
        y = xp.eye(classes)[dataset.labels]
        cost = float(device.host(LogLikelihood().total(xp, shares, y))) / len(dataset)
        counts = device.host(count_pairs(xp, dataset.labels, shares)).reshape(classes, classes)
        right = device.host(xp.argmax(shares, axis=1) == dataset.labels)
        return Evaluation(cost, counts, tuple(members), right)


def count_pairs(xp: Any, labels: Array, a: Array) -> Array:
    """How often outputs a (m, n) take class i for class j: int64 (n · n,), at i · n + j."""
    classes = a.shape[1]
    cells = labels.astype(np.int64) * classes + xp.argmax(a, axis=1)
    return xp.bincount(cells, minlength=classes * classes)


def put_samples(
    network: Network, split: Any, y: Any = None, scale: float | None = None
) -> DeviceDataset:
    """The samples on the network's device, or InputError as `evaluate`."""
    if isinstance(split, Split) and y is None:
        check_fit(network, split)
        inputs = network.read(split.images, scale)
        return DeviceDataset(network.device, inputs.rows, split.labels, inputs.scale)
    x, y = pair_of(split, y, "evaluate")
    taken = take_arrays(network, x, y, scale=scale, names=network.classes or None)
    samples = taken.samples
    if not samples.labelled:
        raise InputError(
            "evaluate counts right answers, and y has targets, not labels: compare them with what "
            "network.feedforward gives"
        )
    return DeviceDataset(network.device, samples.images, samples.labels, taken.scale)


def check_fit(network: Network, split: Samples, name: str = "the data") -> None:
    """Raise InputError unless images and labels are of the network's sizes."""
    n_in, n_out = network.sizes[0], network.sizes[-1]
    features = split.images.shape[1]
    if features != n_in:
        raise InputError(f"{name} has {features} pixels an image, the network {n_in} inputs")
    if not split.labelled:
        return
    highest = int(split.labels.max(initial=0))
    if highest >= n_out:
        raise InputError(f"{name} has labels up to {highest}, the network {n_out} outputs")
