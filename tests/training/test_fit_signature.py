"""`fit` writes out the options of `TrainingConfig`, for editors and type checkers."""

import inspect
import re
from typing import Any

import pytest

import gpunet
from gpunet.core.options import options_of
from gpunet.datasets.dataset import Dataset
from gpunet.training.config import TrainingConfig
from tests.training.written_out import missing_from_fit


def test_every_option_is_written_out_with_its_type_and_default() -> None:
    assert missing_from_fit() == []


def test_help_tells_what_each_of_them_is() -> None:
    told = re.sub(r"\s+", " ", str(inspect.getdoc(gpunet.fit)))
    for each in options_of(TrainingConfig):
        assert f"{each.name}: {each.help}" in told
        assert f"default: {each.default_in_words}]" in told


def test_what_is_given_reaches_the_training(few: Dataset) -> None:
    given: dict[str, Any] = {"epochs": 2, "batch_size": 5, "learning_rate": 0.25}
    history = gpunet.fit(
        gpunet.Network([64, 10], device="cpu"), few, **given, schedule="step:1:0.5"
    )
    assert [record.learning_rate for record in history] == [0.25, 0.125]
    assert history[0].steps == -(-len(few.train) // 5)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"learningrate": 3}, "no option 'learningrate'; did you mean learning_rate\\?"),
        ({"dropout": 0.5}, "no option 'dropout'; it is given to Network"),
        ({"activation": "relu"}, "no option 'activation'; it is given to Network"),
        ({"hurry": True}, "no option 'hurry'$"),
        ({"rotation": 999}, "^rotation 999: give a number from 0 to 180"),
        ({"epochs": 1.5}, "^epochs 1.5: give a whole number from 1 to 1,000,000"),
    ],
)
def test_what_it_does_not_take_is_refused(
    few: Dataset, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(gpunet.InputError, match=complaint):
        gpunet.fit(gpunet.Network([64, 10], device="cpu"), few, **options)
