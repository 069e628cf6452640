"""The numbers that decide a training run, each declared once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gpunet.core.names import OPTIMIZERS, TRAINED_ON
from gpunet.core.options import Config, option
from gpunet.core.rules import Choice, Flag, Number, PerLayer, Rule, Whole
from gpunet.datasets.augmentation.deformation import SECTION as DEFORMED
from gpunet.datasets.augmentation.deformation import Deformation
from gpunet.training.defaults import IN_WORDS, NESTEROVS, default_momentum
from gpunet.training.schedules import SPELLINGS, spell

LEARNING = "Learning"
OVERFITTING = "Against overfitting"
LOOKING = "Looking into it"
STRENGTH = Number(0, 1_000_000)


class ScheduleRule(Rule):
    """A learning-rate schedule, brought into its one spelling."""

    metavar = "NAME[:...]"
    needed = SPELLINGS

    def check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"give {SPELLINGS}")
        return spell(value)


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(Config):
    """How to train: the options of `fit`. Defaults are those of chapter 1.

    Chapter 3 has the penalties: equation (85) for L2, (95) for L1; momentum is its (107) and (108).
    """

    epochs: int = option(
        30, Whole(1, 1_000_000), "How often every training image is seen.", section=LEARNING
    )
    batch_size: int = option(
        10,
        Whole(1, 2**31),
        "m, the images of one step; more than there are means all of them.",
        section=LEARNING,
    )
    learning_rate: float | None = option(
        None,
        Number(0, 1_000_000, open_below=True),
        "η, how far a step follows the gradient.",
        section=LEARNING,
        otherwise=IN_WORDS,
    )
    train_on: str = option(
        "training",
        Choice(*TRAINED_ON),
        "The training split, or all: the validation split too, which then cannot say how good the "
        "network is, so that nothing may depend on it.",
        section=LEARNING,
    )
    schedule: str = option(
        "constant",
        ScheduleRule(),
        "How η changes from epoch to epoch: constant, step:EPOCHS:FACTOR, exponential:FACTOR, "
        "cosine, or halving:EPOCHS, which halves it when the accuracy has not improved for that "
        "long, and ends at 1/128.",
        section=LEARNING,
    )
    warm_up: int = option(
        0,
        Whole(0, 1_000_000),
        "Epochs, at the beginning, in which η rises to its value in equal steps.",
        section=LEARNING,
    )
    optimizer: str = option(
        "sgd",
        Choice(*OPTIMIZERS, table="gpunet.nn.optimizers.table:OPTIMIZERS"),
        "How the gradient becomes a step; sgd and nesterov take momentum.",
        section=LEARNING,
    )
    momentum: float | None = option(
        None,
        Number(0, 1, open_above=True),
        "μ, the share of its velocity that a weight keeps from step to step.",
        section=LEARNING,
        otherwise=f"{NESTEROVS:g} for nesterov, else 0",
    )
    momentum_start: float = option(
        0.0,
        Number(0, 1, open_above=True),
        "μ in the first epoch, where it rises over --momentum-epochs.",
        section=LEARNING,
    )
    momentum_epochs: int = option(
        0,
        Whole(0, 1_000_000),
        "Epochs in which μ rises from --momentum-start to --momentum in equal steps; 0 for none.",
        section=LEARNING,
    )
    dampening: bool = option(
        False,
        Flag(),
        "Multiply the gradient by 1 − μ before it is added to the velocity.",
        section=LEARNING,
    )
    l1: float = option(
        0.0, STRENGTH, "λ of the L1 penalty on the weights, (λ/n) Σ |w|.", section=OVERFITTING
    )
    l2: float = option(
        0.0,
        STRENGTH,
        "λ of the L2 penalty on the weights, (λ/2n) Σ w², n being the number of training images.",
        section=OVERFITTING,
    )
    max_norm: float | Sequence[float] = option(
        0.0,
        PerLayer(STRENGTH, "2,4,none", none=True),
        "The largest length of the weights into a neuron; 0 or none for any.",
        section=OVERFITTING,
    )
    clip: float = option(
        0.0, STRENGTH, "The largest length of a step's gradient; 0 for any.", section=LEARNING
    )
    patience: int = option(
        0,
        Whole(0, 1_000_000),
        "End when the accuracy on the validation split has not improved in this many epochs; 0 for "
        "never.",
        section=OVERFITTING,
    )
    keep_best: bool = option(
        False,
        Flag(),
        "Keep the network of the best epoch, not that of the last.",
        section=OVERFITTING,
    )
    diagnose: bool = option(
        False,
        Flag(),
        "Record after each epoch what goes on in the layers: saturated neurons, the sizes of "
        "activations, gradients and updates. See gpunet report.",
        section=LOOKING,
    )
    expand: bool = option(
        False, Flag(), "Train on every image and its four shifts by one pixel.", section=DEFORMED
    )
    deformation: Deformation = field(default_factory=Deformation)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.momentum is None:
            object.__setattr__(self, "momentum", default_momentum(self.optimizer))

    @property
    def rate(self) -> float:
        """η, once it is settled what is trained: see `training.defaults`."""
        assert self.learning_rate is not None
        return self.learning_rate
