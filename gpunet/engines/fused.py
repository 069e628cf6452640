"""The fused engine: thousands of steps in one launch, the whole network in one thread block."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gpunet.backend.fused import FusedPlan
from gpunet.backend.plain import Array
from gpunet.datasets.batches import DeviceDataset, EpochOrder
from gpunet.engines.base import Engine, Score
from gpunet.engines.fused_networks import FusedNetworks
from gpunet.nn.network import Network
from gpunet.nn.optimizers.base import Optimizer

# Fused: steps in one launch, a few milliseconds, before the host takes over again.
LAUNCHED_STEPS = 2000


class Fused(Engine):
    """One launch for thousands of steps, the network held by one multiprocessor.

    Attributes:
        plan: the same for those that can share a launch.
    """

    name = "fused"
    rank = 2
    needs_gpu = True
    only_plain = True
    merit = "the network fits on one multiprocessor"
    scores = True

    @classmethod
    def refusal(cls, network: Network, optimizer: Optimizer, batch_size: int) -> str:
        if network.device.precision != "float32":
            return f"the fused engine computes in float32, not {network.device.precision}"
        for layer in network.layers:
            if not layer.fused:
                return f"the fused engine takes fully connected layers only, no {layer}"
            if layer.activation.fused is None:
                return f"the fused engine does not support the activation {layer.activation.name}"
        cost = network.cost.fused
        if not cost or (
            cost.slope is None and not network.cost.cancels(network.layers[-1].activation)
        ):
            return f"the fused engine does not support the {network.cost.name} cost"
        if what := optimizer.beyond_fused:
            return f"the fused engine takes plain sgd, momentum and l2, not {what}"
        return plan_fused(network, optimizer, batch_size).misfit

    @classmethod
    def at_once(cls, network: Network, optimizer: Optimizer, batch_size: int) -> int:
        """How many such networks the device trains at the same time, if it can train one."""
        return plan_fused(network, optimizer, batch_size).at_once * network.device.multiprocessors

    def __init__(
        self, network: Network, optimizer: Optimizer, dataset: DeviceDataset, batch_size: int
    ) -> None:
        super().__init__(network, optimizer, dataset, batch_size)
        self.plan = plan_fused(network, optimizer, batch_size)
        held, plan = network.parameters.array.size, sum(self.plan.parameters)
        # Otherwise the kernel would write outside its arrays.
        assert held == plan, f"{network}: {held} parameters, and the fused kernel's layers {plan}"
        self.kernel = network.device.compile_fused(self.plan)
        # The kernel takes no velocities where there are none, but an array in any case.
        self.velocity = optimizer.velocity or network.parameters
        self.alone: FusedNetworks | None = None
        self.key = 0

    def bind_steps(self) -> None:
        """The learning rate and the momentum are read when they are needed."""

    def lie_in(self, parameters: Array, velocity: Array) -> None:
        """Train the parameters that these arrays hold, and go on from these velocities."""
        self.network.parameters.lie_in(parameters)
        if self.plan.momentum:
            self.velocity.lie_in(velocity)
            self.optimizer.state["velocity"] = velocity
        self.alone = None

    def begin(self, order: Any, steps_before: int = 0) -> None:
        self.drawn = isinstance(order, EpochOrder)
        self.epoch = order.epoch if self.drawn else 0
        alone = self.as_networks(order.key if self.drawn else 0)
        if not self.drawn:
            alone.orders[0] = self.network.device.put(order, np.int32)

    def as_networks(self, key: int | None = None) -> FusedNetworks:
        """This network as the only one of a launch, its orders drawn with that key, if any is."""
        if self.alone is None or key not in (None, self.key):
            self.key, self.member = key or 0, self.network.device.put([0], np.int32)
            parameters, velocity = self.network.parameters.array[None], self.velocity.array[None]
            self.alone = FusedNetworks(self.kernel, self.dataset, parameters, velocity, [self.key])
        self.alone.take_rates([self.optimizer])
        return self.alone

    def run(self, step: int, most: int | None = None) -> int:
        steps = min(LAUNCHED_STEPS, self.whole + bool(self.rest) - step, most or LAUNCHED_STEPS)
        self.as_networks().launch(self.member, self.epoch, step, steps, drawn=self.drawn)
        return steps

    def scorer(self, split: DeviceDataset) -> Callable[[], Score] | None:
        fits = split.images.dtype == np.uint8 and split.scale == self.dataset.scale
        return partial(self.score, split) if fits else None

    def score(self, split: DeviceDataset) -> Score:
        """What the network makes of a split."""
        alone = self.as_networks()
        alone.launch(self.member, split=split)
        return Score.read(self.network.device.host(alone.outcomes)[0], len(split))


def plan_fused(network: Network, optimizer: Optimizer, batch_size: int) -> FusedPlan:
    """The fused kernel's plan for a network and an optimizer that it supports."""
    output, cost = network.layers[-1].activation, network.cost
    known = [layer.activation.fused for layer in network.layers]
    cancels, known_cost = cost.cancels(output), cost.fused
    assert known_cost
    return FusedPlan(
        sizes=network.sizes,
        functions=tuple(function for function in known if function),
        cost=replace(known_cost, slope="a - y") if cancels else known_cost,
        cancels=cancels,
        batch_size=batch_size,
        dtype=network.dtype.name,
        momentum=optimizer.velocity is not None,
        decays=optimizer.config.l2 > 0,
        shared_limit=network.device.shared_limit,
    )
