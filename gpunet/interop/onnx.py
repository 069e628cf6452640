"""Networks as ONNX models, for onnxruntime and all else that reads them.

A model takes images as they lie in a data set, scales them, and gives outputs and label.
"""

import json
import os
from collections.abc import Sequence
from typing import Any

from gpunet.core.arguments import check_flag, check_text, check_texts
from gpunet.core.errors import InputError
from gpunet.core.version import __version__
from gpunet.core.words import size
from gpunet.interop.files import check_place, write_file
from gpunet.interop.onnx_writer import Writer
from gpunet.interop.sequence import sequence_of
from gpunet.nn.network import Network

# Old enough for what reads ONNX today: onnxruntime from 1.12 on.
OPSET, IR_VERSION = 17, 8
# A protobuf message holds less than 2 GiB; what is beside the parameters takes little.
MOST_BYTES = 2**31 - 2**20


def to_onnx(
    network: Network, *, classes: Sequence[str] = (), name: str = "", floats: bool | None = None
) -> Any:
    """A network as an ONNX model, for any number of images at a time.

    The input is "images" (n, features), uint8, which the model itself multiplies by
    `network.input_scale`. The outputs are "outputs" (n, n_out), of the network's type, and "label"
    (n,), int64, the output that is largest; a network with one output has no label. Cost,
    architecture and classes are in the metadata.

    A float64 network computes in float64, except for convolutions: onnxruntime has none for it, so
    they are float32.

    Args:
        network: on any device.
        classes: their names, one for each output; by default those the network was trained on.
        name: of the graph.
        floats: whether "images" are numbers of the network's own type instead, as
            `Network.feedforward` takes them: multiplied by `network.input_scale` where
            `network.scale_floats` is set, else as they are. None for whether `scale_floats` is set.

    Returns:
        An `onnx_ir.Model`; `onnx_ir.to_proto` makes it what `onnx` itself works with.

    Raises:
        InputError: onnx-ir is not installed, a layer has no counterpart in ONNX, the parameters are
            too large for a file, or there are not as many classes as outputs.
    """
    ir = import_ir()
    items = sequence_of(network)
    name = check_text(name, "name")
    classes = check_texts(classes, "classes") or network.classes
    floats = takes_floats(network, floats)
    n_in, n_out = network.sizes[0], network.sizes[-1]
    if classes and len(classes) != n_out:
        raise InputError(f"{len(classes)} classes for {n_out} outputs: name one for each")
    check_size(network)
    dtype = ir.DataType.from_numpy(network.dtype)
    images = ir.val("images", dtype if floats else ir.DataType.UINT8, ["n", n_in])
    writer = Writer(ir, network.dtype)
    scaled = network.scale_floats or not floats
    value = writer.scale(images, network.input_scale if scaled else 1.0)
    for item in items:
        value = writer.add(item, value)
    value.name, value.dtype, value.shape = "outputs", dtype, ir.Shape(["n", n_out])
    graph = ir.Graph(
        [images],
        [value, writer.label(value)] if n_out > 1 else [value],
        nodes=writer.tape.nodes,
        initializers=writer.tape.initializers,
        opset_imports={"": OPSET},
        name=name or "gpunet",
    )
    return ir.Model(
        graph,
        ir_version=IR_VERSION,
        producer_name="gpunet",
        producer_version=__version__,
        metadata_props=metadata_of(network, classes),
    )


def write_onnx(
    network: Network,
    path: str | os.PathLike[str],
    *,
    classes: Sequence[str] = (),
    name: str = "",
    floats: bool | None = None,
) -> None:
    """Write a network to an ONNX file, whole or not at all; an existing one is replaced.

    Args:
        network: on any device.
        path: the file.
        classes, name, floats: as `to_onnx` takes them.

    Raises:
        InputError: as `to_onnx`, or the file's folder does not exist.
        GpunetError: the file cannot be written.
    """
    check_place(path)
    model = to_onnx(network, classes=classes, name=name, floats=floats)
    write_file(path, import_ir().to_proto(model).SerializeToString())


def takes_floats(network: Network, asked: bool | None) -> bool:
    """Whether the images of a model are floats; those of data that were floats are, by default."""
    learnt = network.scale_floats or network.trained_on == "fractions"
    return learnt if asked is None else check_flag(asked, "floats")


def metadata_of(network: Network, classes: Sequence[str]) -> dict[str, str]:
    """What a model says of itself, as text."""
    said = {
        "gpunet": __version__,
        "activations": ", ".join(network.activations),
        "cost": network.cost.name,
        "input_scale": repr(network.input_scale),
        "scale_floats": json.dumps(network.scale_floats),
    }
    if hasattr(network, "architecture"):  # which the book's network3 does without
        said["architecture"] = str(network.architecture)
    if classes:
        said["classes"] = json.dumps(list(classes), ensure_ascii=False)
    return said


def check_size(network: Network) -> None:
    """Raise InputError if the parameters do not fit into an ONNX file."""
    taken = network.parameters.array.nbytes
    if taken > MOST_BYTES:
        raise InputError(
            f"the network's parameters take {size(taken)}, and an ONNX file holds up to "
            f"{size(MOST_BYTES)}; export a smaller network"
        )


def import_ir() -> Any:
    """The module onnx_ir; InputError where it is not installed."""
    try:
        import onnx_ir
    except ImportError:
        raise InputError(
            'ONNX models are made with onnx-ir, which is not installed: pip install "gpunet[onnx]"'
        ) from None
    return onnx_ir
