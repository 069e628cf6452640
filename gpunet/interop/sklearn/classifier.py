"""A network that classifies, as scikit-learn's estimators do."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.core.words import shown
from gpunet.interop.sklearn.estimator import NetworkEstimator
from gpunet.interop.sklearn.making import Given


@dataclass(eq=False, repr=False)
class NetworkClassifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]
    """A network that classifies, for scikit-learn: one class a sample, or several (multi-label).

    Args:
        class_weight: how much the samples of each class count: a dict, "balanced", or None.
        hidden_layer_sizes, activation, ...: see `NetworkEstimator`.

    Attributes:
        classes_: the classes, in the order of the probabilities.
        network_, n_iter_, loss_curve_, ...: see `NetworkEstimator`.
    """

    class_weight: Any = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on samples X (n, features) with classes y, (n,) or indicators (n, labels).

        Args:
            X: floats, or whole numbers; taken as they are, so bring them to about 0 to 1 first.
            y: numbers or names.
            sample_weight: how much each sample counts (n,).
        """
        self._train(X, y, sample_weight, incremental=False)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Go through these samples once, from where the network is.

        Args:
            X, y, sample_weight: as for `fit`.
            classes: all that y will ever hold; needed in the first call, unless y holds them all,
                and the same in every later one, or None.
        """
        self._train(X, y, sample_weight, incremental=True, classes=classes)
        return self

    def predict(self, X: Any) -> HostArray:
        """The class of each sample (n,), or indicators (n, labels)."""
        outputs = self._compute(X)
        if self._multilabel:
            return (outputs > 0.5).astype(int)
        found: HostArray = self.classes_[outputs.argmax(axis=1)]
        return found

    def predict_proba(self, X: Any) -> HostArray:
        """The probability of each class, in the order of `classes_`: (n, classes)."""
        return self._compute(X)

    def predict_log_proba(self, X: Any) -> HostArray:
        """The logarithms of these."""
        shares = self.predict_proba(X)
        logarithms: HostArray = np.log(np.maximum(shares, np.finfo(shares.dtype).tiny))
        return logarithms

    def _learn_classes(self, y: HostArray, classes: HostArray | None) -> None:
        self._multilabel = is_multilabel(y)
        if classes is None:
            classes = np.arange(y.shape[1]) if self._multilabel else np.unique(y)
        self.classes_ = classes

    def _encode(self, y: HostArray, fresh: bool, incremental: bool, classes: Any) -> HostArray:
        check_classification_targets(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        multilabel = is_multilabel(y)
        if y.ndim == 2 and not multilabel:
            raise InputError(
                "y has several columns of classes; needed one, or indicators of 0 and 1"
            )
        told = None if classes is None else read_classes(classes)
        if fresh:
            self._learn_classes(y, told)
        elif told is not None and not np.array_equal(told, self.classes_):
            raise InputError(f"classes {shown(classes)}: in the first call they were others")
        if multilabel != self._multilabel:
            raise InputError("y is of another kind than before: one class a sample, or indicators")
        if multilabel:
            if y.shape[1] != len(self.classes_):
                raise InputError(f"y has {y.shape[1]} labels a sample; needed {len(self.classes_)}")
            return y.astype(np.float64)
        if not (fresh or incremental) and not np.array_equal(np.unique(y), self.classes_):
            raise InputError(
                f"warm_start goes on with the classes it had, {self.classes_.tolist()}, and y has "
                f"{np.unique(y).tolist()}: give samples of all, call partial_fit, or set "
                "warm_start=False"
            )
        strange = np.setdiff1d(y, self.classes_)
        if len(strange):
            raise InputError(f"y has classes that are not among classes_: {strange.tolist()}")
        return np.searchsorted(self.classes_, y)

    def _outputs(self) -> tuple[int, str, str]:
        if self._multilabel:
            return len(self.classes_), "sigmoid", "cross-entropy"
        return len(self.classes_), "softmax", "log-likelihood"

    def _weigh(self, y: HostArray, weights: HostArray | None) -> HostArray | None:
        if self.class_weight is None:
            return weights
        try:
            of_class: HostArray = compute_sample_weight(self.class_weight, y)
        except (ValueError, TypeError):
            raise InputError(
                f"class_weight {shown(self.class_weight)}: give None, 'balanced', or a dict from "
                "classes to numbers"
            ) from None
        if not np.isfinite(of_class).all() or of_class.min() < 0 or not of_class.any():
            raise InputError(
                f"class_weight {shown(self.class_weight)}: needed numbers of 0 or more, not all of "
                "them 0"
            )
        return of_class if weights is None else of_class * weights

    def _score_of(self, outputs: HostArray, given: Given) -> float:
        guessed = outputs > 0.5 if self._multilabel else outputs.argmax(axis=1)
        return float(accuracy_score(given.y, guessed, sample_weight=given.weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def read_classes(classes: Any) -> HostArray:
    """All classes, each once and in order, or InputError."""
    try:
        return np.unique(np.asarray(classes))
    except (TypeError, ValueError):
        raise InputError(f"classes {shown(classes)}: give numbers or names") from None


def is_multilabel(y: Any) -> bool:
    return str(type_of_target(y, input_name="y")) == "multilabel-indicator"
