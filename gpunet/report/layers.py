"""The weights of the first layer as images: what each neuron, or filter, looks for."""

import numpy as np

from gpunet.nn.network import Network
from gpunet.report.images import draw_weights
from gpunet.report.markup import Markup, element
from gpunet.report.subject import Subject
from gpunet.runs.description import style_of

MOST_SHOWN = 48
# Weights larger than all but these few are drawn like the largest of the others.
QUANTILE = 0.995


def first_layer(network: Network, subject: Subject) -> Markup | None:
    """The weights into the first neurons or of the first filters; None where inputs are no image.

    A dense layer has W (n_out, n_in), each row an image; a convolution (filters, channels, h, w).
    """
    weights = network.device.host(network.weights[0]).astype(np.float64)
    filters = weights.ndim == 4
    if weights.ndim not in (2, 4):
        return None
    if filters:
        weights = weights[:, 0]  # the images are grey
    else:
        height, width = style_of(subject.folder.description)[0].shape
        weights = weights.reshape(-1, height, width)
    if min(weights.shape[1:]) < 2:
        return None
    found = len(weights)
    weights = weights[:MOST_SHOWN]
    reach = float(np.quantile(np.abs(weights), QUANTILE))
    what = "filter" if filters else "neuron" if len(network.weights) > 1 else "output"
    tiles = [
        element(
            "li",
            draw_weights(each, reach, f"weights of {what} {number}"),
            element("span", f"{number}"),
        )
        for number, each in enumerate(weights)
    ]
    if filters:
        title = "The first layer’s filters"
        words = "Each filter is laid over every patch of the image: "
    else:
        title = "What the first neurons look at"
        words = f"The weights into each {what}, laid out as the image they come from: "
    words += (
        "ink where it is blue excites the neuron, ink where it is orange inhibits it, and what is "
        f"blank makes no difference. Colours are full at ±{reach:.2g}, for all alike. Weights that "
        "look like noise were hardly trained; strokes, edges and blobs are what was learned."
    )
    if found > MOST_SHOWN:
        words += f" Shown are the first {MOST_SHOWN} of {found:,}."
    if subject.folder.is_population:
        words += f" They are those of the network with seed {network.seed}."
    return element(
        "section",
        element("h3", title),
        element("ul", *tiles, class_="weights filters" if filters else "weights"),
        element("p", words, class_="minor"),
    )
