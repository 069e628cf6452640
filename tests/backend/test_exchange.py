"""Arrays of other libraries: taken in, and given back where they lay."""

from typing import Any

import numpy as np
import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.backend.exchange import give_back, take_in

NUMBERS = np.arange(6, dtype=np.float32).reshape(2, 3)


class Holder:
    """Something with `__array__` and nothing else."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return NUMBERS.astype(dtype or np.float32)


class Tensor:
    """Something with DLPack and nothing else."""

    def __dlpack__(self, **asked: Any) -> Any:
        return NUMBERS.__dlpack__(**asked)

    def __dlpack_device__(self) -> Any:
        return NUMBERS.__dlpack_device__()


FORMS = {
    "array": NUMBERS,
    "list": NUMBERS.tolist(),
    "tuple": tuple(map(tuple, NUMBERS)),
    "numbers as objects": NUMBERS.astype(object),
    "__array__": Holder(),
    "dlpack": Tensor(),
    "fortran": np.asfortranarray(NUMBERS),
    "read-only": np.frombuffer(NUMBERS.tobytes(), np.float32).reshape(2, 3),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_an_array_is_taken_in(device: Device, form: str) -> None:
    with device.active():
        found = device.host(take_in(device, FORMS[form], "x"))
    np.testing.assert_array_equal(found, NUMBERS)


def test_what_lies_there_is_not_copied(device: Device) -> None:
    with device.active():
        there = device.put(NUMBERS.copy())
        taken, given = take_in(device, there, "x"), give_back(device, there, there)
        there[...] = 7
        for each in (taken, given):
            np.testing.assert_array_equal(device.host(each), np.full_like(NUMBERS, 7))


def test_an_array_of_the_host_is_not_copied_on_the_host() -> None:
    taken = take_in(gpunet.open_device("cpu"), NUMBERS, "x")
    assert np.shares_memory(taken, NUMBERS)
    assert np.shares_memory(take_in(gpunet.open_device("cpu"), Tensor(), "x"), NUMBERS)


@pytest.mark.parametrize("form", FORMS)
def test_results_for_arrays_of_the_host_are_numpys(device: Device, form: str) -> None:
    with device.active():
        there = device.put(NUMBERS)
        given = give_back(device, there, FORMS[form] if form != "dlpack" else NUMBERS)
    assert type(given) is np.ndarray
    np.testing.assert_array_equal(given, NUMBERS)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("digits", "x: 'digits' is no array of numbers"),
        (None, "x: None is no array of numbers"),
        (object(), "x: an object is no array of numbers"),
        ([[1, 2], [3]], "x: list is no array: its rows are of different lengths"),
        ([[1, 2], 3], "x: list is no array: its rows are of different lengths"),
        (np.array(["a", "b"]), "x: holds <U1, not numbers"),
        (np.array([1, "b"], dtype=object), "x: holds object, not numbers"),
        (np.array([1.0, None], dtype=object), "x: values are missing; leave these samples out"),
        (np.ma.masked_equal([1, 2, 3], 2), "x: values are masked; leave these samples out"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "x: holds datetime64"),
        (np.zeros(2, dtype="c8"), "x: holds complex64, not numbers"),
        ({"a": 1}, "x: a dict is no array of numbers"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(value: Any, complaint: str) -> None:
    with pytest.raises(gpunet.InputError, match=complaint):
        take_in(gpunet.open_device("cpu"), value, "x")


def test_a_sparse_matrix_is_refused() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(gpunet.InputError, match=r"sparse matrix; give it whole, with \.toarray"):
        take_in(gpunet.open_device("cpu"), sparse.eye(3), "x")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_column_that_holds_no_numbers_is_named(library: str) -> None:
    frames = pytest.importorskip(library)
    frame = frames.DataFrame({"width": [1.0, 2.0], "colour": ["red", "blue"]})
    with pytest.raises(gpunet.InputError, match="column 'colour' holds"):
        take_in(gpunet.open_device("cpu"), frame, "x")
    np.testing.assert_array_equal(
        take_in(gpunet.open_device("cpu"), frame[["width"]], "x"), [[1.0], [2.0]]
    )


def test_a_tensor_that_is_differentiated_is_taken_and_given_back() -> None:
    torch = pytest.importorskip("torch")
    device = gpunet.open_device("cpu")
    tensor = torch.tensor(NUMBERS, requires_grad=True)
    taken = take_in(device, tensor, "x")
    np.testing.assert_array_equal(taken, NUMBERS)
    given = give_back(device, taken, tensor)
    assert isinstance(given, torch.Tensor)
    assert given.device == tensor.device


def test_numbers_that_numpy_does_not_have_are_widened() -> None:
    torch = pytest.importorskip("torch")
    taken = take_in(gpunet.open_device("cpu"), torch.ones(2, dtype=torch.bfloat16), "x")
    np.testing.assert_array_equal(taken, [1.0, 1.0])


def test_what_an_arrow_array_cannot_give_is_refused_in_a_sentence() -> None:
    arrow = pytest.importorskip("pyarrow")
    with pytest.raises(gpunet.InputError, match=r"^x: "):
        take_in(gpunet.open_device("cpu"), arrow.array(["a", "b"]), "x")
