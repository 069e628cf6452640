"""The optimizers, by name."""

from gpunet.nn.optimizers.adam import Adam, AdamW
from gpunet.nn.optimizers.base import Optimizer
from gpunet.nn.optimizers.sgd import Descent, Nesterov

OPTIMIZERS: dict[str, type[Optimizer]] = {
    optimizer.name: optimizer for optimizer in (Descent, Nesterov, Adam, AdamW)
}
