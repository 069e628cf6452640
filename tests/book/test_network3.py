"""The book's network3: its layers, its lines, and steps like those of a plain program."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.book import network3
from gpunet.book.network3 import ConvPoolLayer, FullyConnectedLayer, Network, ReLU, SoftmaxLayer
from gpunet.datasets.dataset import Split
from gpunet.datasets.load import load_dataset

M = 10


@pytest.fixture(scope="module")
def data() -> tuple[Split, Split, Split]:
    """Digits, as bright as MNIST's."""
    digits = load_dataset("digits")
    few = (digits.train[:205], digits.validation, digits.test)
    training, validation, test = (Split(split.images * 15, split.labels) for split in few)
    return training, validation, test


def convolutional(p_dropout: float = 0.0) -> Network:
    np.random.seed(3)  # noqa: NPY002
    layers = [
        ConvPoolLayer((4, 1, 3, 3), (M, 1, 8, 8), (2, 2), ReLU),
        FullyConnectedLayer(4 * 3 * 3, 20, ReLU, p_dropout),
        SoftmaxLayer(20, 10, p_dropout),
    ]
    return Network(layers, M)


def plain_epoch(layers: Any, split: Split, eta: float, lmbda: float) -> list[Any]:
    """The book's formulas for a sigmoid and a softmax layer, mini-batch by mini-batch, in order."""
    w, b = [layer.w.astype(float) for layer in layers], [layer.b.astype(float) for layer in layers]
    x, y = split.images / 256, np.eye(10)[split.labels]
    batches = len(x) // M
    for start in range(0, len(x), M):
        rows = slice(start, start + M)
        hidden = 1 / (1 + np.exp(-(x[rows] @ w[0] + b[0])))
        z = hidden @ w[1] + b[1]
        out = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        delta = (out - y[rows]) / len(out)
        below = (delta @ w[1].T) * hidden * (1 - hidden)
        for k, (a, d) in enumerate(((x[rows], below), (hidden, delta))):
            w[k] -= eta * (a.T @ d + lmbda / batches * w[k])
            b[k] -= eta * d.sum(axis=0)
    return [*w, *b]


def test_an_epoch_is_that_of_a_plain_program(data: tuple[Split, Split, Split]) -> None:
    training = data[0][:200]  # whole mini-batches, as the book has
    np.random.seed(3)  # noqa: NPY002
    layers = [FullyConnectedLayer(64, 12), SoftmaxLayer(12, 10)]
    expected = plain_epoch(layers, training, 0.5, 0.2)
    net = Network(layers, M)
    net.SGD(training, 1, M, 0.5, data[1], data[2], lmbda=0.2)
    found = [layer.w for layer in net.layers] + [layer.b for layer in net.layers]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_the_lines_are_those_of_the_book(
    data: tuple[Split, Split, Split], capsys: pytest.CaptureFixture[str]
) -> None:
    net = convolutional(p_dropout=0.2)
    net.SGD(data[0], 30, M, 0.1, data[1], data[2])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Training mini-batch number 0"
    assert lines[1].startswith("Epoch 0: validation accuracy ")
    assert lines[2] == "This is the best validation accuracy to date."
    assert lines[3].startswith("The corresponding test accuracy is ")
    assert lines[-3] == "Finished training network."
    assert " obtained at iteration " in lines[-2]
    reached = float(lines[-1].removeprefix("Corresponding test accuracy of ").removesuffix("%"))
    assert 50 < reached <= 100


def test_weights_are_drawn_from_numpys_random_and_taken_back_after_training(
    data: tuple[Split, Split, Split],
) -> None:
    net, again = convolutional(), convolutional()
    first = net.layers[0].w.copy()
    np.testing.assert_array_equal(first, again.layers[0].w)
    assert first.std() == pytest.approx(np.sqrt(4 / 36), rel=0.5)
    assert not net.layers[2].w.any()
    net.SGD(data[0], 1, M, 0.1, data[1], data[2])
    assert net.layers[0].w.shape == (4, 1, 3, 3)
    assert net.layers[1].w.shape == (36, 20)
    assert np.abs(net.layers[0].w - first).max() > 1e-3


def test_the_data_are_mnist_or_a_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(network3, "load_dataset", lambda name, **how: load_dataset("digits"))
    assert [len(split) for split in network3.load_data_shared()] == [1258, 180, 359]


@pytest.mark.parametrize(
    ("layers", "complaint"),
    [
        (list, "the last must be a SoftmaxLayer"),
        (lambda: [FullyConnectedLayer(64, 10)], "the last must be a SoftmaxLayer"),
        (lambda: [FullyConnectedLayer(64, 12), SoftmaxLayer(13, 10)], "takes 13 inputs"),
        (
            lambda: [ConvPoolLayer((4, 1, 3, 3), (M, 1, 8, 8)), SoftmaxLayer(35, 10)],
            "takes 35 inputs",
        ),
        (lambda: [ConvPoolLayer((4, 1, 3, 2), (M, 1, 8, 8))], "needed square filters"),
        (lambda: [ConvPoolLayer((4, 3), (M, 1, 8, 8))], "needed four, four and two numbers"),
        (lambda: [FullyConnectedLayer(64, 9, activation_fn=abs)], "give one of network3's"),
        (
            lambda: [
                FullyConnectedLayer(64, 9),
                FullyConnectedLayer(9, 9, p_dropout=0.5),
                SoftmaxLayer(9, 10, p_dropout=0.2),
            ],
            "needed the same for all",
        ),
        (
            lambda: [FullyConnectedLayer(64, 9, p_dropout=0.5), SoftmaxLayer(9, 10)],
            "inputs are not left out",
        ),
    ],
)
def test_layers_that_make_no_network_are_refused(layers: Any, complaint: str) -> None:
    with pytest.raises(gpunet.InputError, match=complaint):
        Network(layers(), M)


def test_samples_too_few_for_a_mini_batch_are_left_out(data: tuple[Split, Split, Split]) -> None:
    """205 samples are twenty mini-batches of ten."""
    nets = [convolutional(), convolutional()]
    for net, training in zip(nets, (data[0], data[0][:200]), strict=True):
        net.SGD(training, 1, M, 0.1, data[1], data[2])
    np.testing.assert_array_equal(nets[0].layers[1].w, nets[1].layers[1].w)


def test_weights_can_be_assigned(data: tuple[Split, Split, Split]) -> None:
    nets = [convolutional(), convolutional()]
    nets[1].layers[1].w = nets[1].layers[1].w * 0
    for net in nets:
        net.SGD(data[0], 1, M, 0.1, data[1], data[2])
    assert np.abs(nets[0].layers[1].w - nets[1].layers[1].w).max() > 0.1


def test_other_mini_batches_than_the_network_was_made_for_are_refused(
    data: tuple[Split, Split, Split],
) -> None:
    with pytest.raises(gpunet.InputError, match="was made for 10"):
        convolutional().SGD(data[0], 1, 20, 0.1, data[1], data[2])
