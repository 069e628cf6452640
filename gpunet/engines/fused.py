"""The fused engine: thousands of steps in one launch, the whole network in one thread block."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gpunet.backend.fused import FusedPlan
from gpunet.backend.plain import Array
from gpunet.datasets.batches import DeviceDataset
from gpunet.engines.base import Engine
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
    merit = "the network fits on one multiprocessor"

    @classmethod
    def refusal(cls, network: Network, optimizer: Optimizer, batch_size: int) -> str:
        if network.device.precision != "float32":
            return f"the fused engine computes in float32, not {network.device.precision}"
        for layer in network.layers:
            if not layer.fused:
                return f"the fused engine takes fully connected layers only, no {layer}"
            if layer.activation.fused is None:
                return f"the fused engine does not support the activation {layer.activation.name}"
        if network.cost.fused is None and not network.cost.cancels(network.layers[-1].activation):
            return f"the fused engine does not support the {network.cost.name} cost"
        if what := optimizer.beyond_fused:
            return f"the fused engine takes plain sgd, momentum and l2, not {what}"
        return plan_fused(network, optimizer, batch_size).misfit

    def __init__(
        self, network: Network, optimizer: Optimizer, dataset: DeviceDataset, batch_size: int
    ) -> None:
        super().__init__(network, optimizer, dataset, batch_size)
        device, dtype = network.device, network.dtype
        self.plan = plan_fused(network, optimizer, batch_size)
        held, plan = network.parameters.array.size, sum(self.plan.parameters)
        # Otherwise the kernel would write outside its arrays.
        assert held == plan, f"{network}: {held} parameters, and the fused kernel's layers {plan}"
        self.kernel = device.compile_fused(self.plan)
        self.labels = dataset.labels.astype(np.int32)
        self.momenta = device.put([optimizer.config.momentum], dtype)
        # The kernel takes no velocities where there are none, but an array in any case.
        self.velocity = (optimizer.velocity or network.parameters).array
        self.bind_steps()

    def bind_steps(self) -> None:
        device, dtype = self.network.device, self.network.dtype
        self.learning_rates = device.put([self.optimizer.learning_rate], dtype)
        self.decays = device.put([self.optimizer.decay], dtype)

    def begin(self, order: Any, steps_before: int = 0) -> None:
        self.order = self.network.device.put(order, np.int32)

    def run(self, step: int, most: int | None = None) -> int:
        steps = min(LAUNCHED_STEPS, self.whole + bool(self.rest) - step, most or LAUNCHED_STEPS)
        config = (self.learning_rates, self.momenta, self.decays)
        parameters = self.network.parameters.array
        self.launch(1, self.order, parameters, self.velocity, config, step, steps)
        return steps

    def launch(
        self,
        networks: int,
        orders: Array,
        parameters: Array,
        velocity: Array,
        config: Sequence[Array],
        step: int,
        steps: int,
    ) -> None:
        """Run steps of one network, or of several of the same kind, whose arrays are stacked.

        Args:
            networks: how many.
            orders: int32 (networks, n).
            parameters, velocity: (networks, size).
            config: learning rates, momenta and decays, (networks,) each.
            step, steps: the first of the epoch's steps, and how many.
        """
        arrays = (self.dataset.images, self.labels, orders, parameters, velocity, *config)
        counts = map(np.int32, (len(self.dataset), step, steps))
        self.kernel(networks, *arrays, self.network.dtype.type(self.dataset.scale), *counts)


def plan_fused(network: Network, optimizer: Optimizer, batch_size: int) -> FusedPlan:
    """The fused kernel's plan for a network and an optimizer that it supports."""
    output, cost = network.layers[-1].activation, network.cost
    known = [layer.activation.fused for layer in network.layers]
    cancels = cost.cancels(output)
    return FusedPlan(
        sizes=network.sizes,
        functions=tuple(function for function in known if function),
        cost_slope="a - y" if cancels else cost.fused or "",
        cancels=cancels,
        batch_size=batch_size,
        dtype=network.dtype.name,
        momentum=optimizer.velocity is not None,
        decays=optimizer.config.l2 > 0,
        shared_limit=network.device.shared_limit,
    )
