"""What networks make of the test images: which they confuse, miss, and disagree on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.datasets.dataset import Split
from gpunet.evaluation.evaluate import Evaluator, put_samples
from gpunet.evaluation.result import Evaluation
from gpunet.nn.network import Network
from gpunet.nn.outputs import to_probabilities

MOST_IMAGES = 24


class Seen(NamedTuple):
    """A test image, and what was made of it.

    Attributes:
        place: its place in the test split, from 0.
        truth, guess: labels; the guess is that of the averaged probabilities.
        probability: of the guess.
        votes: how many networks answered with which label, most first.
    """

    place: int
    truth: int
    guess: int
    probability: float
    votes: list[tuple[int, int]]


@dataclass(frozen=True)
class Findings:
    """What was found on the test split.

    Attributes:
        networks: how many looked at it.
        pooled: the answers of all of them together.
        right: bool (networks, images), which of these each network recognised.
        wrong: images whose guess is wrong, the most confident first.
        disputed: images on which networks disagree, the most disputed first.
    """

    networks: int
    pooled: Evaluation
    right: HostArray
    wrong: list[Seen]
    disputed: list[Seen]


def examine(networks: Sequence[Network], split: Split) -> Findings:
    """Have networks of one kind, on one device, look at every image of a split.

    Raises:
        InputError: the images do not fit the networks.
    """
    samples, classes = len(split), networks[0].sizes[-1]
    shares, votes = np.zeros((samples, classes)), np.zeros((samples, classes), int)
    right = np.zeros((len(networks), samples), bool)
    confusion, cost = np.zeros((classes, classes), np.int64), 0.0
    for number, network in enumerate(networks):
        evaluator = Evaluator(network, put_samples(network, split))
        with network.device.active():
            outputs = network.device.xp.zeros((samples, classes), dtype=network.dtype)
            found = evaluator.evaluate(outputs)
        confusion += found.confusion
        cost += found.cost / len(networks)
        answers = to_probabilities(np, network.device.host(outputs))
        shares += answers / len(networks)
        said = answers.argmax(axis=1)
        votes[np.arange(samples), said] += 1
        right[number] = said == split.labels

    def seen(index: Any) -> Seen:
        guess = int(shares[index].argmax())
        order = np.argsort(-votes[index], kind="stable")
        given = [(int(label), int(votes[index, label])) for label in order if votes[index, label]]
        share = float(shares[index, guess])
        return Seen(int(index), int(split.labels[index]), guess, share, given)

    sure, guesses = shares.max(axis=1), shares.argmax(axis=1)
    (wrong,) = np.nonzero(guesses != split.labels)
    most = votes.max(axis=1)
    (disputed,) = np.nonzero(most < len(networks))
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")][:MOST_IMAGES]
    disputed = disputed[np.lexsort((sure[disputed], most[disputed]))][:MOST_IMAGES]
    pooled = Evaluation(cost, confusion)
    shown = [[*map(seen, places)] for places in (wrong, disputed)]
    return Findings(len(networks), pooled, right, shown[0], shown[1])
