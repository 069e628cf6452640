"""What a type checker makes of programs that use the installed package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gpunet

EXAMPLES = Path(__file__).parent.parent / "examples"
# Libraries that examples show gpunet beside, most of them without annotations.
OTHERS = "onnxruntime.*,pyarrow.*,torch.*,sklearn.*"
WRONG = '''"""Each line that ends in a comment is wrong, in that way."""

import gpunet
from gpunet.interop import TensorBoard

digits = gpunet.load_dataset("digits")
network = gpunet.Network([784, 10])
gpunet.fit(network, digits, epochs="3")  # arg-type
gpunet.fit(network, digits, epoch=3)  # arg-type
gpunet.fit(network, digits, callbacks=[print])  # list-item
network.predict()  # call-arg
network.wieghts  # attr-defined
gpunet.evaluate(network, digits.test).accuracy + "%"  # operator
gpunet.save(network)  # call-arg
gpunet.perceptron  # attr-defined
TensorBoard(3)  # arg-type
gpunet.fit(network, digits, epochs=3, callbacks=[TensorBoard("board")])
'''


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder, and beside it the package as it lies among installed ones."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    place = tmp_path_factory.mktemp("typed")
    package, without = Path(gpunet.__file__).parent, shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, place / "installed" / "gpunet", ignore=without)
    # Nothing but this copy has it: there may be another gpunet installed.
    (place / "installed" / "gpunet" / "here.py").write_text("HERE = True\n")
    shutil.copytree(EXAMPLES, place / "user" / "examples", ignore=without)
    return place / "user"


def check(user: Path, *arguments: str) -> tuple[int, list[str]]:
    """What mypy says of a user's programs, and the status it ends with."""
    skipped = "ignore_missing_imports = True\nfollow_imports = skip\n"
    (user / "mypy.ini").write_text(f"[mypy]\n[mypy-{OTHERS}]\n{skipped}")
    unset = ("MYPYPATH", "PYTHONPATH", "MYPY_FORCE_COLOR", "FORCE_COLOR")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", sys.executable]
    done = subprocess.run(
        [*command, *arguments],
        cwd=user,
        # mypy takes what lies on Python's path for installed.
        env={**environment, "PYTHONPATH": str(user.parent / "installed")},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_examples_are_typed_right(user: Path) -> None:
    (user / "examples" / "here.py").write_text("from gpunet.here import HERE as HERE\n")
    status, lines = check(user, "examples")
    assert (lines, status) == ([lines[-1]], 0)
    assert lines[-1].startswith("Success")


def test_what_is_wrong_is_found(user: Path) -> None:
    (user / "wrong.py").write_text(WRONG)
    status, lines = check(user, "wrong.py")
    found = re.findall(r"^wrong\.py:(\d+): error: .*\[([a-z-]+)\]$", "\n".join(lines), re.MULTILINE)
    expected = [
        (str(number), line.rpartition("# ")[2])
        for number, line in enumerate(WRONG.splitlines(), 1)
        if "  # " in line
    ]
    assert (found, status) == (expected, 1)
