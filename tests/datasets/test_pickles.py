"""The book's pickle: arrays come out of it; nothing in it is ever executed."""

import copyreg
import gzip
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from gpunet.core.errors import InputError
from gpunet.datasets.load import load_dataset
from gpunet.datasets.readers.pickles import ADMITTED, read_book_pickle
from tests.datasets.samples import FUZZ, damaged, little_memory, make_samples, refused

IMAGES, LABELS = make_samples(6)
PIXELS = IMAGES.reshape(6, 16)


def book(images: Any = PIXELS, labels: Any = LABELS, protocol: int = 4) -> bytes:
    content: bytes = pickle.dumps(((images, labels),) * 3, protocol)
    return content


def python2_array(typecode: bytes, array: Any) -> bytes:
    """The opcodes with which Python 2 and NumPy 1 wrote an array, as in the book's own file."""
    content: bytes = array.tobytes()
    sizes = b"".join(b"J" + struct.pack("<i", size) for size in array.shape)
    return (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR(K\x01("
        + (sizes + b"tcnumpy\ndtype\n(U\x02" + typecode + b"K\x00K\x01tR(K\x03U\x01<NNN")
        + (b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tbI00\nT" + struct.pack("<i", len(content)))
        + (content + b"tb")
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mnist.pkl"


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["u1", "<i8", ">i4", "<f4", ">f8"])
def test_whole_pixels_are_kept(path: Path, protocol: int, kind: str) -> None:
    path.write_bytes(book(PIXELS.astype(kind), LABELS.astype(">i2"), protocol))
    for split in read_book_pickle(path)[0]:
        np.testing.assert_array_equal(split.images, PIXELS)
        np.testing.assert_array_equal(split.labels, LABELS)


@pytest.mark.parametrize("protocol", range(6))
def test_column_major_arrays_keep_their_order(path: Path, protocol: int) -> None:
    path.write_bytes(book(np.asfortranarray(PIXELS), protocol=protocol))
    np.testing.assert_array_equal(read_book_pickle(path)[0][0].images, PIXELS)


def test_the_books_own_kind_of_file_is_read(tmp_path: Path) -> None:
    pair = python2_array(b"f4", PIXELS.astype("<f4") / 256)
    pair += python2_array(b"i8", LABELS.astype("<i8")) + b"\x86"
    path = tmp_path / "mnist.pkl.gz"
    path.write_bytes(gzip.compress(b"\x80\x02" + 3 * pair + b"\x87."))
    dataset = load_dataset(path)
    for split in dataset.splits.values():
        np.testing.assert_array_equal(split.images, PIXELS)
        np.testing.assert_array_equal(split.labels, LABELS)
    assert (dataset.shape, dataset.max_pixel) == ((4, 4), 255)


class Call:
    """Pickles as a call of anything."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def system_call(protocol: int) -> Callable[[str], bytes]:
    return lambda command: pickle.dumps(Call(os.system, command), protocol)


def by_hand(template: bytes) -> Callable[[str], bytes]:
    return lambda command: template.replace(b"COMMAND", command.encode())


ATTACKS: dict[str, Callable[[str], bytes]] = {
    **{f"os.system, protocol {protocol}": system_call(protocol) for protocol in range(6)},
    "eval": lambda command: pickle.dumps(Call(eval, f"__import__('os').system({command!r})")),
    "exec": lambda command: pickle.dumps(Call(exec, f"__import__('os').system({command!r})")),
    "among arrays": lambda command: book(PIXELS, Call(os.system, command)),
    "after arrays": lambda command: pickle.dumps(
        (*[(PIXELS, LABELS)] * 3, Call(os.system, command))
    ),
    "as an argument": lambda command: pickle.dumps(Call(np.dtype, Call(os.system, command))),
    "as a state": by_hand(
        b"cnumpy.core.multiarray\n_reconstruct\n)Rcos\nsystem\n(S'COMMAND'\ntRb."
    ),
    "dropped again": by_hand(b"cos\nsystem\n(S'COMMAND'\ntR0N."),
    "INST": by_hand(b"(S'COMMAND'\nios\nsystem\n."),
    "OBJ": by_hand(b"(cos\nsystem\nS'COMMAND'\no."),
    "NEWOBJ": by_hand(b"\x80\x02csubprocess\nPopen\n((S'sh'\nS'-c'\nS'COMMAND'\nlt\x81."),
    "dotted name": by_hand(b"\x80\x04\x8c\x05numpy\x8c\x09os.system\x93(S'COMMAND'\ntR."),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_nothing_is_executed(path: Path, attack: Callable[[str], bytes]) -> None:
    mark = path.parent / "executed"
    path.write_bytes(attack(f"touch {mark}"))
    with refused(path, "only arrays of numbers"):
        read_book_pickle(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    "name",
    [
        ("builtins", "getattr"),
        ("builtins", "bytearray"),
        ("copyreg", "_reconstructor"),
        ("numpy", "load"),
        ("numpy", "memmap"),
        ("numpy", "ndarray.tofile"),
        ("numpy", "dtype.__new__"),
        ("_codecs", "decode"),
        ("numpy.core.multiarray", "scalar"),
        ("os\nsystem", ""),
    ],
    ids=".".join,
)
def test_only_what_rebuilds_arrays_is_admitted(path: Path, name: tuple[str, str]) -> None:
    spelt = b"".join(b"\x8c" + bytes([len(part)]) + part.encode() for part in name)
    path.write_bytes(b"\x80\x04" + spelt + b"\x93.")
    with refused(path, "it asks for"):
        read_book_pickle(path)


def test_extension_codes_are_refused_even_if_the_process_knows_them(path: Path) -> None:
    content = b"\x80\x02\x82\xf0."
    copyreg.add_extension("os", "getpid", 0xF0)
    try:
        assert pickle.loads(content) is os.getpid  # and now it is in Python's cache
        path.write_bytes(content)
        with refused(path, "extension"):
            read_book_pickle(path)
    finally:
        copyreg.remove_extension("os", "getpid", 0xF0)


@pytest.mark.parametrize(("module", "name"), ADMITTED, ids=map(".".join, ADMITTED))
def test_attributes_set_by_a_pickle_are_not_kept(path: Path, module: str, name: str) -> None:
    before = dict(vars(ADMITTED[module, name]))
    path.write_bytes(f"c{module}\n{name}\n(N(S'__doc__'\nS'x'\ndtb.".encode())
    with refused(path):
        read_book_pickle(path)
    assert dict(vars(ADMITTED[module, name])) == before
    assert ADMITTED[module, name].__doc__ != "x"


TERABYTE = struct.pack("<Q", 1 << 40)
LAUGHS = b"cnumpy\ndtype\n(" + b"I1\n" + 60 * b"2\x86" + b"tR."
BOMBS = {
    "bytes": b"\x80\x04\x8e" + TERABYTE + b".",
    "bytearray": b"\x80\x05\x96" + TERABYTE + b".",
    "frame": b"\x80\x04\x95" + TERABYTE + b"N.",
    "memo": b"\x80\x02Nr\xff\xff\xff\x7f.",
    "text memo": b"Np999999999\n.",
    "array": b"cnumpy\nndarray\n((I1099511627776\nttR.",
    "nested name": LAUGHS,
    "nested text": LAUGHS.replace(b"cnumpy\ndtype\n(", b"c_codecs\nencode\n(").replace(
        b"tR.", b"S'latin1'\ntR."
    ),
    "repeated shape": python2_array(b"f4", PIXELS.astype("<f4")).replace(
        b"J\x06\x00\x00\x00J\x10\x00\x00\x00", b"J\xff\xff\xff\x7f(I1\nt"
    )
    + b".",
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_promises_are_not_allocated(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with little_memory(), refused(path):
        read_book_pickle(path)


OTHERS = {
    "objects": (book(np.array([None] * 6)), "an array of object"),
    "text": (book(np.array(["a"] * 6)), "an array of <U"),
    "two pairs": (pickle.dumps(((PIXELS, LABELS),) * 2), "three pairs"),
    "lists": (book(PIXELS.tolist()), "pairs of an array"),
    "no arrays": (pickle.dumps(((1, 2),) * 3), "pairs of an array"),
    "no numbers of labels": (book(PIXELS, LABELS[:-1]), "6 images but 5 labels"),
    "no pixels": (book(PIXELS[:, :0]), "no pixels"),
    "NaN": (book(np.full((6, 16), np.nan)), "NaN"),
    "labels out of range": (book(PIXELS, LABELS.astype(int) - 1), "label -1 is out of range"),
    "cut short": (book()[:-20], ""),
    "no pickle": (b"this is no pickle", ""),
    "empty": (b"", ""),
    "short array": (book().replace(b"K\x06K\x10", b"K\x07K\x10"), "another size"),
}


@pytest.mark.parametrize(("content", "words"), OTHERS.values(), ids=OTHERS)
def test_anything_else_is_refused(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    with refused(path, words):
        read_book_pickle(path)


def test_splits_of_different_sizes_are_refused(path: Path) -> None:
    path.write_bytes(pickle.dumps(((PIXELS, LABELS), (PIXELS[:, :4], LABELS), (PIXELS, LABELS))))
    with refused(path, "different sizes: 4, 16 pixels"):
        load_dataset(path)


@FUZZ
@given(content=damaged(*(book(protocol=protocol) for protocol in range(6))))
def test_any_bytes_are_splits_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.pkl"
    path.write_bytes(content)
    try:
        splits, _ = read_book_pickle(path)
    except InputError:
        return
    assert len(splits) == 3
    assert all(split.images.shape[0] == len(split.labels) > 0 for split in splits)
