"""The optimizer for the configuration of a training."""

from collections.abc import Sequence
from dataclasses import fields

from gpunet.core.errors import InputError
from gpunet.core.options import show_value
from gpunet.core.words import count
from gpunet.datasets.augmentation.deformation import Deformation
from gpunet.nn.optimizers.base import Optimizer, OptimizerConfig, Trainable
from gpunet.nn.optimizers.table import OPTIMIZERS
from gpunet.training.config import TrainingConfig


def make_optimizer(network: Trainable, config: TrainingConfig, samples: int) -> Optimizer:
    """The optimizer of a configuration, to train on that many samples.

    Raises:
        InputError: options are incompatible, or the L2 penalty is too strong.
    """
    check_compatible(config)
    check_limits(config, len(network.parameters.weights))
    kind = OPTIMIZERS[config.optimizer]
    optimizer = kind.make(network, optimizer_config(config, samples))
    if kind.limits_decay and optimizer.decay <= 0:
        raise InputError(
            f"l2 {config.l2:g} with learning rate {config.rate:g} takes every weight "
            f"past zero in one step, with {samples:,} samples; give a smaller l2"
        )
    return optimizer


def optimizer_config(config: TrainingConfig, samples: int) -> OptimizerConfig:
    """An optimizer's hyper-parameters, to train on that many samples."""
    asked = {field.name: getattr(config, field.name) for field in fields(OptimizerConfig)}
    return OptimizerConfig(**{**asked, "l1": config.l1 / samples, "l2": config.l2 / samples})


def count_states(config: TrainingConfig) -> int:
    """How many arrays as large as all parameters the optimizer keeps from step to step."""
    return OPTIMIZERS[config.optimizer].states(optimizer_config(config, 1))


def check_compatible(config: TrainingConfig) -> None:
    """Raise InputError if options are incompatible."""
    check_taken(config)
    check_momentum(config)
    if config.warm_up >= config.epochs:
        raise InputError(
            f"warm-up {config.warm_up} leaves none of {count(config.epochs, 'epoch')} at the "
            "full learning rate: give a shorter warm-up, or more epochs"
        )
    deformation = config.deformation
    if deformation.sigma != Deformation().sigma and not deformation.elastic:
        raise InputError(
            f"sigma {deformation.sigma:g} has no effect without elastic: give elastic too"
        )


def check_momentum(config: TrainingConfig) -> None:
    """Raise InputError unless what goes with momentum has it, and a rise has two ends."""
    start, end = config.momentum_start, config.momentum or 0.0
    for name in ("dampening", "momentum_epochs", "momentum_start"):
        if getattr(config, name) and not end:
            called = name.replace("_", "-")
            raise InputError(f"{called} has no effect without momentum: give momentum too")
    if start and not config.momentum_epochs:
        raise InputError(
            f"momentum-start {start:g} has no effect without momentum-epochs: say in how many "
            "epochs momentum rises"
        )
    if start >= end > 0:
        raise InputError(
            f"momentum-start {start:g} is where momentum rises from, to {end:g}: give a smaller one"
        )


def check_limits(config: TrainingConfig, layers: int) -> None:
    """Raise InputError unless there is one max-norm for all layers, or one for each."""
    given = config.max_norm
    if isinstance(given, Sequence) and len(given) != layers:
        raise InputError(
            f"max norm {show_value(given)}: {count(len(given), 'number')} for "
            f"{count(layers, 'layer')} with weights: give one for each, or one for all"
        )


def check_taken(config: TrainingConfig) -> None:
    """Raise InputError unless the optimizer takes what it is given, and has what it needs."""
    kind = OPTIMIZERS[config.optimizer]
    for field in fields(OptimizerConfig):
        name, given = field.name, bool(getattr(config, field.name))
        called = name.replace("_", "-")
        if name in kind.needs and not given:
            raise InputError(f"optimizer {kind.name} needs {called}: give a {called} above 0")
        if given and name not in kind.takes and name != "learning_rate":
            takers = [other for other, its in OPTIMIZERS.items() if name in its.takes]
            raise InputError(
                f"optimizer {kind.name} takes no {called}: leave it out, or take "
                f"{' or '.join(takers)}"
            )
