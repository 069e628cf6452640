"""The book's algorithms, sample by sample, as the chapters tell them: what this room must equal.

What is multiplied first, and what is added first, is as there, so that equal can mean to the bit.
"""

import random
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

Pair = tuple[Any, Any]


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


class Plain:
    """A network of sigmoid layers; cost "quadratic" or "cross-entropy"; λ/n times w decays."""

    def __init__(self, sizes: list[int], cost: str = "quadratic", scaled: bool = False) -> None:
        self.cost = cost
        self.biases = [np.random.randn(size, 1) for size in sizes[1:]]  # noqa: NPY002
        self.weights = []
        for below, above in pairwise(sizes):
            drawn = np.random.randn(above, below)  # noqa: NPY002
            self.weights.append(drawn / np.sqrt(below) if scaled else drawn)

    def activations(self, x: Any) -> list[Any]:
        """x and the outputs of every layer."""
        found = [x]
        for w, b in zip(self.weights, self.biases, strict=True):
            found.append(sigma(np.dot(w, found[-1]) + b))
        return found

    def gradient(self, x: Any, y: Any) -> tuple[list[Any], list[Any]]:
        """∂C/∂b and ∂C/∂w for one sample, by BP1 to BP4."""
        a = self.activations(x)
        delta = a[-1] - y
        if self.cost == "quadratic":
            delta = delta * (a[-1] * (1 - a[-1]))
        by_b, by_w = [delta], [np.dot(delta, a[-2].T)]
        for layer in range(len(self.weights) - 1, 0, -1):
            delta = np.dot(self.weights[layer].T, delta) * (a[layer] * (1 - a[layer]))
            by_b.insert(0, delta)
            by_w.insert(0, np.dot(delta, a[layer - 1].T))
        return by_b, by_w

    def step(self, batch: list[Pair], eta: float, lmbda: float = 0.0, n: int = 1) -> None:
        gradients = [self.gradient(x, y) for x, y in batch]
        for layer in range(len(self.weights)):
            by_b = sum(g[0][layer] for g in gradients)
            by_w = sum(g[1][layer] for g in gradients)
            kept = (1 - eta * (lmbda / n)) * self.weights[layer]
            self.weights[layer] = kept - (eta / len(batch)) * by_w
            self.biases[layer] = self.biases[layer] - (eta / len(batch)) * by_b

    def epoch(self, data: list[Pair], size: int, eta: float, lmbda: float = 0.0) -> None:
        random.shuffle(data)
        for start in range(0, len(data), size):
            self.step(data[start : start + size], eta, lmbda, len(data))

    def correct(self, data: Iterable[Pair]) -> int:
        """How many are recognised; y a label or a column."""
        hits = 0
        for x, y in data:
            label = y if np.ndim(y) == 0 else np.argmax(y)
            hits += int(np.argmax(self.activations(x)[-1]) == label)
        return hits

    def mean_cost(self, data: list[Pair], lmbda: float) -> float:
        """The regularised cost; y columns."""
        total = 0.5 * lmbda * sum(float((w**2).sum()) for w in self.weights)
        for x, y in data:
            a = self.activations(x)[-1]
            if self.cost == "quadratic":
                total += 0.5 * float(((a - y) ** 2).sum())
            else:
                total -= float((y * np.log(a) + (1 - y) * np.log(1 - a)).sum())
        return total / len(data)
