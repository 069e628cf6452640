"""Notebooks: the one in examples/ runs, and what is shown in one is what it should be."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import gpunet
from gpunet.datasets.dataset import Dataset

FIRST_STEPS = Path(__file__).parent.parent / "examples" / "first-steps.ipynb"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The cells of first-steps.ipynb, executed by a kernel, without warnings."""
    pytest.importorskip("nbclient", reason="nbclient is not here, which executes notebooks")
    pytest.importorskip("ipykernel", reason="ipykernel is not here, which notebooks run in")
    folder = tmp_path_factory.mktemp("notebook")
    # In a process of its own: the client leaves an event loop behind, and warns of it.
    program = (
        "import sys, nbformat; from nbclient import NotebookClient\n"
        "book = nbformat.read(sys.argv[1], as_version=4)\n"
        "NotebookClient(book, timeout=120, resources={'metadata': {'path': '.'}}).execute()\n"
        "nbformat.write(book, 'executed.ipynb')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(FIRST_STEPS)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    cells = json.loads((folder / "executed.ipynb").read_text())["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def shown(cell: dict[str, Any], kind: str) -> list[str]:
    """What a cell shows of a kind."""
    return ["".join(out["data"][kind]) for out in cell["outputs"] if kind in out.get("data", {})]


def test_the_notebook_is_stored_without_outputs() -> None:
    cells = json.loads(FIRST_STEPS.read_text())["cells"]
    assert all(not cell.get("outputs") for cell in cells)
    assert all(cell.get("execution_count") is None for cell in cells)


def test_the_notebook_shows_data_layers_curves_and_matrix(executed: list[dict[str, Any]]) -> None:
    html = [page for cell in executed for page in shown(cell, "text/html")]
    for part in ("data:image/png;base64,", "parameters", "<svg", "true \\ predicted"):
        assert any(part in page for page in html), part
    errors = [out for cell in executed for out in cell["outputs"] if out.get("name") == "stderr"]
    assert errors == []


def test_the_training_says_how_far_it_is_in_one_line(executed: list[dict[str, Any]]) -> None:
    (cell,) = [cell for cell in executed if "".join(cell["source"]).startswith("history =")]
    lines = [text for text in shown(cell, "text/plain") if text.startswith("epoch")]
    assert len(lines) == 1
    found = re.match(r"epoch 30/30  cost 0\.\d{4}  accuracy (\d\d\.\d\d) %", lines[0])
    assert found
    assert float(found[1]) > 90


def test_outside_of_a_notebook_nothing_is_shown_and_ipython_is_not_imported() -> None:
    program = (
        "import gpunet, sys; gpunet.fit(gpunet.Network([64, 10]), gpunet.load_dataset('digits'), "
        "epochs=1); print('IPython' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "False\n"


class Cells(HTMLParser):
    """The rows of text in the tables of a page, every tag closed in its order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "img":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def test_an_evaluation_is_its_matrix(digits: Dataset) -> None:
    network = gpunet.Network([64, 10])
    gpunet.fit(network, digits, epochs=2)
    evaluation = gpunet.evaluate(network, digits.test)
    head, *rows = Cells(evaluation._repr_html_()).rows
    assert head == ["true \\ predicted", *"0123456789"]
    found = [[0 if text == "·" else int(text) for text in row[1:]] for row in rows]
    np.testing.assert_array_equal(found, evaluation.confusion)


def test_a_network_is_its_layers() -> None:
    network = gpunet.Network([(28, 28), "20C5", "MP2", 100, 10], cost="log-likelihood")
    head, *rows = Cells(network._repr_html_()).rows
    assert head == ["layer", "outputs", "activation", "parameters"]
    assert rows == [
        ["input", "1 × 28 × 28", "", ""],
        ["20C5", "20 × 24 × 24", "sigmoid", "520"],
        ["MP2", "20 × 12 × 12", "", "0"],
        ["100", "100", "sigmoid", "288,100"],
        ["10", "10", "softmax", "1,010"],
        ["all", "", "", "289,630"],
    ]


def test_a_history_is_its_curves(digits: Dataset) -> None:
    history = gpunet.fit(gpunet.Network([64, 10]), digits, epochs=4)
    page = history._repr_html_()
    pictures = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page)]
    assert [picture.get("aria-label") for picture in pictures] == ["accuracy, %", "cost"]
    for picture, higher in zip(pictures, (True, False), strict=True):
        (line,) = picture.iter("{http://www.w3.org/2000/svg}polyline")
        heights = [float(point.split(",")[1]) for point in line.attrib["points"].split()]
        assert len(heights) == 4
        # An accuracy rises and a cost falls; what is higher has the smaller y.
        assert (heights[-1] < heights[0]) == higher
    assert gpunet.History()._repr_html_() == "<p>0 epochs, none of them measured</p>"


def test_a_data_set_is_its_classes_whatever_they_are_called(digits: Dataset) -> None:
    names = ("<script>alert(1)</script>", *"123456789")
    rest = (digits.train, digits.validation, digits.test, digits.shape, digits.max_pixel)
    page = Dataset("<b>", *rest, classes=names)._repr_html_()
    assert "<script" not in page
    assert "<b>" not in page
    head, *rows = Cells(page).rows
    assert head[:4] == ["class", "train", "validation", "test"]
    assert [row[0] for row in rows] == list(names)
    assert [int(row[1]) for row in rows] == np.bincount(digits.train.labels).tolist()
    assert page.count("data:image/png;base64,") == 10
