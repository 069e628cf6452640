"""Which optimizer serves the settings of a run."""

from gpunet.core.errors import InputError
from gpunet.core.words import count
from gpunet.datasets.augmentation.deformation import Deformation
from gpunet.nn.network import Network
from gpunet.nn.optimizers.base import Optimizer
from gpunet.nn.optimizers.collected import Adam, Descent, Penalties
from gpunet.nn.optimizers.direct import SGD, Momentum
from gpunet.training.config import TrainingConfig


def make_optimizer(network: Network, settings: TrainingConfig, samples: int) -> Optimizer:
    """The optimizer that settings ask for, to train on so many samples.

    Raises:
        InputError: settings do not go together, or the L2 penalty is too strong.
    """
    check_together(settings)
    optimizer = choose(network, settings, samples)
    # Adam's steps do not grow with the penalty's gradient.
    if optimizer.decay <= 0 and settings.optimizer != "adam":
        raise InputError(
            f"l2 {settings.l2:g} with learning rate {settings.learning_rate:g} takes every weight "
            f"past zero in one step, with {samples:,} samples; give a smaller l2"
        )
    optimizer.max_norm = settings.max_norm
    return optimizer


def choose(network: Network, settings: TrainingConfig, samples: int) -> Optimizer:
    """Plain SGD and momentum write their gradients where they go; all else collects them first."""
    rate, momentum, l2 = settings.learning_rate, settings.momentum, settings.l2 / samples
    penalties = Penalties(settings.l1 / samples, l2, settings.clip)
    if settings.optimizer in {"adam", "adamw"}:
        return Adam(network, rate, penalties, decoupled=settings.optimizer == "adamw")
    if settings.optimizer == "nesterov" or settings.l1 or settings.clip:
        nesterov = settings.optimizer == "nesterov"
        return Descent(network, rate, penalties, momentum, nesterov)
    if momentum:
        return Momentum(rate, momentum, network.flat(), l2)
    return SGD(rate, l2)


def check_together(settings: TrainingConfig) -> None:
    """Raise InputError unless the settings go together."""
    name, momentum, deformation = settings.optimizer, settings.momentum, settings.deformation
    if name == "nesterov" and not momentum:
        raise InputError("optimizer nesterov without momentum is plain sgd: give a momentum too")
    if name in {"adam", "adamw"} and momentum:
        raise InputError(
            f"optimizer {name} keeps a mean of its own and takes no momentum: leave it away, or "
            "take sgd or nesterov"
        )
    if settings.warm_up >= settings.epochs:
        raise InputError(
            f"warm-up {settings.warm_up} leaves none of {count(settings.epochs, 'epoch')} at the "
            "learning rate asked for: give a shorter warm-up, or more epochs"
        )
    if deformation.sigma != Deformation().sigma and not deformation.elastic:
        raise InputError(
            f"sigma {deformation.sigma:g} without elastic does nothing: give elastic too"
        )
