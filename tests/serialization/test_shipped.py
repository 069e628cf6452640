"""The network that comes with the package: what its card says of it is so."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

import gpunet
from gpunet.datasets.mnist import find_mnist
from gpunet.evaluation.predict import answer, list_images, see
from gpunet.runs.description import style_of
from gpunet.runs.folder import RunFolder
from gpunet.runs.recipe import find_recipe
from gpunet.serialization.shipped import SHIPPED, sample_images, shipped_model, shipped_run

CARD = (shipped_run() / "README.md").read_text(encoding="utf-8")
RUN = RunFolder.open(shipped_run())
RESULT = RUN.description["result"]


def test_the_card_gives_the_models_sha256() -> None:
    assert f"`{hashlib.sha256(shipped_model().read_bytes()).hexdigest()}`" in CARD


def test_the_card_gives_what_was_measured() -> None:
    expected = find_recipe(SHIPPED).expected
    assert expected
    assert f"{expected.test:.2f} ± {expected.test_deviation:.2f} % on test" in CARD
    assert f"{100 * RESULT['accuracy']:.2f} % ({RESULT['correct']:,} of 10,000)" in CARD
    # One of n values is never further than (n − 1) / √n deviations from their mean.
    furthest = (expected.networks - 1) / expected.networks**0.5 * expected.test_deviation
    assert abs(100 * RESULT["accuracy"] - expected.test) <= furthest + 0.02  # of rounding


def test_the_card_names_the_data_and_the_licence() -> None:
    assert "LeCun" in CARD
    assert "CC BY-SA 3.0" in CARD


def test_it_is_the_first_seed_of_its_recipe() -> None:
    recipe, said = find_recipe(SHIPPED), RUN.description
    assert said["seed"] == said["network"]["seed"] == 0
    assert said["network"]["layers"] == [[28, 28], *recipe.options["hidden"], 10]
    of_training = {k: v for k, v in recipe.options.items() if k in said["options"]}
    assert said["options"].items() >= of_training.items()
    assert len(of_training) == len(recipe.options) - len({"data", "hidden", "activation", "cost"})


def test_its_accuracy_is_at_least_what_was_asked_of_it() -> None:
    assert RESULT["accuracy"] >= 0.985
    assert (RESULT["total"], RUN.description["data"]["name"]) == (10_000, "mnist")


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in shipped_run().iterdir()) < 500_000
    assert sum(path.stat().st_size for path in sample_images().iterdir()) < 40_000


def test_its_description_tells_nothing_of_who_made_it() -> None:
    said = (shipped_run() / "run.json").read_text()
    assert "signature" not in said
    assert not re.search(r"/(home|root|work|tmp|Users)\b", said)


def test_it_is_loaded_by_its_name() -> None:
    named, by_path = gpunet.load(SHIPPED, "cpu"), gpunet.load(shipped_model(), "cpu")
    assert named.sizes[0] == 784
    for one, other in zip(named.weights, by_path.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_file_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    gpunet.save(gpunet.Network([3, 2]), SHIPPED)
    assert gpunet.load(SHIPPED).sizes == (3, 2)


def test_it_reads_the_sample_images() -> None:
    paths = list_images([sample_images()])  # all that is there but its README.md
    assert [path.stem for path in paths] == list("0123456789")
    style, classes = style_of(RUN.description)
    pictures = answer(gpunet.load(SHIPPED, "cpu"), [(path, see(path, style)) for path in paths])
    predictions = [digit for picture in pictures for digit in picture.digits]
    assert [classes[each.label] for each in predictions] == [path.stem for path in paths]
    assert min(max(each.probabilities) for each in predictions) > 0.9


@pytest.mark.skipif(not find_mnist(), reason="MNIST is neither in GPUNET_DATA nor in the cache")
def test_it_reaches_the_stated_accuracy_to_the_image() -> None:
    evaluation = gpunet.evaluate(gpunet.load(SHIPPED, "cpu"), gpunet.load_dataset("mnist").test)
    assert (evaluation.correct, evaluation.total) == (RESULT["correct"], RESULT["total"])
