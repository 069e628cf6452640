"""A committee: networks that decide jointly, by the average of their outputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gpunet.backend.plain import Array
from gpunet.core.errors import InputError
from gpunet.nn.network import Network


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
            raise InputError(f"a committee of {networks!r}: give a list of networks")
        if not self.networks:
            raise InputError("a committee of no networks: give one or more")
        kinds = [kind_of(network) for network in self.networks]
        for number, kind in enumerate(kinds):
            if kind != kinds[0]:
                raise InputError(
                    f"network {number} of the committee has {kind}, network 0 has {kinds[0]}; "
                    "these must be alike"
                )
        self.device = self.networks[0].device

    def feedforward(self, x: Any) -> Array:
        """The averaged outputs for inputs x, as `Network.feedforward` takes them.

        Returns:
            Probabilities, float64 (m, n_out), or (n_out,) for one sample, on the device.
        """
        with self.device.active():
            shares = (to_probabilities(self.device.xp, n.feedforward(x)) for n in self.networks)
            return sum(shares) / len(self.networks)

    def predict(self, x: Any) -> Array:
        """The most probable class of each sample: (m,), or a scalar."""
        with self.device.active():
            return self.device.xp.argmax(self.feedforward(x), axis=-1)

    def __repr__(self) -> str:
        return f"<Committee of {len(self.networks)}, {self.device.name}>"


def kind_of(network: Network) -> str:
    """What networks of a committee have in common, in words."""
    return (
        f"{network.sizes[0]} inputs scaled by {network.input_scale:g} and {network.sizes[-1]} "
        f"outputs on {network.device.name}"
    )


def to_probabilities(xp: Any, outputs: Array) -> Array:
    """Outputs (m, n) or (n,) as float64 numbers from 0 to 1 that sum to 1 over the classes.

    Softmax outputs are probabilities already. Others are activations, of which the largest is the
    network's answer; their positive parts, divided by their sum, keep that order.
    """
    positive = xp.maximum(outputs.astype(np.float64), 0.0)
    totals = positive.sum(axis=-1, keepdims=True)
    some = totals > 0
    return xp.where(some, positive / xp.where(some, totals, 1.0), 1 / outputs.shape[-1])
