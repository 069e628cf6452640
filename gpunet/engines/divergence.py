"""Divergence: whether parameters are still finite, and at which step they ceased to be."""

from gpunet.core.errors import DivergedError
from gpunet.engines.base import Engine
from gpunet.nn.network import Network


def is_finite(network: Network) -> bool:
    """Whether none of the parameters is NaN or infinite."""
    return bool(network.device.xp.isfinite(network.parameters.array).all())


def find_step(network: Network, engine: Engine, steps: range) -> int:
    """Run steps of an epoch one by one, until the parameters are no longer finite.

    Looking after every step would slow down every run; instead an epoch that ended badly is run
    again.

    Returns:
        That step, counted from 1.
    """
    for step in steps:
        engine.run(step, most=1)
        if not is_finite(network):
            return step + 1
    return steps.stop


def diverged(what: str, epoch: int, step: int, learning_rate: float) -> DivergedError:
    """What is raised when something became NaN or infinite at that step of that epoch."""
    return DivergedError(
        f"training diverged: {what} became NaN or infinite at step {step} of epoch {epoch}; "
        f"try a learning rate smaller than {learning_rate:g}",
        epoch=epoch,
        step=step,
    )
