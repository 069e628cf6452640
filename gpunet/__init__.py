"""gpunet: feed-forward networks on handwritten digits, on NumPy and CuPy.

The public names below are handed on lazily: importing gpunet imports nothing heavy.
"""

from gpunet.core.lazy import hand_on
from gpunet.core.version import __version__

TYPE_CHECKING = False  # so type checkers take it for true; `typing` itself takes 7 ms

if TYPE_CHECKING:
    from gpunet.backend.choose import open_device
    from gpunet.backend.device import Device
    from gpunet.core.errors import DeviceError, DivergedError, GpunetError, InputError
    from gpunet.datasets.dataset import Dataset, Split
    from gpunet.datasets.deskewing import deskew
    from gpunet.datasets.load import load_dataset
    from gpunet.evaluation.committee import Committee
    from gpunet.evaluation.comparison import compare
    from gpunet.evaluation.evaluate import evaluate
    from gpunet.evaluation.result import Evaluation
    from gpunet.nn.network import Gradients, Network
    from gpunet.serialization.model import load, save
    from gpunet.training.callbacks import Callback, Training
    from gpunet.training.fit import fit
    from gpunet.training.history import EpochRecord, History

HOMES = {
    "open_device": "gpunet.backend.choose",
    "Device": "gpunet.backend.device",
    "DeviceError": "gpunet.core.errors",
    "DivergedError": "gpunet.core.errors",
    "GpunetError": "gpunet.core.errors",
    "InputError": "gpunet.core.errors",
    "Dataset": "gpunet.datasets.dataset",
    "Split": "gpunet.datasets.dataset",
    "deskew": "gpunet.datasets.deskewing",
    "load_dataset": "gpunet.datasets.load",
    "Gradients": "gpunet.nn.network",
    "Network": "gpunet.nn.network",
    "compare": "gpunet.evaluation.comparison",
    "Committee": "gpunet.evaluation.committee",
    "Evaluation": "gpunet.evaluation.result",
    "evaluate": "gpunet.evaluation.evaluate",
    "Callback": "gpunet.training.callbacks",
    "Training": "gpunet.training.callbacks",
    "fit": "gpunet.training.fit",
    "EpochRecord": "gpunet.training.history",
    "History": "gpunet.training.history",
    "load": "gpunet.serialization.model",
    "save": "gpunet.serialization.model",
}

__all__ = [  # noqa: RUF022 - in the order of a reader's first program
    "open_device",
    "load_dataset",
    "Network",
    "fit",
    "evaluate",
    "compare",
    "save",
    "load",
    "deskew",
    "Device",
    "Dataset",
    "Split",
    "Gradients",
    "Committee",
    "Evaluation",
    "EpochRecord",
    "History",
    "Callback",
    "Training",
    "GpunetError",
    "InputError",
    "DeviceError",
    "DivergedError",
    "__version__",
]


if not TYPE_CHECKING:  # which would take every name for one of these
    __getattr__, __dir__ = hand_on(__name__, HOMES, globals())
