"""What a page sees of a network that is being trained."""

from math import isfinite
from typing import Any

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Dataset, Split
from gpunet.datasets.deskewing import deskewed
from gpunet.datasets.readers.pictures import measure_style
from gpunet.evaluation.evaluate import Evaluator
from gpunet.evaluation.first_layer import first_weights, reach_of
from gpunet.evaluation.probe import Probe
from gpunet.evaluation.result import Evaluation
from gpunet.nn.network import Network
from gpunet.nn.outputs import to_probabilities
from gpunet.web.packing import activations, describe_layer, guesses_of, in_grey, signed

# Accuracy and cost are measured on so many images of a split, many times a second.
MOST_MEASURED = 1000
MOST_WEIGHTS = 40
MOST_WRONG = 12
GUESSES = 3


class Views:
    """A network, and the images on which it is looked at.

    Args:
        network: changes between one look and the next.
        dataset: as it is trained on.

    Attributes:
        style: of its images.
    """

    def __init__(self, network: Network, dataset: Dataset) -> None:
        self.network = network
        self.dataset = dataset
        self.style = measure_style(dataset.train.images, dataset.shape, dataset.max_pixel)
        self.training = Measured(network, dataset, dataset.train)
        self.validation = Measured(network, dataset, dataset.validation)
        self.probe = Probe(network)
        self.choose(0)

    def describe(self) -> dict[str, Any]:
        """What the page is told before it sees anything: what there is to be seen."""
        weights = first_weights(self.network, self.dataset.shape)
        return {
            "architecture": str(self.network.architecture),
            "parameters": len(self.network.parameters.array),
            "classes": self.dataset.classes,
            "shape": self.dataset.shape,
            "layers": [describe_layer(layer) for layer in self.probe.layers],
            "weights": None
            if weights is None
            else {
                "shape": weights[:MOST_WEIGHTS].shape,
                "of": len(weights),
                "filters": self.network.weights[0].ndim == 4,
                "outputs": len(self.network.weights) == 1,
            },
            "training": len(self.dataset.train),
            "measured": [len(self.training.split), len(self.validation.split)],
        }

    def choose(self, place: int) -> None:
        """Look at an image of the validation split from now on, by its place among those measured.

        A place below 0, or behind the last, counts on from the other end.
        """
        split = self.validation.split
        self.place: int | None = place % len(split)
        self.pixels = split.images[self.place]
        self.truth = self.dataset.classes[split.labels[self.place]]

    def draw(self, pixels: HostArray) -> None:
        """Look at what was drawn from now on: uint8 (n_in,)."""
        self.place, self.pixels, self.truth = None, pixels, ""

    def look(self) -> dict[str, Any]:
        """All that is seen of the network as it is now."""
        training, validation = self.training.evaluate(), self.validation.evaluate()
        return {
            "training": figures(training),
            "validation": figures(validation),
            "weights": self.weights(),
            "wrong": self.wrong(),
            "image": self.image(),
        }

    def image(self) -> dict[str, Any] | None:
        """What every layer makes of the image looked at; None where that is no number any more."""
        layers = self.probe.look(self.pixels)
        if not all(np.isfinite(values).all() for values in layers):
            return None
        shares = to_probabilities(np, layers[-1])
        return {
            "seen": in_grey(self.pixels, self.dataset.max_pixel),
            "place": self.place,
            "truth": self.truth,
            "guesses": guesses_of(shares, self.dataset.classes, GUESSES),
            "layers": [activations(values) for values in layers],
        }

    def weights(self) -> str | None:
        """The weights into the first neurons, all on one scale."""
        weights = first_weights(self.network, self.dataset.shape)
        if weights is None or not np.isfinite(weights).all():
            return None
        weights = weights[:MOST_WEIGHTS]
        return signed(weights, reach_of(weights))

    def wrong(self) -> list[dict[str, Any]]:
        """The first of the validation images that are misread."""
        split, classes = self.validation.split, self.dataset.classes
        guesses = self.validation.guesses()
        (rows,) = np.nonzero(guesses != split.labels)
        return [
            {
                "place": int(row),
                "truth": classes[split.labels[row]],
                "guess": classes[guesses[row]],
                "pixels": in_grey(split.images[row], self.dataset.max_pixel),
            }
            for row in rows[:MOST_WRONG]
        ]


class Measured:
    """The images of a split on which a network is measured, and its last answers."""

    def __init__(self, network: Network, dataset: Dataset, split: Split) -> None:
        self.split = split.spread(MOST_MEASURED)
        taken = deskewed(self.split, network.deskew)
        on_device = DeviceDataset.of(network.device, taken, dataset.scale)
        self.evaluator = Evaluator(network, on_device)
        self.device = network.device
        shape = (len(self.split), network.sizes[-1])
        with self.device.active():
            self.outputs = self.device.xp.zeros(shape, dtype=network.dtype)

    def evaluate(self) -> Evaluation:
        """What the network makes of the images now."""
        return self.evaluator.evaluate(self.outputs)

    def guesses(self) -> HostArray:
        """The label it gave to each of them: (n,)."""
        return np.asarray(self.device.host(self.outputs).argmax(axis=1))


def figures(found: Evaluation) -> dict[str, Any]:
    """Accuracy and cost; the cost is None where it is no number any more."""
    return {"accuracy": found.accuracy, "cost": found.cost if isfinite(found.cost) else None}
