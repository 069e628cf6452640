"""The estimators: scikit-learn's own checks, and what its users do with them."""

import pickle
import warnings
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import gpunet
from gpunet.interop import NetworkClassifier, NetworkRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.filterwarnings("ignore")  # of what the checks do on purpose
@parametrize_with_checks([NetworkClassifier(), NetworkRegressor()])
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def digits() -> Any:
    X, y = load_digits(return_X_y=True)
    return train_test_split(X / 16, y, random_state=0, stratify=y)


def test_a_program_for_mlp_classifier_runs_with_another_import(digits: Any) -> None:
    """From scikit-learn's user guide, but for the import and the data."""
    X_train, X_test, y_train, y_test = digits
    clf = NetworkClassifier(
        hidden_layer_sizes=(40,),
        max_iter=30,
        alpha=1e-4,
        solver="sgd",
        verbose=False,
        random_state=1,
        learning_rate_init=0.2,
    )
    clf.fit(X_train, y_train)
    assert clf.score(X_test, y_test) > 0.95
    assert [coef.shape for coef in clf.coefs_] == [(64, 40), (40, 10)]
    assert [bias.shape for bias in clf.intercepts_] == [(40,), (10,)]
    assert (clf.n_layers_, clf.n_outputs_, clf.n_iter_) == (3, 10, 30)
    assert len(clf.loss_curve_) == 30
    assert clf.loss_ == clf.loss_curve_[-1] == pytest.approx(clf.best_loss_, abs=0.05)


@pytest.mark.parametrize("solver", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("activation", ["relu", "logistic", "tanh", "identity"])
def test_every_solver_and_activation_learns(digits: Any, solver: str, activation: str) -> None:
    X_train, X_test, y_train, y_test = digits
    rate = 0.1 if solver == "sgd" else 0.003
    clf = NetworkClassifier(
        activation=activation, solver=solver, learning_rate_init=rate, max_iter=30, random_state=0
    )
    assert clf.fit(X_train, y_train).score(X_test, y_test) > 0.93


@pytest.fixture
def still() -> dict[str, Any]:
    """Parameters of a training that leaves the network all but as it was drawn."""
    return {"solver": "sgd", "momentum": 0, "learning_rate_init": 1e-12, "max_iter": 1}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batch", [7, 1000])
def test_the_loss_is_the_mean_cost_with_the_penalty(
    digits: Any, still: dict[str, Any], weighted: bool, batch: int
) -> None:
    X, y = digits[0][:60], digits[2][:60]
    weights = np.random.default_rng(1).random(60) + 0.5 if weighted else None
    clf = NetworkClassifier(**still, alpha=0.5, batch_size=batch, random_state=3)
    clf.fit(X, y, sample_weight=weights)
    squares = sum((coef**2).sum() for coef in clf.coefs_)
    mean = 1.0 if weights is None else weights.mean()
    expected = log_loss(y, clf.predict_proba(X), sample_weight=weights, labels=clf.classes_)
    assert clf.loss_ == pytest.approx(expected + 0.5 * 0.5 * squares / (min(batch, 60) * mean))


def test_a_step_follows_the_gradient_of_that_loss(digits: Any, still: dict[str, Any]) -> None:
    """Against central differences of scikit-learn's log_loss plus alpha / 2n Σ w²."""
    X, y = digits[0][:40], digits[2][:40]
    options = {**still, "activation": "tanh", "hidden_layer_sizes": 5, "alpha": 0.3}
    before = NetworkClassifier(**options, random_state=3).fit(X, y)
    options["learning_rate_init"] = 1e-3
    after = NetworkClassifier(**options, random_state=3).fit(X, y)
    moved = (after.coefs_[0] - before.coefs_[0]) / -1e-3

    def loss() -> float:
        squares = sum((coef**2).sum() for coef in before.coefs_)
        cost = log_loss(y, before.predict_proba(X), labels=before.classes_)
        return float(cost + 0.5 * 0.3 * squares / len(y))

    weights = before.network_.weights[0]
    for row, column in [(0, 20), (3, 43), (4, 11)]:
        kept, found = weights[row, column], []
        for step in (1e-5, -1e-5):
            weights[row, column] = kept + step
            found.append(loss())
        weights[row, column] = kept
        assert moved[column, row] == pytest.approx((found[0] - found[1]) / 2e-5, rel=1e-4)


def test_early_stopping_restores_the_best_network(digits: Any) -> None:
    X_train, _, y_train, _ = digits
    clf = NetworkClassifier(
        early_stopping=True, random_state=0, learning_rate_init=0.03, n_iter_no_change=3
    )
    clf.fit(X_train, y_train)
    assert clf.n_iter_ < 200
    assert len(clf.validation_scores_) == clf.n_iter_
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    # What was kept back is the split that this draws after the first weights.
    random = np.random.RandomState(0)
    random.uniform(size=sum(array.size for array in (*clf.coefs_, *clf.intercepts_)))
    _, X_kept, _, y_kept = train_test_split(
        X_train,
        y_train,
        test_size=0.1,
        random_state=random,
        stratify=np.searchsorted(clf.classes_, y_train),
    )
    assert clf.score(X_kept, y_kept) == clf.best_validation_score_


def test_training_ends_when_the_loss_no_longer_improves(digits: Any) -> None:
    X_train, _, y_train, _ = digits
    clf = NetworkClassifier(random_state=0, tol=0.05, n_iter_no_change=2, learning_rate_init=0.01)
    clf.fit(X_train, y_train)
    curve = np.array(clf.loss_curve_)
    assert 3 < len(curve) < 200
    bests = np.minimum.accumulate(curve)
    assert (curve[-3:] > bests[-4:-1] - 0.05).all()


def test_what_has_not_converged_is_warned_of(digits: Any) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        NetworkClassifier(max_iter=2).fit(digits[0], digits[2])
    (warning,) = caught
    assert warning.category is ConvergenceWarning
    assert warning.filename == __file__


def test_adaptive_rates_go_down_to_a_fifth(digits: Any) -> None:
    clf = NetworkClassifier(
        solver="sgd",
        learning_rate="adaptive",
        learning_rate_init=0.5,
        tol=0.01,
        n_iter_no_change=2,
        random_state=0,
        max_iter=300,
    ).fit(digits[0], digits[2])
    assert clf.n_iter_ < 300  # 0.5 / 5ⁿ is below 10⁻⁶ after n = 9 fifths


def test_classes_keep_their_names_in_every_answer() -> None:
    iris = load_iris()
    names = iris.target_names[iris.target]
    clf = make_pipeline(StandardScaler(), NetworkClassifier(random_state=0)).fit(iris.data, names)
    assert clf.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert clf.score(iris.data, names) > 0.95
    shares = clf.predict_proba(iris.data)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_array_equal(clf.predict(iris.data), clf.classes_[shares.argmax(axis=1)])
    np.testing.assert_allclose(clf.predict_log_proba(iris.data), np.log(shares))


def test_several_labels_a_sample() -> None:
    X, y = make_multilabel_classification(200, n_classes=4, random_state=0)
    clf = make_pipeline(
        StandardScaler(), NetworkClassifier(random_state=0, learning_rate_init=0.01)
    )
    clf.fit(X, y)
    assert clf.predict(X).shape == y.shape
    assert (clf.predict(X) == y).mean() > 0.95
    np.testing.assert_array_equal(clf.predict_proba(X) > 0.5, clf.predict(X))


def test_class_weights_move_the_answers_and_multiply_sample_weights(digits: Any) -> None:
    X, y = digits[0], (digits[2] == 3).astype(int)
    options: dict[str, Any] = {"random_state": 0, "max_iter": 10}
    plain = NetworkClassifier(**options).fit(X, y).predict(X).mean()
    towards = NetworkClassifier(**options, class_weight={0: 1, 1: 50}).fit(X, y)
    assert towards.predict(X).mean() > plain
    twice = NetworkClassifier(**options, class_weight={1: 5}).fit(X, y, sample_weight=1 + 9 * y)
    np.testing.assert_allclose(twice.predict_proba(X), towards.predict_proba(X), atol=1e-9)


def test_partial_fits_are_epochs_of_one_training(digits: Any) -> None:
    """On whole batches in the given order, so that epochs do not differ by their order."""
    X, y = digits[0][:100], digits[2][:100]
    options: dict[str, Any] = {"random_state": 0, "shuffle": False}
    parts = NetworkClassifier(**options)
    for _ in range(3):
        parts.partial_fit(X, y, classes=np.arange(10))
    whole = NetworkClassifier(**options, max_iter=3).fit(X, y)
    np.testing.assert_allclose(parts.predict_proba(X), whole.predict_proba(X), rtol=1e-9)
    assert (parts.n_iter_, parts.t_, len(parts.loss_curve_)) == (1, 300, 3)


def test_classes_that_come_later_are_named_in_the_first_call(digits: Any) -> None:
    X, y = digits[0], digits[2]
    clf = NetworkClassifier(random_state=0).partial_fit(X[y < 5], y[y < 5], classes=range(10))
    assert clf.partial_fit(X, y).predict_proba(X).shape == (len(X), 10)
    other = NetworkClassifier().partial_fit(X[y < 5], y[y < 5])
    with pytest.raises(ValueError, match=r"classes that are not among classes_: \[5, 6"):
        other.partial_fit(X, y)


def test_warm_start_goes_on(digits: Any) -> None:
    clf = NetworkClassifier(max_iter=5, warm_start=True, random_state=0)
    first = clf.fit(digits[0], digits[2]).loss_
    assert clf.fit(digits[0], digits[2]).loss_ < first
    assert (clf.n_iter_, len(clf.loss_curve_)) == (5, 10)


def test_a_grid_search_in_a_pipeline_on_two_processes(digits: Any) -> None:
    X, y = digits[0][:300], digits[2][:300]
    pipeline = make_pipeline(
        StandardScaler(), NetworkClassifier(learning_rate_init=0.01, max_iter=15, random_state=0)
    )
    search = GridSearchCV(
        pipeline, {"networkclassifier__hidden_layer_sizes": [(5,), (40,)]}, cv=2, n_jobs=2
    )
    search.fit(X, y)
    assert search.best_params_ == {"networkclassifier__hidden_layer_sizes": (40,)}
    assert search.best_score_ > 0.8


def test_cross_validation_and_clone_and_pickle(digits: Any) -> None:
    X, y = digits[0][:300], digits[2][:300]
    clf = NetworkClassifier(learning_rate_init=0.01, max_iter=20, random_state=0, dropout=0.2)
    assert cross_val_score(clf, X, y, cv=3).mean() > 0.8
    clf.fit(X, y)
    copy = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(copy.predict_proba(X), clf.predict_proba(X))
    with pytest.raises(NotFittedError):
        clone(clf).predict(X)
    assert clone(clf).get_params() == clf.get_params()


def test_one_random_state_gives_one_network(digits: Any) -> None:
    first, second = (
        NetworkClassifier(max_iter=3, random_state=7).fit(digits[0], digits[2]) for _ in range(2)
    )
    np.testing.assert_array_equal(first.coefs_[0], second.coefs_[0])


def test_numbers_are_computed_as_they_come_or_as_asked(digits: Any) -> None:
    X, y = digits[0], digits[2]
    kinds = {}
    for given, asked in ((np.float64, None), (np.float32, None), (np.float64, "float32")):
        clf = NetworkClassifier(max_iter=1, dtype=asked).fit(X.astype(given), y)
        kinds[given.__name__, asked] = clf.coefs_[0].dtype.name
    assert list(kinds.values()) == ["float64", "float32", "float32"]


def test_a_regression_explains_what_least_squares_explains() -> None:
    X, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    regressor = make_pipeline(
        StandardScaler(),
        NetworkRegressor((), solver="sgd", batch_size=442, learning_rate_init=0.1, alpha=0, tol=0),
    )
    from sklearn.linear_model import LinearRegression

    expected = LinearRegression().fit(X, y).score(X, y)
    assert regressor.fit(X, y).score(X, y) == pytest.approx(expected, abs=0.01)


def test_several_targets_and_early_stopping_of_a_regression() -> None:
    X, y = load_diabetes(return_X_y=True)
    targets = np.stack([y / 100, -y / 50], axis=1)
    regressor = make_pipeline(
        StandardScaler(),
        NetworkRegressor(early_stopping=True, random_state=0, learning_rate_init=0.01),
    )
    regressor.fit(X, targets)
    assert regressor.predict(X).shape == targets.shape
    assert regressor.score(X, targets) > 0.4
    assert regressor[-1].best_validation_score_ == max(regressor[-1].validation_scores_)


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"solver": "lbfgs"}, "solver 'lbfgs': choose one of sgd, adam, adamw"),
        ({"solver": "adem"}, "did you mean adam"),
        ({"activation": "rleu"}, "activation 'rleu': choose one of .*did you mean relu"),
        ({"alpha": -1}, "alpha -1: give a number from 0"),
        ({"hidden_layer_sizes": (0,)}, r"hidden_layer_sizes \(0,\): give numbers of neurons"),
        ({"hidden_layer_sizes": (10**6, 10**6)}, "give smaller layers"),
        ({"max_iter": 0}, "max_iter 0: give a whole number"),
        ({"batch_size": "many"}, "batch_size 'many': give 'auto', or a whole number"),
        ({"n_iter_no_change": 0.5}, "n_iter_no_change 0.5: give inf, or a whole number"),
        ({"device": "tpu"}, "unknown device 'tpu'"),
        ({"dropout": 2}, "dropout 2: give a number"),
        ({"dtype": "float16"}, "dtype 'float16': give None, or one of float32, float64"),
        ({"learning_rate": "sometimes"}, "learning_rate 'sometimes': "),
        ({"early_stopping": "yes"}, "early_stopping 'yes': give True or False"),
    ],
)
def test_wrong_parameters_are_refused_in_a_sentence(
    digits: Any, parameters: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(gpunet.InputError, match=complaint):
        NetworkClassifier(**parameters).fit(digits[0], digits[2])
