"""The weights of the first layer as images: what each neuron, or filter, looks for."""

from gpunet.evaluation.first_layer import first_weights, reach_of
from gpunet.nn.network import Network
from gpunet.report.images import draw_weights
from gpunet.report.markup import Markup, element
from gpunet.report.subject import Subject
from gpunet.runs.description import style_of

MOST_SHOWN = 48


def first_layer(network: Network, subject: Subject) -> Markup | None:
    """The weights into the first neurons, or of the first filters; None without images."""
    weights = first_weights(network, style_of(subject.folder.description)[0].shape)
    if weights is None:
        return None
    filters = network.weights[0].ndim == 4
    found = len(weights)
    weights = weights[:MOST_SHOWN]
    reach = reach_of(weights)
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
