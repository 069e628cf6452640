"""Every public name, given every kind of wrong argument: it works, or says in a sentence why not.

Names and parameters are found by themselves; a parameter that has no default and is not in `rights`
fails its test.
"""

import inspect
import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet import interop
from gpunet.datasets.dataset import Dataset
from tests.arguments import HUGE, rights, wrong

# Not called by users: a training calls them, or they work on arrays that lie on the device.
INSIDE = {"Network.bind", "Network.flat"} | {
    f"TensorBoard.{name}" for name in ("on_start", "on_epoch", "scalars", "histograms")
}
# Only their parameters are this package's to check, once they are fitted; samples scikit-learn's.
ESTIMATORS = ("NetworkClassifier", "NetworkRegressor")
# Without it they say so, and nothing else.
WITH_TORCH = ("from_torch", "to_torch")
# What `fit` and `evaluate` also take.
AS_ARRAYS = {
    "fit": {"dataset": "x", "y": "labels", "sample_weight": "ones", "validation": "share"},
    "evaluate": {"split": "x", "y": "labels"},
}
# What a message may say instead of a parameter's name.
CALLED = {
    "image_shape": "image_shape|in_features",
    "callbacks": "callback",
    "dataset": "fit|inputs|samples|X|data set",
    "name": "device|name",
    "networks": "committee",
    "on_epoch": "on_epoch",
    "path": "file|folder|path",
    "rows": "rows|record",
    "said": "record",
    "sizes": "layers?",
    "single": "targets|single",
    "source": "data set|folder",
    "split": "evaluate|inputs|samples|data set|X",
    "train": "split",
    "what": "inputs",
    "x": "inputs",
    "y": "labels?|targets|y",
}
PYTHONS = re.compile(
    r"object is not|object cannot|has no attribute|unhashable|subscriptable|unsupported|argument|"
    r"invalid literal|could not convert|positional|NoneType|expected|at 0x|not iterable|codec|"
    r"truth value|null (byte|character)|array\("
)


MOST_CHARACTERS = 400


def public() -> Iterator[Any]:
    """Every parameter of every function, class and method that users call."""
    for module in (gpunet, interop):
        for name in module.__all__:
            with suppress(ImportError):  # of a library that is not installed
                found = getattr(module, name)
                for path in [name, *methods_of(found)] if callable(found) else ():
                    ways = ("as it is", "on arrays") if path in AS_ARRAYS else ("as it is",)
                    for each in product([path], parameters_of(find(path)), ways):
                        yield pytest.param(*each, id="-".join(each))


def methods_of(found: Any) -> list[str]:
    """The public methods of a class, of this package's own."""
    if not inspect.isclass(found) or found.__name__ in ESTIMATORS or is_not_made(found):
        return []
    methods = inspect.getmembers(found, inspect.isroutine)
    own = [
        name for name, each in methods if str(getattr(each, "__module__", "")).startswith("gpunet.")
    ]
    paths = [f"{found.__name__}.{name}" for name in own if name[0] != "_"]
    return [path for path in paths if path not in INSIDE]


def find(path: str) -> Any:
    name, _, method = path.partition(".")
    found = getattr(gpunet if name in gpunet.__all__ else interop, name)
    return getattr(found, method) if method else found


def parameters_of(found: Any) -> dict[str, inspect.Parameter]:
    """By name, but for `self`. An error is given a message, and nothing else."""
    if is_not_made(found) or (inspect.isclass(found) and issubclass(found, Exception)):
        return {}
    found = dict(inspect.signature(found).parameters)
    return {name: each for name, each in found.items() if name != "self"}


def is_not_made(found: Any) -> bool:
    """Whether it is a class of which users make no objects."""
    return inspect.isabstract(found) or getattr(found, "_is_protocol", False)


def use(path: str, right: dict[str, Any], given: dict[str, Any]) -> None:
    """Call it, by position where that is possible; make use of an object that it makes."""
    found, (name, _, method) = find(path), path.partition(".")
    if method and not inspect.ismethod(found):  # of an object
        made = right["network"] if name == "Network" else call(find(name), fill(name, right))
        found = getattr(made, method)
    made = call(found, given)
    if path in ESTIMATORS:
        made.fit(right["x"], right["y"])
    elif inspect.isclass(found):
        getattr(made, "_repr_html_", str)()


def fill(path: str, right: dict[str, Any]) -> dict[str, Any]:
    """A right argument for each parameter."""
    found = {}
    for name, parameter in parameters_of(find(path)).items():
        if parameter.kind is not parameter.VAR_KEYWORD:
            found[name] = right.get(f"{path}.{name}", right.get(name, parameter.default))
            assert found[name] is not parameter.empty, f"{path}: {name} is missing in `rights`"
    return found


def call(found: Any, given: dict[str, Any]) -> Any:
    bound = inspect.BoundArguments(inspect.signature(found), OrderedDict(given))
    return found(*bound.args, **bound.kwargs)


def state_of(network: gpunet.Network) -> tuple[Any, ...]:
    array = network.parameters.array
    return array.tobytes(), network.input_scale, network.scale_floats, network.classes


def complaint(error: Exception, parameter: str, value: Any) -> str:
    """What is wrong with how something was refused; empty if nothing is."""
    said = str(error)
    if not isinstance(error, gpunet.GpunetError):
        return f"{type(error).__name__}: {said[:200]!r}"
    named = CALLED.get(parameter, parameter.replace("_", "[ _]"))
    if isinstance(value, str | Path) and str(value).strip():
        named += f"|{re.escape(str(value))}"
    if len(said.splitlines()) != 1 or len(said) > MOST_CHARACTERS or PYTHONS.search(said):
        return f"says {said[:500]!r}"
    if not isinstance(error, gpunet.DivergedError) and not re.search(named, said):
        return f"does not name {parameter}: {said!r}"
    return ""


def label(value: Any) -> str:
    """A wrong argument in a few characters."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}"
    return "HUGE" if value is HUGE else repr(value)[:40]


@pytest.mark.parametrize(("path", "parameter", "way"), list(public()))
@pytest.mark.filterwarnings("ignore:training has not converged")
def test_it_works_or_says_in_a_sentence_why_not(
    path: str,
    parameter: str,
    way: str,
    digits: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if path in WITH_TORCH:
        pytest.importorskip("torch", reason="PyTorch is not installed")
    monkeypatch.chdir(tmp_path)
    right = rights(tmp_path, digits)
    asked = fill(path, right)
    if way == "on arrays":
        asked |= {name: right[key] for name, key in AS_ARRAYS[path].items()}
    first, complaints = right["network"], []
    rest = parameters_of(find(path))[parameter].kind is inspect.Parameter.VAR_KEYWORD
    for value in wrong(tmp_path):
        right["network"] = network = copy(first)
        if "network" in asked:
            asked["network"] = network
        before = state_of(network)
        try:
            use(path, right, {**asked, parameter: {parameter: value} if rest else value})
        except Exception as error:
            if said := complaint(error, parameter, value):
                complaints.append(f"{label(value)} → {said}")
            if not isinstance(error, gpunet.DivergedError) and state_of(network) != before:
                complaints.append(f"{label(value)} → the network has changed")
    assert not complaints, "\n".join(complaints)
