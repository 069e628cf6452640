"""What a network does to a sample, as ONNX operators."""

from collections.abc import Sequence
from typing import Any, assert_never

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.interop.sequence import (
    Activate,
    Average,
    Connect,
    Correlate,
    Gain,
    Item,
    LeaveOut,
    Pool,
    Reshape,
    TakeLargest,
)

OPERATORS = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu", "softmax": "Softmax"}


class Writer:
    """Turns items into operators, one after the other.

    Args:
        ir: the module onnx_ir.
        dtype: the network's.
    """

    def __init__(self, ir: Any, dtype: np.dtype[Any]) -> None:
        self.ir = ir
        self.dtype = dtype
        self.tape = ir.tape.Tape()
        self.op = self.tape.op
        self.parameters = 0

    def constant(self, values: HostArray, name: str) -> Any:
        """An array that is part of the model."""
        return self.tape.initializer(self.ir.tensor(values, name=name))

    def cast(self, value: Any, dtype: Any) -> Any:
        """The same numbers in another type."""
        return self.op("Cast", [value], attributes={"to": int(self.ir.DataType.from_numpy(dtype))})

    def scale(self, images: Any, factor: float) -> Any:
        """Images as numbers of the network's type, times a factor."""
        own = images.dtype == self.ir.DataType.from_numpy(self.dtype)
        numbers = images if own else self.cast(images, self.dtype)
        if own and factor == 1.0:
            return numbers
        return self.op("Mul", [numbers, self.constant(np.array(factor, self.dtype), "input_scale")])

    def label(self, outputs: Any) -> Any:
        """The output that is largest, of each image."""
        found = self.op("ArgMax", [outputs], attributes={"axis": 1, "keepdims": 0})
        found.name, found.dtype = "label", self.ir.DataType.INT64
        found.shape = self.ir.Shape(["n"])
        return found

    def add(self, item: Item, value: Any) -> Any:
        """What becomes of a value."""
        match item:
            case LeaveOut():
                return value
            case Reshape((_,)):
                return self.op("Flatten", [value], attributes={"axis": 1})
            case Reshape(shape):
                return self.reshape(value, shape, "image_shape")
            case Connect(weights, biases):
                operands = [value, *self.own(weights, biases)]
                return self.op("Gemm", operands, attributes={"transB": 1})
            case Correlate(weights, biases, padding):
                attributes = {"pads": [padding] * 4} if padding else {}
                return self.in_float32("Conv", value, (weights, biases), attributes)
            case Pool((height, width)):
                rectangle = [height, width]
                attributes = {"kernel_shape": rectangle, "strides": rectangle}
                return self.op("MaxPool", [value], attributes=attributes)
            case Average(side):
                attributes = {"kernel_shape": [side, side], "strides": [side, side]}
                return self.in_float32("AveragePool", value, attributes=attributes)
            case Gain(weights, biases):
                gain, shift = self.own(weights.reshape(-1, 1, 1), biases.reshape(-1, 1, 1))
                return self.op("Add", [self.op("Mul", [value, gain]), shift])
            case TakeLargest(pieces, shape):
                name = f"layers.{self.parameters - 1}.groups"
                grouped = self.reshape(value, (shape[0], pieces, *shape[1:]), name)
                return self.op("ReduceMax", [grouped], attributes={"axes": [2], "keepdims": 0})
            case Activate(name):
                axis = {"axis": 1} if name == "softmax" else {}
                return self.op(OPERATORS[name], [value], attributes=axis)
            case _:
                assert_never(item)

    def reshape(self, value: Any, shape: Sequence[int], name: str) -> Any:
        """Every sample in that shape, which the model holds under a name."""
        # 0 is the size that is there already: the number of samples.
        return self.op("Reshape", [value, self.constant(np.array([0, *shape], np.int64), name)])

    def in_float32(
        self,
        operator: str,
        value: Any,
        parameters: Sequence[HostArray] = (),
        attributes: dict[str, Any] | None = None,
    ) -> Any:
        """An operator that there is for float32 alone; back where the network has another type."""
        single = np.dtype("f4")
        own = self.own(*(each.astype(single, copy=False) for each in parameters))
        if self.dtype == single:
            return self.op(operator, [value, *own], attributes=attributes)
        found = self.op(operator, [self.cast(value, single), *own], attributes=attributes)
        return self.cast(found, self.dtype)

    def own(self, *parameters: HostArray) -> list[Any]:
        """The parameters of the next layer, if any, under the names they have in a gpunet model."""
        number = self.parameters
        self.parameters += bool(parameters)
        names = (f"layers.{number}.{name}" for name in ("weights", "biases"))
        return [self.constant(*each) for each in zip(parameters, names, strict=False)]
