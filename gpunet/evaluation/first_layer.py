"""The weights of the first layer as images: what each neuron, or filter, looks for."""

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.nn.network import Network

# Weights larger than all but these few are drawn like the largest of the others.
QUANTILE = 0.995


def first_weights(network: Network, shape: tuple[int, int]) -> HostArray | None:
    """The weights into the first neurons, or of the first filters, as images.

    A dense layer has W (n_out, n_in), each row an image; a convolution (filters, channels, h, w).

    Args:
        network: takes images.
        shape: (height, width) of the images.

    Returns:
        float64 (neurons, height, width); None where what comes in is no image.
    """
    weights = network.device.host(network.weights[0]).astype(np.float64)
    images = weights[:, 0] if weights.ndim == 4 else weights.reshape(-1, *shape)
    return images if min(images.shape[1:]) > 1 else None


def reach_of(weights: HostArray) -> float:
    """The size at which a weight's colour is full."""
    return float(np.quantile(np.abs(weights), QUANTILE))
