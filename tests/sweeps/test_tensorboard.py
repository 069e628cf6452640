"""Networks that a GPU trains at once write for TensorBoard what each would write alone."""

import json
from pathlib import Path
from typing import Any

import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.runs.description import MODEL
from gpunet.sweeps.executors.choose import run_members
from gpunet.sweeps.members import Job, Reports, make_members
from tests.interop.events import read

GRID: dict[str, list[Any]] = {"hidden": [[9], [7, 5]], "epochs": [2], "learning_rate": [0.5, 1.0]}


@pytest.mark.parametrize("engine", ["fused", "graph", "eager"])
def test_curves_and_weights_are_those_of_the_run_folder(
    gpu: Device, few: Dataset, tmp_path: Path, engine: str
) -> None:
    job = Job(tmp_path / "many", few, "float32", gpu, engine, board=tmp_path / "board")
    members = make_members(job, GRID, networks=2, seed=4)
    run_members(job, members, Reports(lambda entry: None, lambda done: None))
    for member in members[::3]:
        folder = job.path / member.folder
        lines = (folder / "history.jsonl").read_text().splitlines()
        found = read(tmp_path / "board" / folder.name)
        assert [event.value for event in found.Scalars("cost")] == pytest.approx(
            [json.loads(line)["cost"] for line in lines]
        )
        last = found.Histograms("weights/layer_1")[-1].histogram_value
        weights = gpunet.load(folder / MODEL, device="cpu").weights[0].astype(float)
        assert (last.num, last.min, last.max) == (weights.size, weights.min(), weights.max())
