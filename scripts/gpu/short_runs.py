"""Short runs of every kernel on a CUDA device, small enough for compute-sanitizer.

compute-sanitizer --tool memcheck python scripts/gpu/short_runs.py fused
compute-sanitizer --tool memcheck python scripts/gpu/short_runs.py graph --device cuda:1
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.sweeps.grid import expand
from gpunet.training.trainer import Trainer

# Two whole batches of ten, and one of three.
SAMPLES = 23
RUNS: dict[str, list[dict[str, Any]]] = {
    # What is most likely to go wrong first: a graph writes where it was told to when it was
    # captured, whoever has that memory now, and these have the most operations that could.
    "graph": [
        {"hidden": ["4C3", "MP2", "3C2", 12], "activation": "relu", "dropout": 0.5},
        {"hidden": [12], "optimizer": "adam", "clip": 1, "max_norm": 2, "l1": 0.1, "l2": 0.1},
        {"hidden": [12], "rotation": 10, "scaling": 0.1, "elastic": 5, "sigma": 2},
        {"hidden": [12], "optimizer": "nesterov", "momentum": 0.5, "schedule": "step:1:0.5"},
        {"hidden": [30], "momentum": 0.5},
        {"hidden": [30], "activation": "relu", "cost": "log-likelihood", "dtype": "float64"},
    ],
    # Momentum, a smaller last batch, inputs in fours and single ones, every activation.
    "fused": [
        {"hidden": [30]},
        {"hidden": [30], "momentum": 0.5, "dtype": "float64"},
        {"hidden": [33, 12], "activation": "relu", "cost": "cross-entropy"},
        {"hidden": [12], "activation": "tanh", "cost": "log-likelihood", "momentum": 0.5},
        {"hidden": [12], "activation": "softmax"},
        {"hidden": [], "activation": "linear", "batch_size": 7},
    ],
}


def main() -> None:
    """Make the short runs of one engine."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("engine", choices=RUNS)
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    try:
        device = gpunet.open_device(options.device)
        stop_pooling(device)
        make_short_runs(device, options.engine)
    except gpunet.GpunetError as error:
        print(f"gpu_short_runs: {error}", file=sys.stderr)
        sys.exit(error.exit_status)


def make_short_runs(device: Device, engine: str) -> None:
    """Two epochs of every network."""
    digits = gpunet.load_dataset("digits")
    rest = (digits.validation, digits.test, digits.shape, digits.max_pixel, digits.classes)
    data = Dataset("few", digits.train[:SAMPLES], *rest)
    for run in RUNS[engine]:
        options = {"epochs": 2, "batch_size": 10, "learning_rate": 0.05, **run}
        dtype = options.pop("dtype", "float32")
        (setting,) = expand({name: [value] for name, value in options.items()})
        network = setting.network(data, seed=0, dtype=dtype, device=device)
        Trainer(network, data, setting.training, None, engine).train()
    device.synchronize()


def stop_pooling(device: Device) -> None:
    """Let every array be an allocation of its own, whose bounds the sanitizer knows."""
    if device.xp.__name__ == "cupy":
        device.xp.cuda.set_allocator(None)


if __name__ == "__main__":
    main()
