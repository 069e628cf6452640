"""What was seen of a network's layers after an epoch, as it is recorded."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class LayerState:
    """A layer with weights, after an epoch.

    Attributes:
        activation: the root mean square of what its neurons make of the images.
        saturated: the share of these that are at an end, the neuron's slope being next to nothing.
        stuck: the share of its neurons that nearly all images drive to one end; with ReLU, dead.
        gradient: the length of ∂C/∂w on these images, relative to that of the weights.
        update: how far the weights moved in the epoch, relative to their length.
    """

    activation: float
    saturated: float
    stuck: float
    gradient: float
    update: float


@dataclass(frozen=True)
class Diagnosis:
    """What was seen after an epoch, on some of the training images.

    Attributes:
        accuracy, cost: on these images.
        layers: those with weights, from the bottom.
        silent: the output neurons that hardly answer to the images of their own class: less, on
            average, than a tenth of what guessing would.
    """

    accuracy: float
    cost: float
    layers: tuple[LayerState, ...]
    silent: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "layers": [asdict(each) for each in self.layers]}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Diagnosis":
        """What `to_json` gave."""
        layers = tuple(LayerState(**layer) for layer in said["layers"])
        return cls(said["accuracy"], said["cost"], layers, tuple(said["silent"]))
