"""The network and the trainer that an estimator's parameters ask for."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from math import sqrt
from threading import current_thread, main_thread
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from gpunet.backend.choose import open_device
from gpunet.backend.device import Device
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.words import shown
from gpunet.datasets.samples import Arrays, Samples
from gpunet.evaluation.arrays import check_weights
from gpunet.interop.sklearn.rules import ACTIVATIONS, AUTOMATIC, RULES
from gpunet.nn.architecture import read_architecture
from gpunet.nn.checks import check_memory
from gpunet.nn.network import Network
from gpunet.training.config import TrainingConfig
from gpunet.training.state import Position
from gpunet.training.trainer import Trainer

AUTOMATIC_BATCH = 200


class InOrder(Trainer):
    """Takes the samples as they come in every epoch."""

    def order(self, epoch: int | None = None) -> Any:
        return np.arange(self.samples)


class Given(NamedTuple):
    """Samples as they came: inputs, labels or targets, and weights or None."""

    X: HostArray
    y: HostArray
    weights: HostArray | None


@contextmanager
def unchanged_if_refused(asked: Any) -> Iterator[None]:
    """Inside, an estimator may be given attributes; if what is inside raises, it never had them."""
    before = dict(vars(asked))
    try:
        yield
    except BaseException:
        asked.__dict__.clear()
        asked.__dict__.update(before)
        raise


def draw_network(
    asked: Any, X: HostArray, outputs: tuple[int, str, str], random: Any
) -> Callable[[], Network]:
    """What makes a new network, whose first weights are drawn now.

    They are those that MLPClassifier draws, and it draws them before it keeps samples back. Raises
    InputError if the device has too little memory for them.

    Args:
        asked: an estimator, with its parameters.
        X: what it will be trained on.
        outputs: how many there are, their activation, and the cost.
        random: a RandomState.
    """
    hidden = RULES["hidden_layer_sizes"].check(asked.hidden_layer_sizes)
    count, top, cost = outputs
    name = ACTIVATIONS.get(asked.activation, asked.activation)
    sizes, device = [X.shape[1], *hidden, count], own_device(asked.device)
    needed = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
    check_memory(read_architecture(sizes), needed, device)
    drawn = draw_weights(sizes, 2 if name == "sigmoid" else 6, random)

    def make() -> Network:
        network = Network(
            sizes,
            activation=[name] * len(hidden) + [top],
            cost=cost,
            device=device,
            dtype=asked.dtype or ("float64" if X.dtype == np.float64 else "float32"),
            seed=random.randint(2**31 - 1),
            initializer="glorot",
            input_scale=1.0,
            scale_floats=True,
            dropout=asked.dropout if hidden else 0.0,
        )
        with network.device.active():
            network.parameters.array[...] = network.device.put(drawn, network.dtype)
        return network

    return make


def draw_weights(sizes: Sequence[int], factor: float, random: Any) -> HostArray:
    """First weights and biases as scikit-learn draws them, laid out as a network's parameters.

    They are uniform within ±√(factor / (n_in + n_out)), and drawn layer by layer, W (n_in, n_out)
    before b, so that with the same random state MLPClassifier has the same numbers.
    """
    drawn = []
    for n_in, n_out in pairwise(sizes):
        bound = sqrt(factor / (n_in + n_out))
        drawn.append(random.uniform(-bound, bound, (n_in, n_out)).T.ravel())
        drawn.append(random.uniform(-bound, bound, n_out))
    return np.concatenate(drawn)


def own_device(asked: Any) -> Device:
    """The device that an estimator asks for, which other threads' estimators do not work on.

    On one that is open, all would queue up, and a step that one captures would hold what others
    launch meanwhile. One that is asked for by its name is opened anew.
    """
    device = open_device(asked)
    aside = device is asked and current_thread() is not main_thread()
    return device.sibling() if aside and device.supports_streams else device


def make_trainer(asked: Any, given: Given, epochs: int) -> Trainer:
    """A trainer of an estimator's network, for so many epochs more.

    Args:
        asked: the estimator: its parameters, `network_`, and the epochs it has had.
        given: the samples.
        epochs: at most.
    """
    network, n = asked.network_, len(given.y)
    weights, mean = given.weights, 1.0
    if weights is not None:
        largest = weights.max() or 1.0
        shares = weights / largest  # whose sum is a number, however large they are
        mean = float(largest * shares.mean())
        weights = check_weights(network, shares, n)
    X = given.X if given.X.dtype == np.uint8 else given.X.astype(network.dtype, copy=False)
    y = given.y if given.y.ndim == 1 else given.y.astype(network.dtype)
    data = Arrays(
        Samples(X, y, weights),
        None,
        (1, X.shape[1]),
        scale=1.0,
        input_scale=1.0,
        scale_floats=True,
        name="X",
    )
    batch = min(AUTOMATIC_BATCH, n) if asked.batch_size == AUTOMATIC else asked.batch_size
    solver, momentum = find_solver(asked)
    config = TrainingConfig(
        epochs=asked._epochs + epochs,
        batch_size=batch,
        learning_rate=asked.learning_rate_init,
        schedule="constant" if asked.learning_rate == "adaptive" else asked.learning_rate,
        optimizer=solver,
        momentum=momentum,
        # scikit-learn's is of a mini-batch, ours of all samples.
        l2=asked.alpha * n / (min(batch, n) * mean),
    )
    trainer = (Trainer if asked.shuffle else InOrder)(network, data, config, None)
    trainer.position = Position(asked._epochs)
    return trainer


def find_solver(asked: Any) -> tuple[str, float]:
    """Our name of the optimizer, and its momentum."""
    if asked.solver != "sgd":
        return asked.solver, 0.0
    nesterov = asked.nesterovs_momentum and asked.momentum
    return ("nesterov" if nesterov else "sgd"), asked.momentum


def random_of(state: Any) -> Any:
    """NumPy's RandomState for what scikit-learn calls a random_state."""
    try:
        return check_random_state(state)
    except ValueError:
        raise InputError(
            f"random_state {shown(state)}: give None, a whole number from 0, or a RandomState"
        ) from None


def whole(X: Any) -> HostArray:
    """A matrix with its zeros, if it is sparse."""
    return np.asarray(X.toarray() if hasattr(X, "toarray") else X)


def rows_of(given: Given, rows: HostArray) -> Given:
    """Some of the samples."""
    weights = None if given.weights is None else given.weights[rows]
    return Given(given.X[rows], given.y[rows], weights)


def watched_rows(given: Given, rows: HostArray) -> Given:
    """Samples to watch the score on, with weights up to 1; InputError if all of these are 0."""
    kept = rows_of(given, rows)
    if kept.weights is None:
        return kept
    if not kept.weights.any():
        raise InputError(
            "early_stopping: all samples that were kept back have weight 0: set another "
            "random_state, or early_stopping=False"
        )
    return kept._replace(weights=kept.weights / kept.weights.max())
