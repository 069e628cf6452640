"""The book's network3: its layers and data, its lines, and what its sessions touch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.book import network3, theano
from gpunet.book.network3 import (
    ConvPoolLayer,
    FullyConnectedLayer,
    Network,
    ReLU,
    SoftmaxLayer,
    dropout_layer,
)
from gpunet.book.theano import tensor as T  # noqa: N812 - as the book imports it
from gpunet.datasets.load import load_dataset
from tests.book.small3 import M, convolutional, make_data, train


@pytest.fixture(scope="module")
def data() -> list[Any]:
    return make_data()


def test_the_lines_are_those_of_the_book(
    usual: Device, data: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    train(convolutional(p_dropout=0.2, device=usual), data, epochs=60)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Training mini-batch number 0"
    assert lines[1].startswith("Epoch 0: validation accuracy ")
    assert lines[2] == "This is the best validation accuracy to date."
    assert lines[3].startswith("The corresponding test accuracy is ")
    assert lines.count("Training mini-batch number 1000") == 1  # of 60 · 20
    assert lines[-3] == "Finished training network."
    best, _, at = lines[-2].removeprefix("Best validation accuracy of ").partition("%")
    assert float(best) > 70
    epoch = lines.index(f"Epoch {(int(at.split()[-1]) + 1) // 20 - 1}: validation accuracy {best}%")
    assert lines[epoch + 1] == "This is the best validation accuracy to date."
    assert lines[-1] == f"Corresponding test accuracy of {lines[epoch + 2].split()[-1]}"


def test_accuracies_are_of_whole_mini_batches(
    data: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """104 validation samples are ten mini-batches, 53 test samples five."""
    net = train(convolutional(), data)
    lines = capsys.readouterr().out.splitlines()
    for (images, labels), whole, line in zip(
        data[1:], (100, 50), (lines[1], lines[3]), strict=True
    ):
        given = {net.x: images.eval()[:whole]}
        right = net.layers[-1].y_out.eval(given) == labels.eval()[:whole]
        assert line.endswith(f" {right.mean():.2%}")


def test_samples_too_few_for_a_mini_batch_are_left_out(data: list[Any]) -> None:
    """205 training samples are twenty mini-batches of ten."""
    images, labels = data[0]
    fewer = [(images.eval()[:200], labels.eval()[:200]), *data[1:]]
    nets = [train(convolutional(), each) for each in (data, fewer)]
    for ours, theirs in zip(nets[0].params, nets[1].params, strict=True):
        np.testing.assert_array_equal(ours.get_value(), theirs.get_value())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_first_weights_are_drawn_from_numpys_random_in_the_books_shapes(dtype: str) -> None:
    np.random.seed(3)  # noqa: NPY002
    draw = np.random.normal
    # 9 is 4 · 3 · 3 outputs less the pooling over 2 · 2.
    expected = [draw(0.0, np.sqrt(1 / 9), (4, 1, 3, 3)), draw(0.0, 1.0, 4)]
    expected += [draw(0.0, np.sqrt(1 / 20), (36, 20)), draw(0.0, 1.0, 20)]
    expected += [np.zeros((20, 10)), np.zeros(10)]
    net = convolutional(dtype=dtype)
    assert net.params == [p for layer in net.layers for p in (layer.w, layer.b)]
    for parameter, values in zip(net.params, expected, strict=True):
        np.testing.assert_array_equal(parameter.get_value(), values.astype(dtype))
        assert parameter.get_value().dtype == dtype


def test_the_deviation_of_first_weights_is_divided_as_python_2_does() -> None:
    np.random.seed(3)  # noqa: NPY002
    layer = ConvPoolLayer((3, 1, 5, 5), (M, 1, 8, 8))
    np.random.seed(3)  # noqa: NPY002
    expected = np.random.normal(0.0, np.sqrt(1 / 18), (3, 1, 5, 5))  # noqa: NPY002 - 75 / 4
    np.testing.assert_array_equal(layer.w.get_value(), expected)


def test_weights_are_shared_variables(usual: Device, data: list[Any]) -> None:
    net = convolutional(device=usual)
    w = net.layers[1].w
    values = np.random.default_rng(1).standard_normal((36, 20)).astype(np.float32)
    w.set_value(values)
    np.testing.assert_array_equal(w.eval(), values)
    np.testing.assert_array_equal(np.asarray(w), values)
    np.testing.assert_array_equal((2 * w[3, 4:6]).eval(), 2 * values[3, 4:6])
    w.get_value()[...] = 0.0  # a copy
    np.testing.assert_array_equal(w.get_value(), values)
    train(net, data)
    assert 0 < np.abs(w.get_value() - values).max() < 1
    with pytest.raises(
        gpunet.InputError, match=r"w has shape \(36, 20\), the new value \(20, 36\)"
    ):
        w.set_value(values.T)
    with pytest.raises(AttributeError):
        net.layers[1].w = values


def test_weights_of_a_layer_can_be_set_before_there_is_a_network(data: list[Any]) -> None:
    layers = [FullyConnectedLayer(64, 8), SoftmaxLayer(8, 10)]
    values = np.random.default_rng(1).standard_normal((64, 8))
    layers[0].w.set_value(values)
    net = Network(layers, M, dtype="float64")
    np.testing.assert_array_equal(net.layers[0].w.get_value(), values)


def test_a_second_training_goes_on_with_other_neurons_left_out(
    usual: Device, data: list[Any]
) -> None:
    """Two epochs at once are two times one: dropout does not begin anew."""
    whole, halves = (convolutional(0.5, device=usual) for _ in range(2))
    train(whole, data, epochs=2)
    train(train(halves, data), data)
    for ours, theirs in zip(whole.params, halves.params, strict=True):
        np.testing.assert_array_equal(ours.get_value(), theirs.get_value())


@pytest.mark.parametrize("p_dropout", [0.0, 0.5])
def test_every_engine_computes_the_same(gpu: Device, data: list[Any], p_dropout: float) -> None:
    plain = train(convolutional(p_dropout, dtype="float64"), data)
    graph = train(convolutional(p_dropout, dtype="float64", device=gpu), data)
    for ours, theirs in zip(plain.params, graph.params, strict=True):
        np.testing.assert_allclose(ours.get_value(), theirs.get_value(), rtol=1e-9, atol=1e-12)


def test_layers_keep_what_they_were_made_with() -> None:
    convolution, connected, softmax = convolutional(0.25).layers
    assert convolution.filter_shape == (4, 1, 3, 3)
    assert convolution.image_shape == (M, 1, 8, 8)
    assert convolution.poolsize == (2, 2)
    assert convolution.activation_fn is ReLU
    assert (connected.n_in, connected.n_out, connected.p_dropout) == (36, 20, 0.25)
    assert (softmax.n_in, softmax.n_out, softmax.p_dropout) == (20, 10, 0.25)
    assert [p.name for p in connected.params] == ["w", "b"]


def test_a_layers_values_are_expressions_of_the_networks_inputs(data: list[Any]) -> None:
    net = convolutional(dtype="float64")
    x = data[2][0].eval()[:M].astype(float)
    convolution, connected, softmax = net.layers
    given = {net.x: x}
    np.testing.assert_array_equal(convolution.inpt.eval(given), x.reshape(M, 1, 8, 8))
    maps = convolution.output.eval(given)
    assert maps.shape == (M, 4, 3, 3)
    inputs = connected.inpt.eval(given)
    np.testing.assert_array_equal(inputs, maps.reshape(M, 36))
    hidden = np.maximum(0, inputs @ connected.w.get_value() + connected.b.get_value())
    np.testing.assert_allclose(softmax.inpt.eval(given), hidden, rtol=1e-12)
    np.testing.assert_allclose(net.output.eval(given), np.full((M, 10), 0.1), rtol=1e-12)


def test_predictions_of_a_mini_batch_by_a_function_of_its_number(data: list[Any]) -> None:
    """As `ensemble` in the book's conv.py makes them."""
    net, test_x = train(convolutional(), data, epochs=3), data[2][0]
    i = T.lscalar()
    batch = test_x[i * net.mini_batch_size : (i + 1) * net.mini_batch_size]
    predictions = theano.function([i], net.layers[-1].y_out, givens={net.x: batch})
    whole = net.layers[-1].y_out.eval({net.x: test_x.eval()})
    for number in range(6):  # the last has three samples
        rows = slice(number * M, (number + 1) * M)
        np.testing.assert_array_equal(predictions(number), whole[rows])
        np.testing.assert_array_equal(net.test_mb_predictions(number), whole[rows])


def test_dropout_layer_leaves_out_and_scales_nothing() -> None:
    values = np.arange(1.0, 1001.0)
    dropped = dropout_layer(theano.shared(values), 0.3)
    found, again = dropped.eval(), dropped.eval()
    assert ((found == 0) | (found == values)).all()
    assert (found == 0).mean() == pytest.approx(0.3, abs=0.05)
    assert (found != again).any()


def test_data_are_pairs_of_shared_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    digits = load_dataset("digits")
    monkeypatch.setattr("gpunet.book.chapter6.data.load_dataset", lambda name, **how: digits)
    loaded = network3.load_data_shared()
    assert [network3.size(pair) for pair in loaded] == [1258, 180, 359]
    images, labels = loaded[2]
    np.testing.assert_array_equal(images.get_value(), digits.test.images / 16)
    assert images.eval().dtype == np.float32
    np.testing.assert_array_equal(images[5:7].eval(), digits.test.images[5:7] / 16)
    np.testing.assert_array_equal(labels.eval(), digits.test.labels)
    assert labels.eval().dtype == np.int32
    images.set_value(images.get_value() * 0.3)
    np.testing.assert_allclose(images[5:7].eval(), digits.test.images[5:7] * 0.3 / 16, rtol=1e-6)


def test_an_expanded_file_that_is_missing_is_refused_with_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(gpunet.InputError, match=r"no such file; python -m gpunet\.book"):
        network3.load_data_shared(tmp_path / "mnist_expanded.pkl.gz")


@pytest.mark.parametrize("kind", ["pixels", "shared", "arrays"])
def test_images_may_be_bytes_or_fractions(data: list[Any], kind: str) -> None:
    make = {
        "pixels": lambda pair: pair,
        "shared": lambda pair: (theano.shared(pair[0].eval()), theano.shared(pair[1].eval())),
        "arrays": lambda pair: (pair[0].eval(), pair[1].eval()),
    }[kind]
    found = train(convolutional(), list(map(make, data)))
    expected = train(convolutional(), data)
    np.testing.assert_array_equal(found.params[0].get_value(), expected.params[0].get_value())
