"""Binds a network to its workspaces: the forward pass, and the training step, as operations.

This is backpropagation (chapter 2): forward through the layers, the cost's
error at the top, backward through the layers. What runs is a flat sequence of operations.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from gpunet.backend.device import Device
from gpunet.backend.plain import Array, Operation
from gpunet.nn.costs import Cost
from gpunet.nn.layers.base import Binding, BoundLayer, GradientSink, Layer
from gpunet.nn.parameters import ParameterVector


class Pass:
    """The layers bound to one another, from an input array up to the outputs.

    The input array (m, n_in) is read at every run; `output` (m, n_out) is written. With a clock,
    which counts the steps of a training, it does what is done in training only.
    """

    def __init__(
        self,
        device: Device,
        layers: Sequence[Layer],
        parameters: ParameterVector,
        source: Array,
        clock: Array | None = None,
    ) -> None:
        self.primitives = device.primitives
        # The bound layers by the number they have in the network.
        self.layers: dict[int, BoundLayer] = {}
        for number, (layer, own) in enumerate(zip(layers, parameters.views, strict=True)):
            if layer.only_in_training and clock is None:
                continue
            # Column-major: on large products both sets of OpenBLAS kernels tried are 5 to 30 %
            # faster so, on small ones it makes no difference. The outputs meet the targets, which
            # are gathered row by row.
            order = "C" if layer is layers[-1] else "F"
            self.layers[number] = bound = layer.bind(Binding(device, own, source, order, clock))
            source = bound.output
        self.output = source
        self.output_activation = layers[-1].activation

    def forward(self) -> list[Operation]:
        """From the input array to `output`."""
        return [operation for layer in self.layers.values() for operation in layer.forward()]

    def backward(
        self, cost: Cost, y: Array, sinks: Sequence[GradientSink], weights: Array | None = None
    ) -> list[Operation]:
        """From `output` and targets y (m, n_out) to the gradients: BP1, then BP2 to BP4.

        Where there are weights (m, 1), each sample's share of the gradients is multiplied by its
        own.
        """
        downward = [(layer, sinks[number]) for number, layer in self.layers.items()][::-1]
        while not downward[-1][1].places:  # below all parameters nothing asks for a gradient
            downward.pop()
        top, _ = downward[0]
        operations = [
            *cost.gradient(self.primitives, self.output_activation, self.output, y, top.gradient)
        ]
        if weights is not None:
            delta = top.gradient
            operations.append(partial(self.primitives.xp.multiply, delta, weights, delta))
        for (layer, sink), (lower, _) in pairwise(downward):
            operations += layer.backward(sink, lower.gradient)
            operations += lower.chain()
        bottom, sink = downward[-1]
        return operations + list(bottom.backward(sink, None))


def run(operations: Sequence[Operation]) -> None:
    """Run a bound sequence once."""
    for operation in operations:
        operation()
