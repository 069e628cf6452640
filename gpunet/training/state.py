"""Where a run is: its position, and all that a step changes."""

from dataclasses import dataclass

from gpunet.backend.plain import Array


@dataclass
class Position:
    """How far a run has come: whole epochs, and steps into the next one."""

    epoch: int = 0
    step: int = 0


@dataclass(frozen=True)
class Snapshot:
    """Where a run was: position, parameters and optimizer state."""

    position: Position
    parameters: Array
    state: dict[str, Array]
