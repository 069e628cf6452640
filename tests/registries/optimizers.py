"""What must be said of an optimizer, and be true."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np

import gpunet
from gpunet.core.errors import InputError
from gpunet.nn.layers.base import GradientSink
from gpunet.nn.optimizers.base import Optimizer, OptimizerConfig
from gpunet.nn.parameters import ParameterVector
from gpunet.nn.step import run
from gpunet.nn.targets import to_targets
from gpunet.training.config import TrainingConfig
from gpunet.training.make_optimizer import make_optimizer
from tests.registries.shown import complain_of_command_line

SETTINGS = [field.name for field in fields(OptimizerConfig) if field.name != "learning_rate"]
STRENGTHS: dict[str, Any] = {
    "momentum": 0.9,
    "momentum_start": 0.5,
    "momentum_epochs": 4,
    "dampening": True,
    "l1": 0.1,
    "l2": 0.1,
    "max_norm": 0.5,
    "clip": 0.01,
}
# What some of them have no effect without.
COMPANIONS = {
    "dampening": ("momentum",),
    "momentum_epochs": ("momentum",),
    "momentum_start": ("momentum", "momentum_epochs"),
}
X = np.random.default_rng(3).standard_normal((8, 5)).astype(np.float32)
LABELS = np.arange(8) % 3
# The smallest float32 that is no denormal.
TINY = float(np.finfo(np.float32).tiny)


def complaints(kind: type[Optimizer]) -> list[str]:
    """All that is missing or untrue."""
    place = f"{kind.__module__}, {kind.__name__}"
    found = [
        *complain_of_settings(kind, place),
        *complain_of_learning_rate(kind, place),
        *complain_of_momentum(kind, place),
        *complain_of_memory(kind, place),
        *complain_of_state(kind, place),
        *complain_of_denormals(kind, place),
        *complain_of_refusals(kind, place),
        *complain_of_command_line("--optimizer", kind.name),
    ]
    if "__doc__" not in vars(kind) or not kind.__doc__:
        found.append(f"{place}: has no docstring")
    return found


def configs(kind: type[Optimizer]) -> list[OptimizerConfig]:
    """What it needs and no more, that with each of the others that it takes, and with all."""
    least = OptimizerConfig(0.1, **{name: STRENGTHS[name] for name in kind.needs})
    others = {name: STRENGTHS[name] for name in sorted(kind.takes - kind.needs)}
    each = [replace(least, **{name: STRENGTHS[name]}, **beside(name)) for name in others]
    return [least, *each, replace(least, **others)]


def beside(name: str) -> dict[str, Any]:
    """What a setting has no effect without."""
    return {other: STRENGTHS[other] for other in COMPANIONS.get(name, ())}


class Training:
    """A network with an optimizer, trained on one batch over and over."""

    def __init__(self, kind: type[Optimizer], config: OptimizerConfig) -> None:
        self.network = gpunet.Network([5, 4, 3], seed=2)
        self.optimizer = kind.make(self.network, config)

    def run(self, steps: int, sinks: list[GradientSink] | None = None) -> Any:
        """The parameters after that many more steps, bound again."""
        network, optimizer = self.network, self.optimizer
        sinks = sinks or optimizer.sinks(network.parameters, len(X))
        bound = network.bind(X)
        y = to_targets(network.device, LABELS, (len(X), network.sizes[-1]), network.dtype)
        operations = [
            *bound.forward(),
            *bound.backward(network.cost, y, sinks),
            *optimizer.finish(network.device.primitives, network.parameters),
        ]
        for _ in range(steps):
            run(operations)
        return network.parameters.array.copy()


def complain_of_settings(kind: type[Optimizer], place: str) -> Iterator[str]:
    """Settings said to be taken that make no difference."""
    if not kind.needs <= kind.takes <= set(SETTINGS):
        yield f"{place}.takes: {sorted(kind.takes)} must hold {sorted(kind.needs)}, of {SETTINGS}"
        return
    least, *others, _ = configs(kind)
    for config, name in zip(others, sorted(kind.takes - kind.needs), strict=True):
        plain = Training(kind, replace(least, **beside(name))).run(5)
        if np.array_equal(Training(kind, config).run(5), plain):
            yield f"{place}.takes: {name} makes no difference"


def complain_of_learning_rate(kind: type[Optimizer], place: str) -> Iterator[str]:
    """A learning rate that is not followed when it changes."""
    for config in configs(kind):
        changed = Training(kind, config)
        changed.optimizer.learning_rate = 0.03
        again = Training(kind, replace(config, learning_rate=0.03))
        if not np.array_equal(changed.run(4), again.run(4)):
            yield f"{place}: a step bound again does not follow learning_rate"
            return


def complain_of_momentum(kind: type[Optimizer], place: str) -> Iterator[str]:
    """A momentum that is not followed when it rises."""
    if "momentum_epochs" not in kind.takes:
        return
    config = configs(kind)[-1]
    risen = Training(kind, config)
    risen.optimizer.momentum = 0.7
    again = Training(kind, replace(config, momentum_start=0.7))
    if not np.array_equal(risen.run(4), again.run(4)):
        yield f"{place}: a step bound again does not follow momentum"


def complain_of_memory(kind: type[Optimizer], place: str) -> Iterator[str]:
    """Arrays that the estimate of memory does not count."""
    for config in configs(kind):
        training = Training(kind, config)
        size = training.network.parameters.array.size
        held = [
            array.array if isinstance(array, ParameterVector) else array
            for array in vars(training.optimizer).values()
        ]
        kept = [a for a in training.optimizer.state.values() if a.size == size]
        counted = kind.states(config)
        if len(kept) != counted:
            yield f"{place}.states: {counted} for {config}, and state holds {len(kept)}"
        large = {id(a) for a in [*held, *kept] if isinstance(a, np.ndarray) and a.size == size}
        if len(large) > counted + 2:
            yield f"{place}: {len(large)} arrays, and the estimate of memory has {counted} and 2"
            return


def complain_of_state(kind: type[Optimizer], place: str) -> Iterator[str]:
    """A training resumed from parameters and state alone that ends elsewhere."""
    for config in configs(kind):
        whole, second = Training(kind, config), Training(kind, config)
        whole.run(3)
        second.network.parameters.array[...] = whole.network.parameters.array
        for name, array in whole.optimizer.state.items():
            second.optimizer.state[name][...] = array
        if not np.array_equal(second.run(3), whole.run(3)):
            yield f"{place}.state: does not hold all that a checkpoint must keep"
            return


def complain_of_denormals(kind: type[Optimizer], place: str) -> Iterator[str]:
    """State that, without gradients, is left denormal, which slows the processor down."""
    for config in configs(kind):
        training = Training(kind, config)
        nowhere = training.network.flat()
        sinks = [GradientSink(0.0, 0.0, views) for views in nowhere.views]
        large = {k: a for k, a in training.optimizer.state.items() if a.size == nowhere.array.size}
        for array in large.values():
            array[...] = 3 * TINY
        training.run(2000, sinks)
        for name, array in large.items():
            if ((array != 0) & (np.abs(array) < TINY)).any():
                yield f"{place}: {name} becomes denormal, see `flush`"
                return


def complain_of_refusals(kind: type[Optimizer], place: str) -> Iterator[str]:
    """What is neither taken nor refused."""
    network = gpunet.Network([5, 3])
    least: dict[str, Any] = {name: STRENGTHS[name] for name in kind.needs}
    unfit = [{**least, name: STRENGTHS[name]} for name in SETTINGS if name not in kind.takes]
    unfit += [{**least, name: 0.0} for name in kind.needs]
    for options in unfit:
        config = TrainingConfig(optimizer=kind.name, **options)
        try:
            make_optimizer(network, config, samples=1000)
        except InputError as error:
            if kind.name in str(error):
                continue
        yield f"gpunet/training/make_optimizer.py: {kind.name} with {options} is not refused"
