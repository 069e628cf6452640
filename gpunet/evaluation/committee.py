"""A committee: networks that decide jointly, by the average of their outputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gpunet.backend.device import Device
from gpunet.backend.exchange import give_back
from gpunet.backend.plain import Array
from gpunet.core.errors import InputError
from gpunet.core.words import shown
from gpunet.nn.network import Network
from gpunet.nn.outputs import to_probabilities


class Committee:
    """Networks whose outputs, taken as probabilities, are averaged with equal weights.

    Each may have its own hidden layers, activations, cost, dtype and seed. (Chapter 6 of the book
    lets its five networks vote; the average also counts how sure each of them is.)

    Args:
        networks: one or more, on one device, that take and give the same: as many inputs, scaled
            alike, and as many outputs.

    Attributes:
        networks: its members.
        device: theirs.

    Raises:
        InputError: there are none, or two of them are incompatible; says which, and why.
    """

    def __init__(self, networks: Sequence[Network]) -> None:
        self.networks = tuple(networks) if isinstance(networks, Sequence) else (networks,)
        if not all(isinstance(network, Network) for network in self.networks):
            raise InputError(f"a committee of {shown(networks)}: give a list of networks")
        if not self.networks:
            raise InputError("a committee of no networks: give one or more")
        kinds = [kind_of(network) for network in self.networks]
        for number, kind in enumerate(kinds):
            if kind != kinds[0]:
                raise InputError(
                    f"network {number} of the committee has {kind}, network 0 has {kinds[0]}; "
                    "these must be alike"
                )

    @property
    def device(self) -> Device:
        """Where its networks lie."""
        return self.networks[0].device

    def feedforward(self, x: Any, *, scale: float | None = None) -> Array:
        """The averaged outputs for inputs x, as `Network.feedforward` takes and gives them.

        Returns:
            Probabilities, float64 (m, n_out), or (n_out,) for one sample.
        """
        with self.device.active():
            return give_back(self.device, self.compute(x, scale), x)

    def predict(self, x: Any, *, scale: float | None = None) -> Array:
        """The most probable class of each sample, as `Network.predict` gives it."""
        with self.device.active():
            best = self.device.xp.argmax(self.compute(x, scale), axis=-1)
            if classes := self.networks[0].classes:
                return np.array(classes)[self.device.host(best)]
            return give_back(self.device, best, x)

    def predict_proba(self, x: Any, *, scale: float | None = None) -> Array:
        """The averaged outputs once more, under the name that `Network` has for them."""
        return self.feedforward(x, scale=scale)

    def compute(self, x: Any, scale: float | None = None) -> Array:
        """As `feedforward`, on the networks' device."""
        with self.device.active():
            outputs = (network.compute(x, scale) for network in self.networks)
            shares = (to_probabilities(self.device.xp, each) for each in outputs)
            return sum(shares) / len(self.networks)

    def __repr__(self) -> str:
        return f"<Committee of {len(self.networks)}, {self.device.name}>"


def kind_of(network: Network) -> str:
    """What networks of a committee have in common, in words."""
    floats_too = ", fractions too," * network.scale_floats
    floats_too += ", trained on fractions," * (network.trained_on == "fractions")
    floats_too += ", deskewed," * bool(network.deskew)
    named = f" named {', '.join(network.classes)}" if network.classes else ""
    return (
        f"{network.sizes[0]} inputs scaled by {network.input_scale:g}{floats_too} and "
        f"{network.sizes[-1]} outputs{named} on {network.device.name}"
    )
