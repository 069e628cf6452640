"""Networks as PyTorch modules, and as their weights in a file."""

import os
from typing import Any

import numpy as np
from safetensors.numpy import save

from gpunet.core.errors import InputError
from gpunet.interop.files import write_file
from gpunet.interop.torch_modules import modules_of, source_of, state_dict
from gpunet.nn.network import Network


def to_torch(network: Network) -> Any:
    """A network as a torch.nn.Sequential on the CPU, with copies of its parameters.

    The module takes floats (n, features), as `Network.feedforward` takes fractions: pixels are to
    be multiplied by `network.input_scale` before. Where `network.scale_floats` is set it takes them
    as they are: PyTorch has no module that multiplies by a number, so that `input_scale` is part of
    the first layer's weights. It is in evaluation mode; `.train()` turns
    dropout on. Dropout that gpunet scales in evaluation becomes PyTorch's, which scales in
    training, with the weights of the Linear above multiplied by the share kept: outputs are the
    same, and `from_torch` gives these weights back. A network with `scale_floats` comes back by
    `from_torch(module, scale_floats=True, input_scale=1)`.

    The cost is no part of the module. Softmax and sigmoid outputs are, while PyTorch's
    CrossEntropyLoss and BCEWithLogitsLoss want what is below them: train `module[:-1]` with these.

    Args:
        network: on any device.

    Raises:
        InputError: PyTorch is not installed, or a layer or its activation has no counterpart.
    """
    torch = import_torch()
    modules = modules_of(network)
    # Without memory of their own until they are given their parameters: nothing is drawn at random.
    with torch.device("meta"):
        made = [getattr(torch.nn, each.kind)(*each.arguments, **each.options) for each in modules]
    sequential = torch.nn.Sequential(*made)
    tensors = {name: torch.from_numpy(values) for name, values in state_dict(modules).items()}
    sequential.load_state_dict(tensors, assign=True)
    return sequential.eval()


def write_torch(network: Network, path: str | os.PathLike[str]) -> str:
    """Write the state dict of a network's modules to a safetensors file; needs no PyTorch.

    What the modules take, and what becomes of `input_scale`, is as `to_torch` says.

    Args:
        network: on any device.
        path: the file, written whole or not at all; an existing one is replaced.

    Returns:
        The program that makes the modules, those of `to_torch`, and loads the file into them.

    Raises:
        InputError: a layer has no counterpart in PyTorch, or the file's folder does not exist.
        GpunetError: the file cannot be written.
    """
    modules = modules_of(network)
    tensors = {name: np.ascontiguousarray(each) for name, each in state_dict(modules).items()}
    write_file(path, save(tensors, {"format": "pt"}))
    return source_of(modules, os.fspath(path), network.dtype.name)


def import_torch() -> Any:
    """PyTorch; InputError where it is not installed."""
    try:
        import torch
    except ImportError:
        raise InputError(
            'this needs PyTorch, which is not installed: pip install "gpunet[torch]"'
        ) from None
    return torch
