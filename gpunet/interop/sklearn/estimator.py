"""What the estimators for scikit-learn have in common: parameters, and how they are trained."""

import warnings
from abc import abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_regressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.interop.sklearn.making import (
    Given,
    draw_network,
    make_trainer,
    random_of,
    rows_of,
    unchanged_if_refused,
    watched_rows,
    whole,
)
from gpunet.interop.sklearn.rules import ACTIVATIONS, check_parameters
from gpunet.interop.sklearn.watching import Watching
from gpunet.training.state import Snapshot
from gpunet.training.trainer import Trainer


@dataclass(eq=False, repr=False)  # scikit-learn reads the parameters off the signature it makes
class NetworkEstimator(BaseEstimator):  # type: ignore[misc]
    """A feed-forward network as scikit-learn's estimators are used.

    Parameters have the names and the meaning that they have in scikit-learn's MLPClassifier, so
    that it is often enough to change the import.

    Args:
        hidden_layer_sizes: the neurons of each hidden layer.
        activation: of the hidden layers: "relu", "logistic" (or "sigmoid"), "tanh", "identity".
        solver: "adam", "adamw", or "sgd".
        alpha: strength of the L2 penalty; as in scikit-learn, alpha / 2 Σ w² is added to the
            summed cost of each mini-batch.
        batch_size: samples a step; "auto" for 200, or all there are.
        learning_rate: "constant", "adaptive" (a fifth of it whenever more than `n_iter_no_change`
            epochs in a row have not improved by `tol`), or a schedule as `gpunet.fit` takes it.
        learning_rate_init: η.
        max_iter: how often every sample is seen, at most.
        shuffle: whether the order of the samples changes from epoch to epoch.
        random_state: decides the first weights, that order, and what is kept back.
        tol, n_iter_no_change: training ends when more than so many epochs in a row have not
            improved the cost (the score, with `early_stopping`) by `tol`.
        verbose: whether to print a line for each epoch: True or False, or a whole number, 0 for no.
        warm_start: whether `fit` goes on from the last one.
        momentum, nesterovs_momentum: of sgd.
        early_stopping: whether to keep back samples, watch the score on them, and restore the
            network of the best epoch at the end.
        validation_fraction: the share that is kept back for that.
        dropout: the share of the neurons in hidden layers that each step leaves out.
        device: "cpu", "cuda", "cuda:N" or "auto", as `gpunet.open_device` takes it.
        dtype: "float32" or "float64"; None for that of X, float64 if X is neither.

    Attributes:
        network_: the network.
        n_iter_: the epochs that the last `fit` or `partial_fit` trained.
        t_: the samples trained on since the network was made, each counted in every epoch.
        out_activation_: of the outputs: "softmax", "logistic" or "identity".
        loss_, loss_curve_, best_loss_: the mean cost of a sample, last, by epoch, and lowest.
        validation_scores_, best_validation_score_: with `early_stopping`, else None.
        coefs_, intercepts_: weights (n_in, n_out) and biases (n_out,) of each layer.
        n_features_in_, feature_names_in_: of X.
    """

    hidden_layer_sizes: Any = (100,)
    activation: str = "relu"
    _: KW_ONLY
    solver: str = "adam"
    alpha: float = 0.0001
    batch_size: Any = "auto"
    learning_rate: str = "constant"
    learning_rate_init: float = 0.001
    max_iter: int = 200
    shuffle: bool = True
    random_state: Any = None
    tol: float = 1e-4
    verbose: bool | int = False
    warm_start: bool = False
    momentum: float = 0.9
    nesterovs_momentum: bool = True
    early_stopping: bool = False
    validation_fraction: float = 0.1
    n_iter_no_change: float = 10
    dropout: float = 0.0
    device: Any = "cpu"
    dtype: Any = None

    @abstractmethod
    def _encode(self, y: HostArray, fresh: bool, incremental: bool, classes: Any) -> HostArray:
        """y as labels from 0, or as targets (n, outputs).

        Args:
            y: as scikit-learn has checked it.
            fresh: whether a new network is to be made: then what y can be is learnt.
            incremental: whether y may hold some of the classes only.
            classes: all that it will ever hold, if that was said.
        """

    @abstractmethod
    def _outputs(self) -> tuple[int, str, str]:
        """How many outputs there are, their activation, and the cost."""

    @abstractmethod
    def _score_of(self, outputs: HostArray, given: Given) -> float:
        """The score of outputs for these samples."""

    def _weigh(self, y: HostArray, weights: HostArray | None) -> HostArray | None:
        """How much each sample counts."""
        return weights

    def _train(
        self, X: Any, y: Any, sample_weight: Any, *, incremental: bool, classes: Any = None
    ) -> None:
        """Fit, or with `incremental` go through the samples once more."""
        with unchanged_if_refused(self):
            trainer, kept = self._prepare(X, y, sample_weight, incremental, classes)
        self.n_iter_ = 0
        watching = Watching(self, trainer, kept, ends=not incremental)
        with trainer.computing():  # set up once for all epochs, which may be short
            trainer.train(watching)
        watching.settle()
        host = self.network_.device.host
        state = {name: host(array) for name, array in trainer.optimizer.state.items()}
        self._state: dict[str, HostArray] | None = state
        if not (incremental or trainer.ended_early):
            warnings.warn(
                f"training has not converged within max_iter={self.max_iter} epochs",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _prepare(
        self, X: Any, y: Any, sample_weight: Any, incremental: bool, classes: Any
    ) -> tuple[Trainer, Given | None]:
        """The trainer, and the samples kept back."""
        check_parameters(self)
        fresh = not (incremental or self.warm_start) or not hasattr(self, "network_")
        X, y, weights = self._read(X, y, sample_weight, fresh)
        given = Given(X, self._encode(y, fresh, incremental, classes), weights)
        random = random_of(self.random_state)
        make = draw_network(self, X, self._outputs(), random) if fresh else None
        kept = None
        if self.early_stopping:
            if incremental:
                raise InputError("partial_fit keeps nothing back: set early_stopping=False")
            given, kept = self._keep_back(given, random)
        if make:
            self.network_ = make()
            self.t_, self._epochs, self._state = 0, 0, None
            self.loss_curve_: list[float] = []
        trainer = make_trainer(self, given, 1 if incremental else self.max_iter)
        if incremental and self._state is not None:
            parameters = self.network_.parameters.array
            trainer.restore(Snapshot(trainer.position, parameters, self._state))
        return trainer, kept

    def _read(self, X: Any, y: Any, sample_weight: Any, fresh: bool) -> Given:
        """The samples, checked as scikit-learn checks them."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=is_regressor(self),
            dtype=[np.float64, np.float32, np.uint8],
            reset=fresh,
        )
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
        weights = self._weigh(y, weights)
        if weights is not None and (weights.min() < 0 or not weights.any()):
            raise InputError("sample_weight: needed numbers of 0 or more, not all of them zero")
        return Given(whole(X), y, weights)

    def _keep_back(self, given: Given, random: Any) -> tuple[Given, Given]:
        """The samples to train on, and those to watch the score on."""
        n = len(given.y)
        try:
            train, kept = train_test_split(
                np.arange(n),
                test_size=self.validation_fraction,
                random_state=random,
                stratify=given.y if given.y.ndim == 1 else None,  # where these are labels
            )
        except ValueError:
            raise InputError(
                f"early_stopping: {n} samples are too few to keep back "
                f"{self.validation_fraction:g} of each class: give more samples, or set "
                "early_stopping=False"
            ) from None
        return rows_of(given, train), watched_rows(given, kept)

    def _compute(self, X: Any) -> HostArray:
        """The outputs for X, which is checked: (n, outputs)."""
        check_is_fitted(self)
        X = validate_data(
            self,
            X,
            accept_sparse=["csr", "csc"],
            dtype=[np.float64, np.float32, np.uint8],
            reset=False,
        )
        outputs: HostArray = self.network_.feedforward(whole(X))
        return outputs

    @property
    def coefs_(self) -> list[HostArray]:
        """The weights of each layer (n_in, n_out), as scikit-learn has them."""
        return [self.network_.device.host(w).T for w in self.network_.weights]

    @property
    def intercepts_(self) -> list[HostArray]:
        """The biases of each layer (n_out,)."""
        return [self.network_.device.host(b) for b in self.network_.biases]

    @property
    def n_layers_(self) -> int:
        """How many layers there are, the inputs being one."""
        return len(self.network_.sizes)

    @property
    def n_outputs_(self) -> int:
        """How many outputs the network has."""
        return self.network_.sizes[-1]

    @property
    def out_activation_(self) -> str:
        """The activation of the outputs, as scikit-learn calls it."""
        name = self.network_.activations[-1]
        return {ours: theirs for theirs, ours in ACTIVATIONS.items()}.get(name, name)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
