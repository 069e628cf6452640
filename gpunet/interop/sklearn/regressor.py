"""A network with linear outputs, as scikit-learn's estimators of numbers."""

from dataclasses import dataclass
from typing import Any, Self

from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.interop.sklearn.estimator import NetworkEstimator
from gpunet.interop.sklearn.making import Given


@dataclass(eq=False, repr=False)
class NetworkRegressor(RegressorMixin, NetworkEstimator):  # type: ignore[misc]
    """A network with linear outputs and the quadratic cost, for scikit-learn.

    Args:
        hidden_layer_sizes, activation, ...: see `NetworkEstimator`.

    Attributes:
        network_, n_iter_, loss_curve_, ...: see `NetworkEstimator`.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on samples X (n, features) with targets y, (n,) or (n, outputs).

        Args:
            X: floats, or whole numbers; taken as they are, so bring them to about 0 to 1 first.
            y: numbers.
            sample_weight: how much each sample counts (n,).
        """
        self._train(X, y, sample_weight, incremental=False)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Go through these samples once, from where the network is."""
        self._train(X, y, sample_weight, incremental=True)
        return self

    def predict(self, X: Any) -> HostArray:
        """The target of each sample: (n,), or (n, outputs)."""
        outputs = self._compute(X)
        return outputs[:, 0] if self._flat else outputs

    def _encode(self, y: HostArray, fresh: bool, incremental: bool, classes: Any) -> HostArray:
        flat = y.ndim == 1 or y.shape[1] == 1
        y = y.reshape(len(y), -1)
        if fresh:
            self._flat, self._targets = flat, y.shape[1]
        if y.shape[1] != self._targets:
            raise InputError(f"y has {y.shape[1]} targets a sample, before it had {self._targets}")
        return y

    def _outputs(self) -> tuple[int, str, str]:
        return self._targets, "linear", "quadratic"

    def _score_of(self, outputs: HostArray, given: Given) -> float:
        return float(r2_score(given.y, outputs, sample_weight=given.weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
