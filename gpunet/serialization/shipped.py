"""The trained network that comes with the package: a run folder of its own, under a name.

`scripts/make_network.py` made it; the README.md beside it says how, and what it reaches.
"""

import os
from pathlib import Path

from gpunet.datasets.places import embedded

# What it is called wherever a run or a model may be named, and the recipe it was trained by.
SHIPPED = "mnist-conv"


def shipped_run() -> Path:
    """Its run folder."""
    return embedded("network")


def shipped_model() -> Path:
    """Its model."""
    return shipped_run() / "model.safetensors"


def sample_images() -> Path:
    """A folder of ten images that were drawn to try it with."""
    return embedded("samples")


def is_shipped(path: Path) -> bool:
    """Whether that is its name, and nothing else: what lies in this folder comes first."""
    return str(path) == SHIPPED and not os.path.exists(path)
