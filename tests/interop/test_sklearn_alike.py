"""Attributes and parameters that programs for MLPClassifier use: held against MLPClassifier."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor

import gpunet
from gpunet.interop import NetworkClassifier, NetworkRegressor

joblib = pytest.importorskip("joblib")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
PAIRS = [(NetworkClassifier, MLPClassifier), (NetworkRegressor, MLPRegressor)]


def counted(estimator: Any) -> tuple[int, int, int]:
    return estimator.n_iter_, estimator.t_, len(estimator.loss_curve_)


@pytest.mark.parametrize("options", [{}, {"early_stopping": True}], ids=str)
@pytest.mark.parametrize("pair", PAIRS)
def test_epochs_and_samples_of_warm_starts_are_counted_alike(
    pair: tuple[Any, Any], options: dict[str, Any]
) -> None:
    ours, theirs = (
        kind(max_iter=4, warm_start=True, random_state=0, **options).fit(X, y) for kind in pair
    )
    assert counted(ours) == counted(theirs)
    assert counted(ours.fit(X, y)) == counted(theirs.fit(X, y))


@pytest.mark.parametrize("pair", PAIRS)
def test_epochs_and_samples_of_partial_fits_are_counted_alike(pair: tuple[Any, Any]) -> None:
    ours, theirs = (kind(max_iter=4, random_state=0) for kind in pair)
    for estimator in (ours, theirs):
        first = {"classes": [0, 1, 2]} if hasattr(estimator, "predict_proba") else {}
        estimator.partial_fit(X, y, **first).partial_fit(X[:50], y[:50])
    assert counted(ours) == counted(theirs)
    assert counted(ours.fit(X, y)) == counted(theirs.fit(X, y))


def test_the_activation_of_the_outputs_has_their_name() -> None:
    several = make_multilabel_classification(50, random_state=0)
    for (ours, theirs), samples in zip(
        (PAIRS[0], PAIRS[0], PAIRS[1]), ((X, y), several, (X, y)), strict=True
    ):
        found, expected = (kind(max_iter=1).fit(*samples) for kind in (ours, theirs))
        assert found.out_activation_ == expected.out_activation_


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("activation", ["relu", "logistic", "tanh", "identity"])
@pytest.mark.parametrize("pair", PAIRS)
def test_first_weights_are_alike_to_the_last_place(
    pair: tuple[Any, Any], activation: str, early_stopping: bool
) -> None:
    """After a training that leaves them all but as they were drawn."""
    ours, theirs = (
        kind(
            hidden_layer_sizes=(7, 5),
            activation=activation,
            solver="sgd",
            learning_rate_init=1e-15,
            momentum=0,
            max_iter=1,
            early_stopping=early_stopping,
            random_state=3,
        ).fit(X, y)
        for kind in pair
    )
    for name in ("coefs_", "intercepts_"):
        for one, other in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


def test_a_regression_in_whole_batches_is_theirs_to_the_last_places() -> None:
    """With the same first weights, and the same samples kept back."""
    options: dict[str, Any] = {"solver": "sgd", "early_stopping": True, "random_state": 0}
    ours, theirs = (kind(**options, max_iter=5).fit(X, y) for kind in PAIRS[1])
    np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-9)


@pytest.mark.parametrize(("verbose", "lines"), [(10, 3), (True, 3), (np.int64(1), 3), (0, 0)])
def test_verbose_may_be_a_number(
    verbose: Any, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    NetworkClassifier(max_iter=3, verbose=verbose).fit(X, y)
    assert len(capsys.readouterr().out.splitlines()) == lines


def test_an_estimator_on_an_open_device_is_cloned_and_sent_to_processes() -> None:
    clf = NetworkClassifier(device=gpunet.open_device("cpu"), max_iter=3, random_state=0)
    assert clone(clf).device is clf.device
    np.testing.assert_array_equal(
        cross_val_score(clf, X, y, cv=2, n_jobs=2), cross_val_score(clf, X, y, cv=2)
    )


def test_candidates_on_threads_are_those_that_take_turns() -> None:
    options = {
        "hidden_layer_sizes": [(5,), (30,)],
        "alpha": [1e-4, 1e-2],
        "solver": ["sgd", "adam"],
    }
    search = GridSearchCV(NetworkClassifier(max_iter=20, random_state=0), options, cv=3)
    turns = clone(search).fit(X, y)
    with joblib.parallel_backend("threading", n_jobs=2):
        threads = clone(search).fit(X, y)
    for name, found in threads.cv_results_.items():
        if "time" not in name and name != "params":
            np.testing.assert_array_equal(found, turns.cv_results_[name])
    for one, other in zip(
        threads.best_estimator_.coefs_, turns.best_estimator_.coefs_, strict=True
    ):
        np.testing.assert_array_equal(one, other)
