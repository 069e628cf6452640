"""`fit`, `evaluate` and the network's own questions, asked with plain arrays."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.core.arrays import HostArray
from gpunet.datasets.dataset import Dataset

EPOCHS = 2


def trained(device: Device, X: Any, y: Any = None, **options: Any) -> gpunet.Network:
    network = gpunet.Network([64, 9, 10], device=device, seed=3)
    gpunet.fit(network, X, y, epochs=EPOCHS, **options)
    return network


def parameters(network: gpunet.Network) -> HostArray:
    return np.asarray(network.device.host(network.parameters.array))


FORMS = {
    "rows": lambda images: images,
    "images": lambda images: images.reshape(-1, 8, 8),
    "a channel behind": lambda images: images.reshape(-1, 8, 8, 1),
    "a channel in front": lambda images: images.reshape(-1, 1, 8, 8),
    "other whole numbers": lambda images: images.astype(np.int64),
    "a list": lambda images: images.tolist(),
}


@pytest.mark.parametrize("form", FORMS)
def test_arrays_train_as_the_data_set_they_come_from(
    device: Device, few: Dataset, form: str
) -> None:
    expected = trained(device, few)
    found = trained(device, FORMS[form](few.train.images), few.train.labels)
    np.testing.assert_array_equal(parameters(found), parameters(expected))
    assert found.input_scale == few.scale


def test_a_pair_is_as_good_as_two_arguments(few: Dataset) -> None:
    X, y = few.train.images, few.train.labels
    np.testing.assert_array_equal(
        parameters(trained(gpunet.open_device("cpu"), (X, y))),
        parameters(trained(gpunet.open_device("cpu"), X, y)),
    )


def test_fractions_train_as_the_pixels_they_stand_for(device: Device, few: Dataset) -> None:
    expected = trained(device, few)
    found = trained(device, (few.train.images / 16).astype(np.float32), few.train.labels)
    np.testing.assert_allclose(parameters(found), parameters(expected), atol=1e-5)
    assert found.input_scale == 1 / 256  # nothing was said of whole numbers


def test_a_scale_is_kept_for_all_that_is_asked_later(device: Device, few: Dataset) -> None:
    X = few.train.images.astype(np.float64)
    network = trained(device, X, few.train.labels, scale=1 / 16)
    assert (network.input_scale, network.scale_floats) == (1 / 16, True)
    np.testing.assert_array_equal(network.predict(X), network.predict(few.train.images))
    assert gpunet.evaluate(network, X, few.train.labels) is not None


def test_unit_vectors_are_labels(device: Device, few: Dataset) -> None:
    X, y = few.train.images, few.train.labels
    np.testing.assert_array_equal(
        parameters(trained(device, X, np.eye(10)[y])), parameters(trained(device, X, y))
    )


NAMES = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])


@pytest.mark.parametrize("dtype", [str, object])
def test_names_are_learnt_and_answered(device: Device, few: Dataset, dtype: type) -> None:
    names: Any = NAMES[few.train.labels].astype(dtype)
    network = gpunet.Network([64, 9, 10], device=device, seed=3)
    gpunet.fit(network, few.train.images, names, epochs=20)
    assert network.classes == tuple(sorted(NAMES))
    predicted = network.predict(few.train.images)
    right = float(np.mean(predicted == names))
    assert right > 0.5
    assert gpunet.evaluate(network, few.train.images, names).accuracy == right


@pytest.mark.parametrize("given", ["pair", "share", "split"])
def test_what_is_watched_can_be_given_in_three_ways(few: Dataset, given: str) -> None:
    watched: Any = {
        "pair": (few.validation.images, few.validation.labels),
        "share": 0.2,
        "split": few.validation,
    }[given]
    network = gpunet.Network([64, 10], device="cpu")
    history = gpunet.fit(network, few.train.images, few.train.labels, epochs=1, validation=watched)
    assert history[0].accuracy is not None


def test_a_share_keeps_back_every_class_alike_and_trains_on_the_rest(few: Dataset) -> None:
    y = np.repeat([0, 1], [80, 20])
    X = np.zeros((100, 4), np.uint8)
    history = gpunet.fit(gpunet.Network([4, 2]), X, y, epochs=1, batch_size=1, validation=0.25)
    assert history[0].steps == 75


def test_without_anything_to_watch_nothing_is_watched(few: Dataset) -> None:
    history = gpunet.fit(gpunet.Network([64, 10]), few.train.images, few.train.labels, epochs=1)
    assert (history[0].accuracy, history[0].cost) == (None, None)


def test_a_line_is_learnt_from_targets(device: Device) -> None:
    """Least squares, against the normal equations."""
    draw = np.random.default_rng(5)
    X, w = draw.random((200, 3)), np.array([[1.0, -2.0, 0.5], [0.3, 0.0, 4.0]])
    y = X @ w.T + [0.25, -1.0]
    network = gpunet.Network([3, 2], activation="linear", device=device, dtype="float64")
    history = gpunet.fit(network, X, y, epochs=300, learning_rate=0.5, validation=(X, y))
    np.testing.assert_allclose(network.device.host(network.weights[0]), w, atol=1e-3)
    np.testing.assert_allclose(network.device.host(network.biases[0]), [0.25, -1.0], atol=1e-3)
    assert history[-1].accuracy is None
    expected = 0.5 * np.mean(np.sum((network.feedforward(X) - y) ** 2, axis=1))
    assert history[-1].cost == pytest.approx(expected, rel=1e-9)


def test_one_output_takes_a_vector_of_targets() -> None:
    X = np.linspace(0, 1, 50).reshape(-1, 1)
    network = gpunet.Network([1, 1], activation="linear", dtype="float64")
    gpunet.fit(network, X, 3 * X[:, 0], epochs=300, learning_rate=0.3)
    np.testing.assert_allclose(network.feedforward([[0.5]]), [[1.5]], atol=1e-2)


def test_a_weight_of_two_is_a_sample_given_twice(device: Device) -> None:
    """In whole batches, to rounding: the gradients are the same sums."""
    draw = np.random.default_rng(2)
    X, y = draw.random((12, 5)), draw.integers(0, 3, 12)
    weights = draw.integers(0, 4, 12)
    options: dict[str, Any] = {"epochs": 20, "batch_size": 1000, "learning_rate": 1.0}
    weighted, repeated = (
        gpunet.Network([5, 4, 3], device=device, dtype="float64", cost="cross-entropy")
        for _ in range(2)
    )
    gpunet.fit(weighted, X, y, sample_weight=weights, **options)
    gpunet.fit(repeated, np.repeat(X, weights, axis=0), np.repeat(y, weights), **options)
    np.testing.assert_allclose(parameters(weighted), parameters(repeated), rtol=1e-10)


@pytest.mark.parametrize("engine", ["eager", "graph"])
@pytest.mark.parametrize("kind", ["floats", "weights", "targets"])
def test_engines_train_any_samples_alike(gpu: Device, engine: str, kind: str) -> None:
    from gpunet.datasets.samples import Arrays, Samples
    from gpunet.training.config import TrainingConfig
    from gpunet.training.trainer import Trainer

    draw = np.random.default_rng(4)
    images = draw.random((23, 6)).astype(np.float32)
    labels = draw.integers(0, 3, 23)
    samples = {
        "floats": Samples(images, labels),
        "weights": Samples((images * 255).astype(np.uint8), labels, images[:, 0]),
        "targets": Samples(images, images[:, :3]),
    }[kind]
    data = Arrays(samples, None, (1, 6), 1.0 if kind != "weights" else 1 / 256)
    found = []
    for device, name in ((gpunet.open_device("cpu"), "eager"), (gpu, engine)):
        network = gpunet.Network([6, 5, 3], device=device, seed=1)
        Trainer(network, data, TrainingConfig(epochs=3, batch_size=5), None, name).train()
        found.append(parameters(network))
    np.testing.assert_allclose(found[1], found[0], atol=1e-5)


def test_the_fused_engine_leaves_other_samples_to_the_next(gpu: Device, few: Dataset) -> None:
    network = gpunet.Network([64, 9, 10], device=gpu, seed=3)
    floats = (few.train.images / 16).astype(np.float32)
    gpunet.fit(network, floats, few.train.labels, epochs=1)
    expected = gpunet.Network([64, 9, 10], seed=3)
    gpunet.fit(expected, floats, few.train.labels, epochs=1)
    np.testing.assert_allclose(parameters(network), parameters(expected), atol=1e-4)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "floats beyond 1": ({"X": 16.0}, r"floats from 0 to 16.*scale=1/16"),
    "negative floats": ({"X": -1.0}, r"beyond 0 to 1: say what .* scale=1 to take them"),
    "NaN": ({"X": np.nan}, "NaN or infinity"),
    "infinity": ({"X": np.inf}, "NaN or infinity"),
    "a class too many": ({"y": 10}, "label 10 is out of range: this network has 10 outputs"),
    "half a class": ({"y": 0.5}, "y holds fractions"),
    "a name too many": ({"y": "ten"}, r"y names \d+ classes"),
    "validation in words": ({"validation": "10 %"}, "validation: '10 %' is no data set"),
    "a share above 1": ({"validation": 2}, "validation 2: give a share"),
    "a weight below 0": ({"sample_weight": -1}, "sample_weight: needed numbers of 0 or more"),
    "a scale in words": ({"scale": "1/16"}, "input scale '1/16': give a positive number"),
    "test to watch": ({"monitor": "test"}, "monitor 'test': choose one of train"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    device: Device, few: Dataset, case: str
) -> None:
    change, complaint = REFUSED[case]
    X: Any = few.train.images / 16
    y: Any = few.train.labels.copy()
    others = dict(change)
    if "X" in others:
        X[3, 4] = others.pop("X")
    if "y" in others:
        odd = others.pop("y")
        y = NAMES[y].astype(object) if isinstance(odd, str) else y.astype(float)
        y[5] = odd
    if "sample_weight" in others:
        others["sample_weight"] = np.where(np.arange(len(y)) == 7, others["sample_weight"], 1)
    network = gpunet.Network([64, 9, 10], device=device)
    before = parameters(network).tobytes(), network.input_scale, network.classes
    with pytest.raises(gpunet.InputError, match=complaint):
        gpunet.fit(network, X, y, **others)
    assert (parameters(network).tobytes(), network.input_scale, network.classes) == before


def test_arguments_that_go_with_arrays_are_refused_beside_a_data_set(few: Dataset) -> None:
    for name, value in {"validation": 0.1, "scale": 1.0, "sample_weight": [1.0]}.items():
        with pytest.raises(gpunet.InputError, match=f"{name} goes with arrays"):
            gpunet.fit(gpunet.Network([64, 10]), few, **{name: value})  # type: ignore[arg-type]


def fitted(X: Any, y: Any, sizes: list[int] | None = None, **options: Any) -> gpunet.Network:
    network = gpunet.Network(sizes or [64, 20, 10], seed=2)
    gpunet.fit(network, X, y, **{"epochs": 10, **options})
    return network


def test_whole_numbers_mean_to_a_network_of_fractions_what_they_are() -> None:
    """Exclusive or: a network that learnt 0.0 and 1.0 is asked with 0 and 1."""
    X, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    network = fitted(X, y, [2, 8, 2], epochs=3000, learning_rate=3.0)
    for asked in (X, X.astype(int), X.astype(np.uint8), X.astype(int).tolist(), X.astype(bool)):
        np.testing.assert_array_equal(network.predict(asked), y)


def test_pixels_mean_to_a_network_of_fractions_what_they_are_in_their_kind(few: Dataset) -> None:
    X, y = few.train.images, few.train.labels
    network = fitted(X / 16, y)
    expected = network.predict(X / 16)
    for asked in (X, X.astype(int), X.astype(np.int16)):
        np.testing.assert_array_equal(network.predict(asked), expected)
    right = float(np.mean(expected == y))
    assert gpunet.evaluate(network, few.train).accuracy == right


def test_pixels_keep_their_scale_however_dark_a_later_batch_is(few: Dataset) -> None:
    network = gpunet.Network([64, 10])
    bright = few.train.images * np.uint8(15)  # up to 240
    for darker in (1, 15, 240):
        gpunet.fit(network, bright // np.uint8(darker), few.train.labels, epochs=1)
        assert network.input_scale == 1 / 256


def test_what_numbers_mean_is_saved(few: Dataset, tmp_path: Any) -> None:
    X, y = few.train.images, few.train.labels
    for network in (fitted(X / 16, y), fitted(X / 16, NAMES[y]), fitted(X * 1.0, y, scale=1 / 16)):
        gpunet.save(network, tmp_path / "a.safetensors")
        loaded = gpunet.load(tmp_path / "a.safetensors", "cpu")
        np.testing.assert_array_equal(loaded.predict(X.astype(int)), network.predict(X.astype(int)))


def test_only_training_learns_names(few: Dataset) -> None:
    network = fitted(few.train.images, few.train.labels)
    with pytest.raises(gpunet.InputError, match="holds names, and this network knows none"):
        gpunet.evaluate(network, few.train.images, NAMES[few.train.labels])


def test_a_data_set_with_names_teaches_them(few: Dataset) -> None:
    from dataclasses import replace

    named = replace(few, classes=tuple(map(str, NAMES)))
    network = gpunet.Network([64, 10])
    gpunet.fit(network, named, epochs=5)
    assert network.classes == tuple(NAMES)
    assert set(network.predict(few.test.images)) <= set(NAMES)


@pytest.mark.parametrize("given", ["evaluate", "split"])
def test_a_scale_is_taken_wherever_it_is_said(few: Dataset, given: str) -> None:
    network = fitted(few.train.images, few.train.labels)
    asked = few.test if given == "split" else (few.test.images, few.test.labels)
    usual = gpunet.evaluate(network, asked).accuracy
    assert gpunet.evaluate(network, asked, scale=1 / 16).accuracy == usual
    assert gpunet.evaluate(network, asked, scale=1e-9).accuracy < 0.5 < usual
    booleans = few.test.images > 7
    np.testing.assert_allclose(
        network.feedforward(booleans, scale=0.1), network.feedforward(0.1 * booleans), atol=1e-6
    )


def test_networks_to_which_numbers_mean_something_else_form_no_committee(few: Dataset) -> None:
    X, y = few.train.images, few.train.labels
    first = fitted(X * 1.0, y, scale=1 / 16)
    second = fitted(X, y)
    with pytest.raises(gpunet.InputError, match="these must be alike"):
        gpunet.Committee([first, second])


def test_one_output_has_no_probabilities_of_classes() -> None:
    network = gpunet.Network([3, 1], cost="cross-entropy")
    for asked in (network.predict, network.predict_proba):
        with pytest.raises(gpunet.InputError, match="this network has one: feedforward gives it"):
            asked(np.zeros((2, 3)))


def test_weights_may_be_as_large_as_numbers_are(few: Dataset) -> None:
    X, y = few.train.images, few.train.labels
    plain = fitted(X, y)
    weighted = fitted(X, y, sample_weight=np.full(len(y), 1e307))
    np.testing.assert_allclose(parameters(weighted), parameters(plain), atol=1e-5)


def test_a_small_share_of_many_classes_is_kept_back() -> None:
    """400 samples of 100 classes: four of each, of which a tenth is less than one."""
    X, y = np.zeros((400, 2), np.uint8), np.repeat(np.arange(100), 4)
    network = gpunet.Network([2, 100])
    history = gpunet.fit(network, X, y, epochs=1, batch_size=1, validation=0.1)
    assert history[0].steps == 360


MISSING: dict[str, tuple[dict[str, Any], str]] = {
    "none among names": ({"y": ["a", None]}, "y: values are missing"),
    "NaN among names": ({"y": ["a", float("nan")]}, "y: values are missing"),
    "NaN among labels": ({"y": [1.0, float("nan")]}, "y holds NaN or infinity"),
    "bytes that are no text": ({"y": [b"a", b"\xff"]}, "y holds bytes that are no UTF-8"),
    "no samples": ({"X": np.zeros((0, 3))}, "there are no samples in them"),
    "too large": ({"X": np.full((2, 3), 1e300), "scale": 1}, r"as large as 1e\+300"),
    "three arrays": ({"X": (1, 2, 3), "y": None}, "weights as sample_weight"),
    "a data set to watch": ({"validation": "digits"}, "has three splits: give one"),
}


@pytest.mark.parametrize("case", MISSING)
def test_what_is_missing_or_too_much_is_told(digits: Dataset, case: str) -> None:
    given: dict[str, Any] = {"X": np.zeros((2, 3)), "y": [0, 1], **MISSING[case][0]}
    if given.get("validation") == "digits":
        given["validation"] = digits
    X, y = given.pop("X"), given.pop("y")
    with pytest.raises(gpunet.InputError, match=MISSING[case][1]):
        gpunet.fit(gpunet.Network([3, 2]), X, y, epochs=1, **given)
