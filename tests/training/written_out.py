"""What the signature of `fit` lacks of the options that are declared."""

import inspect

import gpunet
from gpunet.core.options import names_of, options_of
from gpunet.training.config import TrainingConfig
from gpunet.training.fit import OTHERS


def missing_from_fit() -> list[str]:
    """For each option that is not written out as it is declared, what is to be written there."""
    parameters = inspect.signature(gpunet.fit).parameters
    found = [
        f"gpunet/training/fit.py, fit: write {each.name}: "
        f"{inspect.formatannotation(each.type)} = {each.default!r}"
        for each in options_of(TrainingConfig)
        if each.name not in parameters
        or parameters[each.name].annotation != each.type
        or parameters[each.name].default != each.default
    ]
    others = {"network", "dataset", "y", "unknown", *OTHERS}
    gone = set(parameters) - others - set(names_of(TrainingConfig))
    return found + [f"gpunet/training/fit.py, fit: remove {name}" for name in sorted(gone)]
