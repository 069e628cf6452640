"""Every program in examples/ runs, in an empty folder, and does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gpunet.datasets.mnist import find_mnist

EXAMPLES = Path(__file__).parent.parent / "examples"
# What the last line of each must look like, and the least that its first number may be.
LAST_LINES = {
    "train_digits": (r"\d taken for \d: (\d+)", 1),
    "error_bar": (r"from (\d\d\.\d\d) to \d\d\.\d\d %", 85),
    "own_images": (r"test accuracy (\d\d\.\d\d)%", 90),
    "own_loop": (r"by hand: accuracy (\d\d\.\d\d)%", 85),
    "committee": (r"the first test image is taken for a (\d)", 0),
    "custom_callback": (r"ended after \d+ epochs at (\d\d\.\d\d)%", 97),
    "kaggle": (r"submission\.csv: (\d\d\.\d\d)% right", 90),
    "parquet_file": (r"test accuracy (\d\d\.\d\d)%", 90),
    "onnx_runtime": (r"the same label for (\d+) of 359 images", 359),
    "sklearn_pipeline": (r"the best one on the test samples: (\d\d\.\d\d) %", 95),
    "torch_module": (r"accuracy in PyTorch again: (\d\d\.\d\d)%", 90),
    "book_chapter1": (r"Epoch 0: (\d+) / 10000", 5000),  # no seed: digits may be missed
}
# What an example needs that may not be installed.
NEEDS = {
    "onnx_runtime": ("onnx_ir", "onnxruntime"),
    "parquet_file": ("pyarrow",),
    "sklearn_pipeline": ("sklearn",),
    "torch_module": ("torch",),
}


def test_every_example_is_known() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(LAST_LINES)


@pytest.mark.parametrize("name", LAST_LINES)
def test_it_runs(name: str, tmp_path: Path) -> None:
    for library in NEEDS.get(name, ()):
        pytest.importorskip(library, reason=f"{library} is not installed")
    arguments = []
    if name == "book_chapter1":
        if find_mnist() is None:
            pytest.skip("MNIST is not here, and would have to be fetched")
        arguments = ["1"]
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    pattern, least = LAST_LINES[name]
    line = done.stdout.splitlines()[-1]
    found = re.fullmatch(pattern, line)
    assert found, line
    assert float(found[1]) >= least
