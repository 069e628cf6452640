"""How good a network or a committee is: accuracy, cost and confusion matrix on a split."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gpunet.backend.plain import Array
from gpunet.core.errors import InputError
from gpunet.datasets.batches import BatchBuffer, DeviceDataset
from gpunet.datasets.dataset import Split, check_labels
from gpunet.evaluation.committee import Committee, to_probabilities
from gpunet.evaluation.result import Evaluation
from gpunet.nn.costs import LogLikelihood
from gpunet.nn.network import Network
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

    def evaluate(self, outputs: Array | None = None) -> Evaluation:
        """Evaluate the network as it is now.

        Args:
            outputs: (samples, n_out) on the device, filled with the network's outputs if given.
        """
        network, xp = self.network, self.network.device.xp
        classes = network.sizes[-1]
        with network.device.computing(network.macs * THREADS_AS_FOR):
            counts = xp.zeros(classes * classes, dtype=np.int64)
            cost = xp.zeros((), dtype=np.float64)
            for start in range(0, self.samples, self.chunk):
                rows = self.rows[start : start + self.chunk]
                self.loader.load(rows)
                run(self.operations)
                a, y = self.bound.output[: len(rows)], self.loader.y[: len(rows)]
                cost += network.cost.total(xp, a, y)
                counts += count_pairs(xp, self.labels[rows], a)
                if outputs is not None:
                    outputs[start : start + len(rows)] = a
            confusion = network.device.host(counts).reshape(classes, classes)
            return Evaluation(float(network.device.host(cost)) / self.samples, confusion)


def evaluate(network: Network | Committee, split: Split | tuple[Any, Any]) -> Evaluation:
    """Evaluate a network or a committee on a split, or on a pair of inputs and labels.

    Inputs (n, features) are taken as `Network.feedforward` takes them: whole numbers are pixels,
    and scaled. Labels are (n,).

    Raises:
        InputError: the samples do not fit the network.
    """
    if not isinstance(network, Committee):
        return Evaluator(network, put_samples(network, split)).evaluate()
    networks = network.networks
    # Fractions are kept in the precision of the most precise of them.
    finest = max(networks, key=lambda member: member.dtype.itemsize)
    return evaluate_committee(networks, put_samples(finest, split))


def evaluate_committee(networks: Sequence[Network], dataset: DeviceDataset) -> Evaluation:
    """Evaluate a committee's networks one after the other, on one copy of the samples."""
    device, classes = networks[0].device, networks[0].sizes[-1]
    xp = device.xp
    with device.active():
        outputs, shares = (xp.zeros((len(dataset), classes), dtype=np.float64) for _ in range(2))
        members = []
        for network in networks:
            members.append(Evaluator(network, dataset).evaluate(outputs))
            shares += to_probabilities(xp, outputs)
        shares /= len(networks)
        y = xp.eye(classes)[dataset.labels]
        cost = float(device.host(LogLikelihood().total(xp, shares, y))) / len(dataset)
        counts = device.host(count_pairs(xp, dataset.labels, shares))
        return Evaluation(cost, counts.reshape(classes, classes), tuple(members))


def count_pairs(xp: Any, labels: Array, a: Array) -> Array:
    """How often outputs a (m, n) take class i for class j: int64 (n · n,), at i · n + j."""
    classes = a.shape[1]
    cells = labels.astype(np.int64) * classes + xp.argmax(a, axis=1)
    return xp.bincount(cells, minlength=classes * classes)


def put_samples(network: Network, split: Split | tuple[Any, Any]) -> DeviceDataset:
    """The samples on the network's device, or InputError as `evaluate`."""
    if isinstance(split, Split):
        check_fit(network, split)
        return DeviceDataset(network.device, split.images, split.labels, network.input_scale)
    x, labels = split
    inputs, _ = network.to_inputs(x)
    if not isinstance(labels, np.ndarray) and hasattr(labels, "__dlpack__"):  # it may be a GPU's
        labels = network.device.host(network.device.put(labels))
    known = check_labels(labels, "evaluate")
    if len(known) != len(inputs) or int(known.max()) >= network.sizes[-1]:
        raise InputError(
            f"evaluate: {len(inputs)} samples with {len(known)} labels up to "
            f"{known.max()}; needed one for each, below {network.sizes[-1]}"
        )
    return DeviceDataset(network.device, inputs, known, 1.0)


def check_fit(network: Network, split: Split, name: str = "the data") -> None:
    """Raise InputError unless images and labels are of the network's sizes."""
    n_in, n_out = network.sizes[0], network.sizes[-1]
    features = split.images.shape[1]
    if features != n_in:
        raise InputError(f"{name} has {features} pixels an image, the network {n_in} inputs")
    highest = int(split.labels.max(initial=0))
    if highest >= n_out:
        raise InputError(f"{name} has labels up to {highest}, the network {n_out} outputs")
