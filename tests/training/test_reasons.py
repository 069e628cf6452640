"""Why a training went as it did: of trainings that really went so."""

from dataclasses import replace

import pytest

import gpunet
from gpunet.datasets.dataset import Dataset
from gpunet.evaluation.diagnosis import Diagnosis, LayerState
from gpunet.training.history import EpochRecord, History
from gpunet.training.reasons import About, reasons

TEN = tuple("0123456789")


def why(dataset: Dataset, hidden: tuple[int, ...] = (30,), **options: object) -> list[str]:
    """What is said of a training on a data set."""
    kinds = ("activation", "cost", "seed", "initializer")
    given = {name: options.pop(name) for name in kinds if name in options}
    network = gpunet.Network([64, *hidden, 10], **given)  # type: ignore[arg-type]
    history = gpunet.fit(network, dataset, diagnose=True, **options)  # type: ignore[arg-type]
    return reasons(history, About(dataset.classes, network.activations, network.cost.name))


def made(costs: list[float], accuracies: list[float], **layer: float) -> History:
    """A history with these figures, every layer in the same state."""
    plain = {"activation": 0.5, "saturated": 0.1, "stuck": 0.0, "gradient": 0.01, "update": 0.01}
    state = LayerState(**{**plain, **layer})
    return History(
        EpochRecord(epoch, epoch, 1.0, accuracy, cost, Diagnosis(1.0, 0.01, (state, state), ()))
        for epoch, (cost, accuracy) in enumerate(zip(costs, accuracies, strict=True), 1)
    )


SIGMOIDS = About(TEN, ("sigmoid", "sigmoid"), "quadratic")


def test_of_one_that_went_well_nothing_is_said(digits: Dataset) -> None:
    assert why(digits, cost="cross-entropy", learning_rate=0.5, epochs=40) == []


def test_a_saturated_output_is_named_with_its_epoch(digits: Dataset) -> None:
    said = why(digits, seed=12, epochs=10)
    assert said[0].startswith("Output neurons that are saturated: 0 (since epoch ")
    assert "cross-entropy" in said[0]


def test_an_output_that_came_free_is_named_too(digits: Dataset) -> None:
    history = made([0.2] * 6, [0.7] * 6)
    silent = [(3, 5), (3, 5), (3,), (3,), (3,), (3,)]
    for number, outputs in enumerate(silent):
        seen = history[number].diagnosis
        assert seen is not None
        history[number] = replace(history[number], diagnosis=replace(seen, silent=outputs))
    said = reasons(history, SIGMOIDS)[0]
    assert "saturated: 3 (since epoch 1)." in said
    assert said.endswith("came free: 5 (in epoch 3).")
    named = replace(history[-1].diagnosis, silent=(3, 99))  # type: ignore[type-var]
    history[-1] = replace(history[-1], diagnosis=named)
    assert "99" not in reasons(history, SIGMOIDS)[0], "a class that there is not"


def test_dead_neurons(digits: Dataset) -> None:
    said = why(digits, (60,), activation="relu", cost="cross-entropy", learning_rate=2.0, epochs=6)
    assert any(words.startswith("Dead neurons: in layer 1 ") for words in said)


def test_saturated_from_the_beginning(digits: Dataset) -> None:
    said = why(digits, (400, 30), initializer="large", epochs=2, learning_rate=0.5)
    assert any("Saturated from the first epoch on: in layer 2 " in words for words in said)


def test_a_gradient_that_vanishes(digits: Dataset) -> None:
    said = why(digits, (30,) * 6, cost="cross-entropy", learning_rate=0.1, epochs=2)
    assert any(words.startswith("The gradient vanishes on its way down") for words in said)


def test_an_accuracy_that_swings(digits: Dataset) -> None:
    said = why(digits, cost="cross-entropy", learning_rate=8.0, epochs=30)
    assert any("points from one epoch to the next" in words for words in said)


def test_overfitting(digits: Dataset) -> None:
    few = replace(digits, train=digits.train.spread(200))
    said = why(few, (100,), cost="cross-entropy", learning_rate=0.5, epochs=300)
    assert any(words.startswith("The network overfits since epoch ") for words in said)


def test_still_learning(digits: Dataset) -> None:
    said = why(digits, cost="cross-entropy", learning_rate=0.01, epochs=10)
    assert any(words.startswith("It was still learning: over the last 4 epochs") for words in said)


@pytest.mark.parametrize(
    ("history", "told"),
    [
        (made([0.1] * 10, [0.95] * 10), False),
        (made([0.1, 0.08] + [0.07] * 8, [0.9] * 10), False),
        # A cost that rises on the training images too is not overfitting.
        (made([0.001, 0.002, 0.003, 0.004, 0.004, 0.004], [0.9] * 6), False),
        (made([0.1, 0.2, 0.3, 0.4, 0.4, 0.4], [0.9] * 6), True),
    ],
)
def test_what_is_called_overfitting(history: History, told: bool) -> None:
    assert any("overfits" in words for words in reasons(history, SIGMOIDS)) == told


def test_without_a_diagnosis_the_curves_still_speak() -> None:
    history = made([0.1, 0.2, 0.3, 0.4, 0.4, 0.4], [0.9] * 6)
    plain = History(replace(record, diagnosis=None) for record in history)
    assert reasons(plain, SIGMOIDS)[0].startswith("The network overfits since epoch 1")


def test_before_the_first_epoch_there_is_nothing_to_say() -> None:
    assert reasons(History(), SIGMOIDS) == []
