"""The book's JSON files, written and read as the book's program does."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpunet.backend.device import Device
from gpunet.book.network2 import CrossEntropyCost, Network, QuadraticCost, load
from gpunet.core.errors import InputError

GOOD: dict[str, Any] = {
    "sizes": [2, 1],
    "weights": [[[0.5, -1]]],
    "biases": [[[2.0]]],
    "cost": "QuadraticCost",
}


def test_a_saved_network_is_what_the_books_program_expects(tmp_path: Path) -> None:
    network = Network([3, 4, 2], cost=QuadraticCost)
    network.save(tmp_path / "net.json")
    content = json.loads((tmp_path / "net.json").read_text())
    assert list(content) == ["sizes", "weights", "biases", "cost"]
    assert content["sizes"] == [3, 4, 2]
    assert content["cost"] == "QuadraticCost"
    for found, array in zip(content["weights"] + content["biases"],
                            network.weights + network.biases, strict=True):  # fmt: skip
        np.testing.assert_array_equal(np.array(found), array)


def test_a_file_of_the_books_program_is_loaded(device: Device, tmp_path: Path) -> None:
    (tmp_path / "book.json").write_text(json.dumps(GOOD))
    network = load(str(tmp_path / "book.json"), device=device)
    assert network.cost is QuadraticCost
    assert network.sizes == [2, 1]
    output = network.feedforward(np.array([[1.0], [2.0]]))
    np.testing.assert_allclose(output, 1 / (1 + np.exp([[-0.5]])))


def test_what_was_saved_is_loaded_to_the_last_digit(tmp_path: Path) -> None:
    network = Network([5, 4, 3])
    network.save(str(tmp_path / "net"))
    again = load(tmp_path / "net")
    assert again.cost is CrossEntropyCost
    for ours, theirs in zip(again.weights + again.biases, network.weights + network.biases,
                            strict=True):  # fmt: skip
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("not json", "not a JSON file"),
        ("[" * 100_000, "not a JSON file"),
        ("[1, 2]", "not a network"),
        ("7", "not a network"),
        ({"cost": None}, "unknown cost None"),
        ({"cost": "Network"}, "unknown cost 'Network'"),
        ({"cost": "__import__('os').abort()"}, "unknown cost"),
        ({"sizes": [2, 3]}, r"sizes \[2, 3\]"),
        ({"sizes": [1000000000, 1000000000]}, "sizes"),
        ({"sizes": "ab"}, "layer sizes"),
        ({"weights": [[[1], [2, 3]]]}, "weights are not"),
        ({"weights": [[["1", "2"]]]}, "weights are not"),
        ({"weights": []}, "0 arrays of weights"),
        ({"weights": 3}, "weights is not a list"),
        ({"biases": [[2.0]]}, r"needed \(n_out, 2\)"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, content: Any, words: str) -> None:
    text = content if isinstance(content, str) else json.dumps(GOOD | content)
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing")


def test_nobody_waits_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "net.json")
    with pytest.raises(InputError, match="a named pipe"):
        load(str(tmp_path / "net.json"))
