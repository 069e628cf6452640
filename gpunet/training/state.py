"""Where a run is: its position, and all that a step changes."""

from dataclasses import dataclass, replace

from gpunet.backend.plain import Array
from gpunet.nn.network import Network
from gpunet.nn.optimizers.base import Optimizer


@dataclass
class Position:
    """How far a run is: whole epochs, and steps into the next one."""

    epoch: int = 0
    step: int = 0


@dataclass(frozen=True)
class Snapshot:
    """Where a run was: position, parameters and optimizer state."""

    position: Position
    parameters: Array
    state: dict[str, Array]

    @classmethod
    def take(cls, position: Position, network: Network, optimizer: Optimizer) -> "Snapshot":
        """A copy of all that a step changes, on the network's device."""
        state = {name: array.copy() for name, array in optimizer.state.items()}
        return cls(replace(position), network.parameters.array.copy(), state)

    def put_back(self, network: Network, optimizer: Optimizer) -> Position:
        """Fill a network and its optimizer with these arrays, which may lie on any device.

        Returns:
            Where they are now.
        """
        put = network.device.put
        with network.device.active():
            network.parameters.array[...] = put(self.parameters)
            for name, array in optimizer.state.items():
                array[...] = put(self.state[name])
        return replace(self.position)
