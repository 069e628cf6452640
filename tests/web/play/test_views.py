"""What is seen of a network is what it is."""

from base64 import b64decode

import numpy as np

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.web.play.views import MOST_WRONG, Views


def make(device: Device, digits: Dataset, *layers: object) -> tuple[gpunet.Network, Views]:
    network = gpunet.Network([*layers, 10], device=device, seed=3, input_scale=digits.scale)
    return network, Views(network, digits)


def test_figures_are_those_of_evaluate(device: Device, digits: Dataset) -> None:
    network, views = make(device, digits, 64, 12)
    seen = views.look()["validation"]
    found = gpunet.evaluate(network, digits.validation)
    assert seen["accuracy"] == found.accuracy
    assert abs(seen["cost"] - found.cost) < 1e-6
    assert views.describe()["measured"] == [1000, len(digits.validation)]


def test_wrong_images_are_the_first_misread(device: Device, digits: Dataset) -> None:
    network, views = make(device, digits, 64, 12)
    guesses = device.host(network.predict(digits.validation.images))
    wrong = np.flatnonzero(guesses != digits.validation.labels)[:MOST_WRONG]
    seen = views.look()["wrong"]
    assert [each["place"] for each in seen] == list(wrong)
    assert [each["guess"] for each in seen] == [str(guesses[place]) for place in wrong]
    assert [each["truth"] for each in seen] == [
        str(digits.validation.labels[place]) for place in wrong
    ]
    first = np.frombuffer(b64decode(seen[0]["pixels"]), np.uint8)
    assert (first == digits.validation.images[wrong[0]].astype(int) * 255 // 16).all()


def test_weights_are_images_on_one_scale(device: Device, digits: Dataset) -> None:
    network, views = make(device, digits, 64, 12)
    described = views.describe()["weights"]
    assert described == {"shape": (12, 8, 8), "of": 12, "filters": False, "outputs": False}
    text = views.look()["weights"]
    seen = np.frombuffer(b64decode(text), np.int8).reshape(12, 64)
    weights = device.host(network.weights[0])
    reach = np.quantile(np.abs(weights), 0.995)
    assert (
        np.abs(seen / 127 * reach - np.clip(weights, -reach, reach)) <= 0.51 * reach / 127
    ).all()


def test_filters_are_seen_too(device: Device, digits: Dataset) -> None:
    network = gpunet.Network([(8, 8), "3C3", "MP2", 10], device=device, input_scale=digits.scale)
    assert Views(network, digits).describe()["weights"] == {
        "shape": (3, 3, 3),
        "of": 3,
        "filters": True,
        "outputs": False,
    }


def test_a_table_has_no_images(device: Device, digits: Dataset) -> None:
    table = Dataset("table", digits.train, digits.validation, digits.test, (1, 64), 16)
    network = gpunet.Network([64, 10], device=device, input_scale=table.scale)
    views = Views(network, table)
    assert views.describe()["weights"] is None
    assert views.look()["weights"] is None


def test_the_image_looked_at_is_chosen(device: Device, digits: Dataset) -> None:
    network, views = make(device, digits, 64, 12)
    for place, found in ((5, 5), (-1, len(digits.validation) - 1), (len(digits.validation), 0)):
        views.choose(place)
        image = views.image()
        assert image is not None
        assert image["place"] == found
        assert image["truth"] == str(digits.validation.labels[found])
        best = int(network.predict(digits.validation.images[found]))
        assert image["guesses"][0]["label"] == str(best)
        assert len(image["layers"]) == 2
    views.draw(digits.test.images[0])
    drawn = views.image()
    assert drawn is not None
    assert (drawn["place"], drawn["truth"]) == (None, "")


def test_what_is_no_number_is_left_out(device: Device, digits: Dataset) -> None:
    network, views = make(device, digits, 64, 12)
    network.parameters.array[...] = np.nan
    seen = views.look()
    assert seen["weights"] is seen["image"] is seen["validation"]["cost"] is None
