"""What the estimators refuse, and that nothing of it is left in them."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.datasets import load_iris

import gpunet
from gpunet.core.arrays import HostArray
from gpunet.interop import NetworkClassifier, NetworkRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def iris() -> tuple[HostArray, HostArray]:
    X, y = load_iris(return_X_y=True)
    return X / 8, y


Samples = tuple[HostArray, HostArray]


@pytest.mark.parametrize("fault", [{"early_stopping": True}, {"device": "cuda:9"}, {"dropout": 7}])
def test_a_fit_that_is_refused_leaves_no_classes(iris: Samples, fault: dict[str, Any]) -> None:
    X, y = iris
    clf = NetworkClassifier(max_iter=2, **fault)
    with pytest.raises(gpunet.GpunetError):
        clf.fit(X[:3], ["a", "b", "c"])
    assert set(vars(clf)) == set(clf.get_params())
    clf.set_params(early_stopping=False, device="cpu", dropout=0.0).fit(X, y)
    assert clf.classes_.tolist() == [0, 1, 2]


def test_a_partial_fit_that_is_refused_leaves_no_classes(iris: Samples) -> None:
    X, y = iris
    clf, spoilt = NetworkClassifier(), X.copy()
    spoilt[3, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        clf.partial_fit(spoilt, y, classes=["a", "b", "c"])
    assert clf.partial_fit(X, y, classes=range(4)).classes_.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])
def test_a_fit_that_is_refused_leaves_the_last_one_as_it_was(iris: Samples, kind: Any) -> None:
    X, y = iris
    estimator = kind(max_iter=2, random_state=0).fit(X, y)
    expected = estimator.predict(X)
    with pytest.raises(gpunet.GpunetError):
        estimator.set_params(device="cuda:9").fit(X[:, :2], y % 2)
    np.testing.assert_array_equal(estimator.predict(X), expected)
    assert estimator.n_features_in_ == 4


def test_warm_start_wants_the_same_classes(iris: Samples) -> None:
    X, y = iris
    clf = NetworkClassifier(max_iter=2, warm_start=True).fit(X, y)
    with pytest.raises(gpunet.InputError, match=r"warm_start.*\[0, 1, 2\].*\[0, 1\]"):
        clf.fit(X[y < 2], y[y < 2])
    with pytest.raises(gpunet.InputError, match=r"warm_start.*\[0, 1, 2\].*\[1, 2, 3\]"):
        clf.fit(X, y + 1)


def test_later_calls_of_partial_fit_want_the_same_classes(iris: Samples) -> None:
    X, y = iris
    clf = NetworkClassifier().partial_fit(X, y, classes=[2, 1, 0])
    clf.partial_fit(X[y < 2], y[y < 2], classes=[0, 1, 2])
    with pytest.raises(gpunet.InputError, match=r"classes \[0, 1\]: in the first call"):
        clf.partial_fit(X[y < 2], y[y < 2], classes=[0, 1])


@pytest.mark.parametrize("classes", [[None, 1], [[1], [2, 3]]])
def test_classes_that_are_none_are_refused(iris: Samples, classes: Any) -> None:
    with pytest.raises(gpunet.InputError, match=r"classes .*: give numbers or names"):
        NetworkClassifier().partial_fit(*iris, classes=classes)


@pytest.mark.parametrize("weight", [-3, float("nan"), float("inf")])
def test_weights_of_classes_are_refused_under_their_name(iris: Samples, weight: float) -> None:
    with pytest.raises(gpunet.InputError, match=r"class_weight \{0: .*\}: needed numbers of 0"):
        NetworkClassifier(class_weight={0: weight}).fit(*iris)


@pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])
@pytest.mark.parametrize("weight", [1e308, 1e-307])
def test_weights_may_be_as_large_as_numbers_are(iris: Samples, kind: Any, weight: float) -> None:
    X, y = iris
    options: dict[str, Any] = {"max_iter": 3, "random_state": 0, "alpha": 0}
    alike = kind(**options).fit(X, y, sample_weight=np.ones(len(y)))
    found = kind(**options).fit(X, y, sample_weight=np.full(len(y), weight))
    np.testing.assert_allclose(found.coefs_[0], alike.coefs_[0], rtol=1e-9)


def test_large_weights_do_not_hinder_early_stopping(iris: Samples) -> None:
    options: dict[str, Any] = {"max_iter": 5, "random_state": 0, "early_stopping": True}
    alike = NetworkClassifier(**options, alpha=0).fit(*iris)
    found = NetworkClassifier(**options, alpha=0).fit(*iris, sample_weight=np.full(150, 1e308))
    assert found.validation_scores_ == pytest.approx(alike.validation_scores_)


def test_samples_kept_back_without_weight_are_refused(iris: Samples) -> None:
    weights = np.zeros(150)
    weights[1] = 1  # which is trained on
    clf = NetworkClassifier(early_stopping=True, random_state=0)
    with pytest.raises(gpunet.InputError, match=r"early_stopping: all samples .* weight 0"):
        clf.fit(*iris, sample_weight=weights)


@pytest.mark.parametrize("verbose", [-1, "much", None, 1.5])
def test_verbose_is_a_flag_or_a_number(iris: Samples, verbose: Any) -> None:
    with pytest.raises(gpunet.InputError, match=r"verbose .*: give True, False, or a whole number"):
        NetworkClassifier(verbose=verbose).fit(*iris)
