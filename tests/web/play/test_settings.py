"""Settings as they are typed become a training, or a sentence on what is wrong."""

import pytest

from gpunet.backend.choose import open_device
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.nn.optimizers.table import OPTIMIZERS
from gpunet.runs.config import RunConfig
from gpunet.training.trainer import Trainer
from gpunet.web.play.settings import describe_settings, make_trainer, read_pace

CPU = open_device("cpu")


def test_by_default_it_is_the_training_of_chapter_1(digits: Dataset) -> None:
    trainer, used = make_trainer({}, digits, CPU)
    assert used is digits
    assert trainer.network.sizes == (64, 30, 10)
    assert (trainer.network.cost.name, trainer.network.activations) == (
        "quadratic",
        ("sigmoid", "sigmoid"),
    )
    plain = RunConfig().training
    assert trainer.config.learning_rate == plain.learning_rate == 3
    assert trainer.batch_size == plain.batch_size == 10


def test_what_the_page_offers_is_taken_by_the_program(digits: Dataset) -> None:
    for setting in describe_settings(["digits", "mnist"]):
        assert setting.help
        assert setting.label
        for value in (setting.value, *setting.choices):
            make_trainer({setting.name: value}, digits, CPU)
    names = {setting.name: setting for setting in describe_settings(["digits"])}
    assert list(names["optimizer"].choices) == list(OPTIMIZERS)
    assert names["initializer"].value == ""
    assert names["learning_rate"].value == ""
    assert not names["learning_rate"].choices, "it is typed"


def test_every_setting_arrives(digits: Dataset) -> None:
    given = {
        "hidden": "12,7",
        "activation": "tanh",
        "cost": "cross-entropy",
        "learning_rate": "0.25",
        "batch_size": "7",
        "l2": "0.5",
        "l1": "0.125",
        "dropout": "0.5,0.25",
        "initializer": "large",
        "optimizer": "nesterov",
        "momentum": "0.75",
        "images": "100",
        "seed": "5",
    }
    trainer, used = make_trainer(given, digits, CPU)
    network, config = trainer.network, trainer.config
    assert network.sizes == (64, 12, 7, 10)
    assert network.activations == ("tanh", "tanh", "sigmoid")
    assert (network.cost.name, network.seed) == ("cross-entropy", 5)
    assert network.dropout == (0.5, 0.25)
    assert network.initializer == "large"
    assert (config.learning_rate, config.l2, config.l1) == (0.25, 0.5, 0.125)
    assert (config.optimizer, config.momentum) == ("nesterov", 0.75)
    assert (trainer.batch_size, len(used.train)) == (7, 100)
    assert used.validation is digits.validation
    offered = {setting.name for setting in describe_settings(["digits"])}
    assert offered == {*given, "data", "pace"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hiden": "30"}, "there is no setting 'hiden'; did you mean hidden"),
        ({"learning_rate": "fast"}, "learning rate 'fast': give a number above 0"),
        ({"hidden": "a lot"}, "hidden 'a lot': "),
        ({"seed": "-1"}, "seed '-1': give a whole number"),
        ({"images": "some"}, "images 'some': give a whole number"),
        ({"activation": "relu", "cost": "quadratic", "momentum": "2"}, "momentum '2'"),
        ({"hidden": "1000000"}, "has 75,000,010 parameters, and the page shows networks of up to"),
        ({"hidden": "20000", "batch_size": "1000"}, "would be too slow to watch; give at most"),
    ],
)
def test_what_is_wrong_is_said(digits: Dataset, given: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as refused:
        make_trainer(given, digits, CPU)
    assert said in str(refused.value)


def test_paces() -> None:
    assert read_pace("", 126) == read_pace("full speed", 126) == float("inf")
    assert read_pace("1 epoch/s", 126) == 126
    assert read_pace("10 steps/s", 126) == 10
    with pytest.raises(InputError, match="choose one of full speed, 1 epoch/s"):
        read_pace("slowly", 126)


def test_it_is_a_trainer_that_monitors_nothing(digits: Dataset) -> None:
    trainer, _ = make_trainer({}, digits, CPU)
    assert isinstance(trainer, Trainer)
    assert trainer.monitor is None
