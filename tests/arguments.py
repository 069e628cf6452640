"""Arguments for every public name: right ones, and whatever may be given by mistake."""

from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import gpunet
from gpunet import interop
from gpunet.datasets.dataset import Dataset

# So many digits that Python refuses to write it.
HUGE = -(10**5000)


def wrong(place: Path) -> tuple[Any, ...]:
    """What may be given by mistake, made anew each time."""
    numbers = (-1, 0, 1.5, 10**400, HUGE, 1j, float("nan"), float("inf"), np.float32(-2))
    words = ("", " ", "seeds", "long " * 200, "two\nlines", "nul\0", "\ud800", b"digits")
    lists: Any = (
        [],
        [[1, 2], [3]],
        ["a", "b"],
        [None] * 20,
        [object()],
        [10**400, 10],
        (1, 2),
        (0,),
    )
    others: Any = (
        {},
        {"a": 1},
        {1, 2},
        object(),
        object,
        print,
        date(2020, 1, 1),
        slice(3),
        range(3),
    )
    shapes = ((), (0,), (3,), (20, 3), (0, 64), (1, 64), (2, 2, 2, 2, 2))
    kinds = ("c16", "M8[s]", "O", "U3", "S3", "V4", "?", "i8")
    arrays = [np.zeros(shape) for shape in shapes]
    arrays += [np.zeros(shape, kind) for kind in kinds for shape in (20, (20, 64))]
    filled = [np.full((20, 64), np.nan), np.full(20, -1), np.full(20, np.inf), np.full(20, 2**63)]
    places = (
        str(place / "missing" / "file"),
        place / "missing",
        place,
        str(place),
        "cuda:9",
        "tpu",
    )
    given = (None, True, False, *numbers, *words, *lists, *others, *arrays, *filled, *places)
    return (*given, (i for i in range(3)), iter(["a"]))


def rights(place: Path, digits: Dataset) -> dict[str, Any]:
    """A right argument for a parameter, by its name, or by its owner's and its own."""
    few = digits.test[:20]
    small = Dataset("few", few, few, few, digits.shape, digits.max_pixel, digits.classes)
    network = gpunet.Network([64, 10])
    gpunet.save(network, place / "saved")
    record = gpunet.EpochRecord(1, 2, 3.0, 0.5, 0.25)
    return {
        "accuracy": 0.5,
        "biases": network.biases,
        "confusion": np.eye(10, dtype=np.int64),
        "dataset": small,
        "device": "cpu",
        "epoch": 1,
        "epochs": 1,
        "flat": network.parameters.array,
        "folder": place / "board",
        "hidden_layer_sizes": 5,
        "images": few.images,
        "records": [record],
        "labels": few.labels,
        "learning_rate": 3.0,
        "max_iter": 1,
        "message": "diverged",
        "module": interop.to_torch(network) if find_spec("torch") else None,
        "most": 3,
        "network": network,
        "networks": [network],
        "ones": np.ones(20),
        "path": place / "network",
        "record": record,
        "right": np.ones(20, bool),
        "right_a": np.ones(20, bool),
        "right_b": np.ones(20, bool),
        "rows": [record.to_json()],
        "said": record.to_json(),
        "samples": 20,
        "share": 0.5,
        "sizes": [64, 10],
        "source": "digits",
        "split": few,
        "step": 1,
        "steps": 2,
        "test": few,
        "train": few,
        "trainer": None,
        "validation": 0.5,
        "weights": network.weights,
        "x": few.images,
        "y": few.labels,
        "deskew.shape": (8, 8),
        "Dataset.name": "few",
        "Dataset.shape": (8, 8),
        "Dataset.validation": few,
        "EpochRecord.cost": 0.25,
        "Evaluation.cost": 0.25,
        "NetworkClassifier.learning_rate": "constant",
        "NetworkRegressor.learning_rate": "constant",
        "Split.weights": None,
        "evaluate.y": None,
        "fit.validation": None,
        "fit.y": None,
        "load.path": place / "saved",
    }
