"""The kinds of layers that can be written, by an example of each."""

from gpunet.nn.layers.averaging import Averages
from gpunet.nn.layers.dense import Neurons
from gpunet.nn.layers.kernels import Kernels, Squares
from gpunet.nn.layers.maxout import Pieces
from gpunet.nn.layers.part import Part
from gpunet.nn.layers.sparse import TabledKernels
from gpunet.nn.layers.subsampling import Sums

LAYERS: dict[str, type[Part]] = {
    kind.example: kind
    for kind in (Neurons, Kernels, TabledKernels, Squares, Averages, Sums, Pieces)
}
