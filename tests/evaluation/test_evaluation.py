"""Accuracy, cost and confusion, against plain computations."""

import numpy as np
import pytest

import gpunet
from gpunet.evaluation.evaluate import CHUNK
from gpunet.evaluation.result import ClassScore, Confusion, Evaluation

# Rows are true classes: of four 0s one was taken for 1; class 2 never occurs and is never claimed.
BY_HAND = Evaluation(0.5, np.array([[3, 1, 0], [2, 4, 0], [0, 0, 0]]))


def test_accuracy_is_the_fraction_on_the_diagonal() -> None:
    assert (BY_HAND.correct, BY_HAND.total) == (7, 10)
    assert BY_HAND.accuracy == 0.7


def test_each_class_has_its_row_and_its_column() -> None:
    assert BY_HAND.per_class() == [
        ClassScore(label=0, total=4, correct=3, claimed=5),
        ClassScore(label=1, total=6, correct=4, claimed=5),
        ClassScore(label=2, total=0, correct=0, claimed=0),
    ]


def test_recall_is_of_the_true_and_precision_of_the_claimed() -> None:
    first = BY_HAND.per_class()[0]
    assert (first.recall, first.precision) == (3 / 4, 3 / 5)


def test_a_class_that_never_occurs_has_neither() -> None:
    last = BY_HAND.per_class()[2]
    assert (last.recall, last.precision) == (0, 0)


def test_the_most_confused_come_first() -> None:
    assert BY_HAND.most_confused() == [Confusion(1, 0, 2), Confusion(0, 1, 1)]
    assert BY_HAND.most_confused(1) == [Confusion(1, 0, 2)]


def test_equally_confused_pairs_come_in_the_order_of_their_labels() -> None:
    evaluation = Evaluation(0.0, np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]))
    pairs = [(pair.true, pair.predicted) for pair in evaluation.most_confused(6)]
    assert pairs == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]


def test_nothing_is_confused_when_all_is_right() -> None:
    assert Evaluation(0.0, np.diag([5, 6])).most_confused() == []


def samples(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Random images (count, 9) and labels (count,)."""
    draw = np.random.default_rng(3)
    return draw.integers(0, 256, (count, 9), np.uint8), draw.integers(0, 4, count, np.uint8)


@pytest.mark.parametrize("count", [1, 37, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 345])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_evaluation_in_chunks_is_a_plain_computation(count: int, dtype: str) -> None:
    images, labels = samples(count)
    network = gpunet.Network([9, 5, 4], seed=2, dtype=dtype, device="cpu")
    found = gpunet.evaluate(network, gpunet.Split(images, labels))

    a = images / 256
    for weights, biases in zip(network.weights, network.biases, strict=True):
        a = 1 / (1 + np.exp(-(a @ weights.T.astype(np.float64) + biases)))
    cost = ((a - np.eye(4)[labels]) ** 2).sum() / 2 / count
    assert found.cost == pytest.approx(cost, rel=1e-12 if dtype == "float64" else 1e-5)
    confusion = np.zeros((4, 4), int)
    np.add.at(confusion, (labels, a.argmax(axis=1)), 1)
    np.testing.assert_array_equal(found.confusion, confusion)


def test_evaluation_leaves_the_network_as_it_was() -> None:
    network = gpunet.Network([9, 5, 4], device="cpu")
    before = network.parameters.array.tobytes()
    gpunet.evaluate(network, samples(50))
    assert network.parameters.array.tobytes() == before


@pytest.mark.parametrize(
    ("sizes", "complaint"),
    [
        ([8, 4], r"\(50, 9\): this network takes \(samples, 8\)"),
        ([9, 3], "label 3 is out of range: this network has 3 outputs"),
    ],
)
def test_samples_that_do_not_fit_are_refused(sizes: list[int], complaint: str) -> None:
    with pytest.raises(gpunet.InputError, match=complaint):
        gpunet.evaluate(gpunet.Network(sizes, device="cpu"), samples(50))


def test_images_and_labels_must_be_as_many() -> None:
    images, labels = samples(50)
    with pytest.raises(gpunet.InputError, match="50 samples with 49 labels"):
        gpunet.evaluate(gpunet.Network([9, 4], device="cpu"), (images, labels[1:]))


def test_pixels_and_the_fractions_they_stand_for_are_evaluated_alike() -> None:
    digits = gpunet.load_dataset("digits")
    network = gpunet.Network([64, 10], input_scale=digits.scale)
    images, labels = digits.test.images, digits.test.labels
    costs = {
        gpunet.evaluate(network, pair).cost
        for pair in (
            (images, labels),
            (images.tolist(), labels.tolist()),
            (images * np.float32(digits.scale), labels),
        )
    }
    assert costs == {gpunet.evaluate(network, digits.test).cost}
