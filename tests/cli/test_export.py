"""`gpunet export`: files for onnxruntime and PyTorch, and what is refused."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpunet as package
from gpunet.datasets.dataset import Dataset
from tests.cli.running import gpunet

onnx_ir = pytest.importorskip("onnx_ir")


def test_an_onnx_model_labels_as_the_run_does(
    finished: Path, tmp_path: Path, digits: Dataset
) -> None:
    runtime = pytest.importorskip("onnxruntime")
    path = tmp_path / "model.onnx"
    said = gpunet("export", finished, "--onnx", path)
    assert said.status == 0
    images = digits.test.images[:300]
    names: dict[str, Any] = {"onnxruntime": runtime, "images": images}
    wrote, to_use = said.out.splitlines()
    assert wrote.startswith(f"wrote {path} (")
    assert wrote.endswith("takes images (n, 64), uint8, and gives outputs (n, 10) and label (n,)")
    exec(to_use.removeprefix("to use it: "), names)
    network = package.load(finished / "model.safetensors", "cpu")
    np.testing.assert_array_equal(names["label"], network.predict(images))
    np.testing.assert_allclose(names["outputs"], network.feedforward(images), atol=1e-5)
    session = runtime.InferenceSession(path)
    assert '"0", "1", "2"' in session.get_modelmeta().custom_metadata_map["classes"]


def test_floats_are_taken_where_asked_for(finished: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    assert "float32" in gpunet("export", finished, "--onnx", path, "--floats").out
    assert onnx_ir.load(path).graph.inputs[0].dtype == onnx_ir.DataType.FLOAT


def test_the_program_for_pytorch_is_all_that_is_printed(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    path = tmp_path / "it's [b] mnist.safetensors"
    said = gpunet("export", "mnist-conv", "--torch", path)
    assert (said.status, said.err) == (0, "")
    names: dict[str, Any] = {}
    exec(said.out, names)
    import torch

    x = np.random.default_rng(3).random((50, 784), dtype=np.float32)
    with torch.no_grad():
        found = names["model"](torch.from_numpy(x)).numpy()
    network = package.load("mnist-conv", "cpu")
    np.testing.assert_allclose(found, network.feedforward(x), rtol=1e-5, atol=1e-6)


def test_both_files_can_be_written_at_once(finished: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "model.onnx", tmp_path / "model.safetensors"
    assert gpunet("export", finished, "--onnx", one, "--torch", other).status == 0
    assert sorted(tmp_path.iterdir()) == [one, other]


def test_a_network_of_many_is_exported_by_its_own_folder(three: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    refused = gpunet("export", three, "--onnx", path)
    assert refused.status == 2
    assert f"name one of them, such as {three / 'networks/000'}" in refused.complaint
    assert gpunet("export", three / "networks/000", "--onnx", path).status == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "nothing to write: give --onnx FILE.onnx or --torch FILE.safetensors"),
        (("--floats", "--torch", "a"), "--floats is what an ONNX model takes"),
        (("--onnx", "nowhere/a"), "--onnx nowhere/a: there is no folder nowhere; make it"),
        (("--torch", "nowhere/a"), "--torch nowhere/a: there is no folder nowhere; make it"),
        (("--onnx", "."), "--onnx .: is a folder; name a file in it"),
        (("--onnx", "/dev/null"), "--onnx /dev/null: is not a regular file"),
        (("--onnx", "a", "--torch", "a"), "--onnx and --torch both name a"),
        (("mnist-conv", "--onnx", "a"), "export takes one run, and 2 are named"),
        (("--onnx",), "--onnx: needs a value"),
    ],
)
def test_a_bad_request_is_refused(
    arguments: tuple[str, ...],
    complaint: str,
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = gpunet("export", finished, *arguments)
    assert (refused.status, refused.out) == (2, "")
    assert complaint in refused.complaint
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    refused = gpunet("export", tmp_path / "nothing", "--onnx", tmp_path / "a.onnx")
    assert refused.status == 2
    assert "no such run folder" in refused.complaint


def test_the_files_of_a_run_are_not_overwritten(copied: Path) -> None:
    before = (copied / "model.safetensors").read_bytes()
    refused = gpunet("export", copied, "--torch", copied / "model.safetensors")
    assert refused.status == 2
    assert "is a file of the run itself; name another" in refused.complaint
    assert (copied / "model.safetensors").read_bytes() == before


def test_without_onnx_ir_one_is_told_what_to_install(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx_ir", None)
    refused = gpunet("export", finished, "--onnx", tmp_path / "a.onnx")
    assert refused.status == 2
    assert 'pip install "gpunet[onnx]"' in refused.complaint
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_said(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gpunet.interop.files.write_atomically", full)
    failed = gpunet("export", finished, "--torch", tmp_path / "a")
    assert failed.status == 1
    assert failed.complaint.endswith("a: cannot be written: No space left on device")
