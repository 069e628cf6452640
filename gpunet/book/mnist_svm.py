"""Chapter 1's second baseline: scikit-learn's support vector machine."""

from gpunet.book import mnist_loader
from gpunet.book.baselines import train_svm

__all__ = ["svm_baseline"]


def svm_baseline() -> None:
    """Print how many of MNIST's test images a support vector machine recognises, after minutes.

    Raises:
        InputError: scikit-learn is not installed.
    """
    training_data, _, test_data = mnist_loader.load_data()
    images, labels = test_data
    num_correct = int((train_svm(*training_data).predict(images) == labels).sum())
    print("Baseline classifier using an SVM.")
    print(f"{num_correct} of {len(labels)} values correct.")


if __name__ == "__main__":
    svm_baseline()
