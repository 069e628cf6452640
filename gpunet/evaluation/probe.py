"""A network looked into: what every layer makes of one sample."""

from typing import Any, NamedTuple

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.nn.network import Network
from gpunet.nn.parameters import Shape
from gpunet.nn.step import run


class ProbedLayer(NamedTuple):
    """A layer with neurons of its own, and the pooling behind it.

    Attributes:
        name: as it is written: "20C5-MP2", "100".
        activation: the name of its activation.
        shape: of what goes out: (maps, height, width), or (n,).
    """

    name: str
    activation: str
    shape: Shape


class Probe:
    """A network bound to one sample, so that asking it again takes no more than the arithmetic.

    The network's parameters are read at every look; where it is trained meanwhile, the answers
    follow.

    Attributes:
        layers: from the bottom; the last one is the output.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        architecture = network.architecture
        stages = architecture.stages
        shapes = [*(stage.shape for stage in stages[1:]), architecture.shapes[-1]]
        names = ["-".join(map(str, (stage.part, *stage.extensions))) for stage in stages]
        self.layers = [
            ProbedLayer(*each) for each in zip(names, network.activations, shapes, strict=True)
        ]
        self.device = network.device
        with self.device.active():
            self.source = self.device.xp.zeros((1, network.sizes[0]), network.dtype)
            bound = network.bind(self.source)
        self.operations = bound.forward()
        with_neurons = [number for number, layer in enumerate(network.layers) if layer.shapes]
        self.outputs = [bound.layers[number].output for number in with_neurons]

    def look(self, pixels: Any) -> list[HostArray]:
        """What every layer makes of a sample (n_in,), pixels as `Network.feedforward` takes them.

        Returns:
            Copies on the host, each of its layer's shape.
        """
        with self.device.computing(self.network.macs):
            self.source[...] = self.network.read(pixels).scaled(self.network.dtype)
            run(self.operations)
            return [
                np.array(self.device.host(output)).reshape(layer.shape)
                for layer, output in zip(self.layers, self.outputs, strict=True)
            ]
