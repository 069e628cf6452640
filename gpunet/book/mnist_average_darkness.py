"""Chapter 1's first baseline: an image is the digit whose images are, on average, as dark."""

from typing import Any

import numpy as np

from gpunet.book import mnist_loader
from gpunet.book.baselines import average_darkness, nearest

__all__ = ["avg_darknesses", "guess_digit", "main"]


def main() -> None:
    """Print how many of MNIST's test images are recognised by their darkness."""
    training_data, _, test_data = mnist_loader.load_data()
    avgs = avg_darknesses(training_data)
    num_correct = sum(
        guess_digit(image, avgs) == digit for image, digit in zip(*test_data, strict=True)
    )
    print("Baseline classifier using average darkness of image.")
    print(f"{num_correct} of {len(test_data[1])} values correct.")


def avg_darknesses(training_data: mnist_loader.Images) -> dict[int, float]:
    """For each digit in the training data, a pair (images, labels), its images' average sum."""
    averages = average_darkness(*training_data)
    return {digit: float(averages[digit]) for digit in np.unique(training_data[1]).tolist()}


def guess_digit(image: Any, avgs: dict[int, float]) -> int:
    """The digit of `avgs` whose average is nearest to the sum of the image's pixels."""
    digits, averages = list(avgs), np.array(list(avgs.values()))
    return digits[int(nearest(np.reshape(image, (1, -1)), averages)[0])]


if __name__ == "__main__":
    main()
