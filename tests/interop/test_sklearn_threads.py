"""Estimators that are fitted in several threads at once, on one GPU."""

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, current_thread, main_thread
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV

import gpunet
from gpunet.backend.cuda import CudaDevice
from gpunet.backend.device import Device
from gpunet.interop import NetworkClassifier
from tests.backends import CUDA, open_gpu
from tests.strict import StrictDevice

joblib = pytest.importorskip("joblib")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
THREADS = 4
# As bytes, which the fused engine takes too.
X, y = load_iris(return_X_y=True)
X = (10 * X).astype(np.uint8)
# One that is fused, and some for graphs.
GRID = [
    {"solver": ["sgd"], "nesterovs_momentum": [False], "hidden_layer_sizes": [(5,)]},
    {"solver": ["adam"], "hidden_layer_sizes": [(5,), (30,)], "early_stopping": [False, True]},
]


@pytest.fixture(params=["strict", "pretended", CUDA])
def shared(request: pytest.FixtureRequest) -> Device:
    """A device that is open, for all estimators."""
    return StrictDevice() if request.param == "strict" else open_gpu(request.param)


def estimator(device: Device | str) -> NetworkClassifier:
    return NetworkClassifier(
        device=device, max_iter=4, batch_size=10, learning_rate_init=1e-4, random_state=0
    )


def test_candidates_on_threads_are_those_that_take_turns(shared: Device) -> None:
    search = GridSearchCV(estimator(shared), GRID, cv=2, error_score="raise")
    turns = clone(search).fit(X, y)
    with joblib.parallel_backend("threading", n_jobs=THREADS):
        threads = clone(search).fit(X, y)
    for name, found in threads.cv_results_.items():
        if "time" not in name and name != "params":
            np.testing.assert_array_equal(found, turns.cv_results_[name])
    pairs = zip(threads.best_estimator_.coefs_, turns.best_estimator_.coefs_, strict=True)
    for one, other in pairs:
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(threads.predict_proba(X), turns.predict_proba(X))


def at_once(function: Callable[[], Any]) -> list[Any]:
    """What a function gives in each of two threads, which begin together."""
    together = Barrier(2)

    def call() -> Any:
        together.wait(timeout=60)
        return function()

    with ThreadPoolExecutor(2) as pool:
        return [each.result() for each in [pool.submit(call) for _ in range(2)]]


def test_each_thread_has_a_sibling_that_the_main_thread_goes_on_with(shared: Device) -> None:
    alone = estimator(shared).fit(X, y)
    assert alone.network_.device is shared
    fitted = at_once(lambda: estimator(shared).fit(X, y))
    devices = {shared, *(each.network_.device for each in fitted)}
    assert len(devices) == 3
    assert {device.hardware for device in devices} == {shared.hardware}
    if isinstance(shared, CudaDevice):
        assert len({device.stream.ptr for device in devices}) == 3
    for each in fitted:
        np.testing.assert_array_equal(each.predict_proba(X), alone.predict_proba(X))
        each.set_params(warm_start=True).fit(X, y)
    for again in fitted[1:]:
        np.testing.assert_array_equal(again.predict_proba(X), fitted[0].predict_proba(X))


def test_candidates_are_scored_where_they_were_fitted(shared: Device) -> None:
    """Two of them at once: each waits in its score for the other."""
    together, seen = Barrier(2), []

    def score(fitted: NetworkClassifier, X: Any, y: Any) -> float:
        if current_thread() is not main_thread():
            together.wait(timeout=60)
            seen.append(fitted.network_.device)
        return float(accuracy_score(y, fitted.predict(X)))

    search = GridSearchCV(estimator(shared), {"alpha": [0.1]}, cv=2, scoring=score, refit=False)
    with joblib.parallel_backend("threading", n_jobs=2):
        search.fit(X, y)
    assert len({*seen, shared}) == 3


@pytest.mark.cuda
@pytest.mark.parametrize("named", [False, True])
def test_the_best_of_a_search_on_threads_can_be_pickled(named: bool) -> None:
    open_gpu("cuda")  # skips where there is none
    device = "cuda" if named else gpunet.open_device("cuda")
    search = GridSearchCV(estimator(device), {"alpha": [0.1, 0.2]}, cv=2)
    with joblib.parallel_backend("threading", n_jobs=2):
        best = search.fit(X, y).best_estimator_
    again = pickle.loads(pickle.dumps(best))
    assert again.network_.device.name == "cuda:0"
    np.testing.assert_array_equal(again.predict_proba(X), best.predict_proba(X))


@pytest.mark.cuda
def test_an_estimator_works_while_another_thread_captures() -> None:
    """CUDA ends a capture if any thread uses the legacy stream, or waits for the whole device."""
    device, other = open_gpu("cuda"), open_gpu("cuda")
    assert isinstance(device, CudaDevice)

    def work() -> Any:
        fitted = estimator(other).set_params(solver="sgd", early_stopping=True).fit(X, y)
        assert fitted.score(X, y) > 0
        return pickle.loads(pickle.dumps(fitted)).coefs_[0].shape

    with device.active():
        a = device.put(np.ones(3))
        double = partial(device.xp.add, a, a, a)
        double()
        device.stream.begin_capture()
        try:
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(work).result() == (4, 100)
            double()
        finally:
            graph = device.stream.end_capture()
        graph.launch(device.stream)
        np.testing.assert_array_equal(device.host(a), [4, 4, 4])
