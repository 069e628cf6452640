"""The kinds of layers that can be written, by an example of each."""

from gpunet.nn.layers.dense import Neurons
from gpunet.nn.layers.kernels import Kernels, Squares
from gpunet.nn.layers.part import Part

LAYERS: dict[str, type[Part]] = {kind.example: kind for kind in (Neurons, Kernels, Squares)}
