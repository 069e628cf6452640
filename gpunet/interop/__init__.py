"""Networks for other libraries, and theirs for gpunet; trainings for TensorBoard.

The names below are handed on lazily: importing this imports none of those libraries.
"""

from gpunet.core.lazy import hand_on

TYPE_CHECKING = False  # so type checkers take it for true; `typing` itself takes 7 ms

if TYPE_CHECKING:
    from gpunet.interop.onnx import to_onnx, write_onnx
    from gpunet.interop.sklearn.classifier import NetworkClassifier
    from gpunet.interop.sklearn.regressor import NetworkRegressor
    from gpunet.interop.tensorboard import TensorBoard
    from gpunet.interop.torch import to_torch, write_torch
    from gpunet.interop.torch_network import from_torch

HOMES = {
    "NetworkClassifier": "gpunet.interop.sklearn.classifier",
    "NetworkRegressor": "gpunet.interop.sklearn.regressor",
    "TensorBoard": "gpunet.interop.tensorboard",
    "from_torch": "gpunet.interop.torch_network",
    "to_onnx": "gpunet.interop.onnx",
    "to_torch": "gpunet.interop.torch",
    "write_onnx": "gpunet.interop.onnx",
    "write_torch": "gpunet.interop.torch",
}

__all__ = [
    "NetworkClassifier",
    "NetworkRegressor",
    "TensorBoard",
    "from_torch",
    "to_onnx",
    "to_torch",
    "write_onnx",
    "write_torch",
]


if not TYPE_CHECKING:  # which would take every name for one of these
    __getattr__, __dir__ = hand_on(__name__, HOMES, globals())
