"""Memory in proportion: small files that unpack to much take no more than honest ones."""

import gzip
import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.datasets.samples import idx_bytes, make_samples

if not Path("/proc/self/clear_refs").exists():
    pytest.skip("peaks of memory are told by Linux alone", allow_module_level=True)

# Prints what became of reading, and by how many MiB it raised the peak of this process's memory.
MEASURE = """
import sys
from pathlib import Path
from PIL import Image
from gpunet.core.errors import InputError
from gpunet.datasets.load import load_dataset
from gpunet.datasets.readers.pictures import Style, fit_picture, read_grey

def told(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) // 1024

Image.init()
path = Path(sys.argv[1])
before = told("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
try:
    if path.stem == "image":
        fit_picture(read_grey(path), Style((28, 28), 20, 255))
    else:
        load_dataset(path)
    print("read")
except InputError as error:
    print(error)
print(told("VmHWM") - before)
"""
MEGAPIXELS_49 = (7000, 7000)
STROKE = (slice(3000, 5000), slice(3000, 3100))


def peak_of(path: Path) -> tuple[str, int]:
    """What became of reading a data set or an image (named image.*), and the MiB it took."""
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    became, max_pixel = ran.stdout.splitlines()
    return became, int(max_pixel)


def large(mode: str) -> Image.Image:
    """An image of 49 million pixels, a stroke of ink on it."""
    levels = np.zeros(MEGAPIXELS_49, np.uint8)
    levels[STROKE] = 255
    if mode == "I;16":
        return Image.fromarray(levels.astype(np.uint16) * 257)
    return Image.fromarray(levels).convert(mode)


@pytest.mark.parametrize(
    ("mode", "kind", "options", "most"),
    [
        ("1", "png", {}, 250),
        ("P", "png", {"transparency": 0}, 250),
        ("RGBA", "png", {}, 350),
        ("I;16", "png", {}, 350),
        ("L", "gif", {}, 350),
        ("RGB", "jpeg", {}, 350),
        ("CMYK", "jpeg", {"progressive": True, "subsampling": 0}, 800),
        ("F", "tiff", {"compression": "tiff_deflate"}, 400),
    ],
)
def test_a_large_image_takes_a_few_bytes_a_pixel(
    tmp_path: Path, mode: str, kind: str, options: dict[str, Any], most: int
) -> None:
    path = tmp_path / f"image.{kind}"
    large(mode).save(path, **options)
    assert path.stat().st_size < 1 << 20
    became, max_pixel = peak_of(path)
    assert became == "read"
    assert max_pixel < most


@pytest.mark.parametrize("size", [(10_000, 9_999), (16_383, 800)])
def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    kind = "png" if size[0] == 10_000 else "webp"
    path = tmp_path / f"image.{kind}"
    Image.new("L", size).save(path)
    became, max_pixel = peak_of(path)
    assert "pixels are too many; make it smaller" in became
    assert max_pixel < 30


def test_photographs_in_class_folders_are_not_all_held_at_once(tmp_path: Path) -> None:
    photograph = np.zeros((3000, 3000), np.uint8)
    photograph[1000:1500, 1000:1100] = 255
    Image.fromarray(photograph).save(tmp_path / "photograph.png")
    for name in "abc":
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(12):
            (tmp_path / "data" / name / f"{number}.png").symlink_to(tmp_path / "photograph.png")
    became, max_pixel = peak_of(tmp_path / "data")
    assert became == "read"
    assert max_pixel < 100  # one of them is 9 MB, all are 324


def npy(shape: str, kind: str = "|u1", version: int = 1, content: bytes = b"") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    size = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + size + header + content


def archive(path: Path, x: bytes, y: bytes, packing: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", packing, compresslevel=9) as file:
        file.writestr("x.npy", x)
        file.writestr("y.npy", y)


IMAGES, LABELS = make_samples(100)
MANY = 56 << 20  # as much as 55 KB of deflate or bzip2 can unpack to
PACKED_LABELS = io.BytesIO()
np.save(PACKED_LABELS, LABELS)
DIGITS = PACKED_LABELS.getvalue()


def npz_of(kind: str, width: int, packing: int = zipfile.ZIP_DEFLATED) -> Callable[[Path], None]:
    """An archive of a hundred images of zeros, in all of MANY bytes."""
    x = npy(
        f"(100, {MANY // 100 // width})", kind, content=bytes(MANY // 100 // width * width * 100)
    )
    return lambda path: archive(path, x, DIGITS, packing)


def npz_of_many_samples(path: Path) -> None:
    half = MANY // 2
    archive(path, npy(f"({half}, 1)", content=bytes(half)), npy(f"({half},)", content=bytes(half)))


def npz_with_a_long_header(path: Path) -> None:
    header = b"\x93NUMPY\x02\x00" + struct.pack("<I", MANY) + b" " * MANY
    archive(path, header, DIGITS)


def idx_folder(path: Path) -> None:
    path.mkdir()
    images = idx_bytes(IMAGES[:10]) + bytes(300 << 20)
    (path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(images, 9))
    (path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(LABELS[:10]))


def pickled(content: bytes) -> Callable[[Path], int]:
    return lambda path: path.write_bytes(gzip.compress(b"\x80\x02" + content + b".", 9))


SHARED_TEXT = b"X" + struct.pack("<I", 8 << 20) + b"a" * (8 << 20) + b"q\x00"
ENCODED = b"c_codecs\nencode\nh\x00U\x06latin1\x86R"
PARTS = b",".join([b"f4"] * 300_000)
BOMBS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "bytes": ("a.npz", npz_of("|u1", 1)),
    "float16": ("a.npz", npz_of("<f2", 2)),
    "float64": ("a.npz", npz_of("<f8", 8)),
    "int64": ("a.npz", npz_of("<i8", 8)),
    "bzip2": ("a.npz", npz_of("|u1", 1, zipfile.ZIP_BZIP2)),
    "lzma": ("a.npz", npz_of("|u1", 1, zipfile.ZIP_LZMA)),
    "many samples": ("a.npz", npz_of_many_samples),
    "long header": ("a.npz", npz_with_a_long_header),
    "idx": ("folder", idx_folder),
    "zeros in a pickle": ("a.pkl.gz", pickled(b"C" + bytes(200 << 20))),
    "empty objects": ("a.pkl", pickled(b"}" * (4 << 20))),
    "one text encoded often": ("a.pkl", pickled(SHARED_TEXT + ENCODED * 30)),
    "a type of many parts": (
        "a.pkl",
        pickled(b"cnumpy\ndtype\nX" + struct.pack("<I", len(PARTS)) + PARTS + b"\x85R"),
    ),
}


@pytest.mark.parametrize(("name", "write"), BOMBS.values(), ids=BOMBS)
def test_what_unpacks_to_much_is_refused(
    tmp_path: Path, name: str, write: Callable[[Path], Any]
) -> None:
    path = tmp_path / name
    write(path)
    became, max_pixel = peak_of(path)
    assert str(path) in became
    assert max_pixel < 70


def test_floating_point_pixels_take_little_more_than_themselves(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2000, 64, 64)).astype(np.float64)
    np.savez(tmp_path / "a.npz", x=pixels, y=np.arange(2000) % 10)
    became, max_pixel = peak_of(tmp_path / "a.npz")
    assert became == "read"
    assert max_pixel < 2 * pixels.nbytes >> 20
