"""All that determines a run except its data and its seed."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gpunet.core.errors import InputError
from gpunet.core.names import ACTIVATIONS, COSTS, DROPOUT_SCALINGS, INITIALIZERS
from gpunet.core.options import Config, option
from gpunet.core.rules import Choice, Flag, Number, PerLayer, Rule
from gpunet.training.config import TrainingConfig
from gpunet.training.defaults import settle

# Networks are imported only when one is made: every --help needs the options, and is quick.
if TYPE_CHECKING:
    from gpunet.backend.device import Device
    from gpunet.datasets.dataset import Dataset
    from gpunet.nn.network import Network

NETWORK = "The network"
MAX_NEURONS = 1_000_000
SHARE = Number(0, 1, open_above=True)


class HiddenLayers(Rule):
    """The layers between input and output: see `nn.architecture`."""

    metavar = "N[,N...]"
    needed = (
        f"numbers from 1 to {MAX_NEURONS:,}, such as 30 or 100,30; layers such as 20C5 and MP2; "
        "or none"
    )

    def check(self, value: Any) -> tuple[int | str, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"give {self.needed}")
        return self.read(",".join(map(str, value)) or "none")

    def read(self, text: str) -> tuple[int | str, ...]:
        from gpunet.nn.architecture import parse_layers

        try:
            layers = parse_layers(text)
        except InputError as error:
            raise ValueError(str(error).removeprefix("layer sizes: ")) from None
        for layer in layers:
            if isinstance(layer, int) and layer > MAX_NEURONS:
                raise ValueError(f"{layer:,} neurons: give at most {MAX_NEURONS:,} a layer")
        return tuple(layers)


@dataclass(frozen=True, kw_only=True)
class RunConfig(Config):
    """All options of a run except its data and its seed."""

    hidden: tuple[int | str, ...] = option(
        (30,),
        HiddenLayers(),
        "The neurons of each hidden layer, or none; 20C5 is a convolution with 20 kernels of "
        "5 × 5, 20C5P2 with two rows of zeros around its input; MP2 after it is max-pooling over "
        "2 × 2, AP2 average-pooling; SS2 and 16C5@lenet are the layers of LeNet-5; MX5 after 1200 "
        "makes 240 maxout units of 5 pieces.",
        section=NETWORK,
    )
    activation: str = option(
        "sigmoid",
        Choice(*ACTIVATIONS, table="gpunet.nn.activations:ACTIVATIONS"),
        "Of the hidden layers; with the quadratic cost of the output layer too, but linear above "
        "relu.",
        section=NETWORK,
    )
    cost: str = option(
        "quadratic",
        Choice(*COSTS, table="gpunet.nn.costs:COSTS"),
        "The cost function. With cross-entropy the output layer is sigmoid, with log-likelihood it "
        "is softmax.",
        section=NETWORK,
    )
    initializer: str | None = option(
        None,
        Choice(*INITIALIZERS, table="gpunet.nn.initializers:INITIALIZERS"),
        "The first weights: large as in chapter 1, scaled as in chapter 3, or glorot, uniform.",
        section=NETWORK,
        otherwise="large for sigmoid with the quadratic cost, else scaled",
    )
    dropout: float | tuple[float, ...] = option(
        0.0,
        PerLayer(SHARE, "0.5,0.3"),
        "The share of the neurons below a fully connected layer that each step leaves out.",
        section=NETWORK,
    )
    input_dropout: float = option(
        0.0,
        SHARE,
        "The share of the pixels that each step leaves out.",
        section=NETWORK,
    )
    dropout_scaling: str = option(
        "training",
        Choice(*DROPOUT_SCALINGS, table="gpunet.nn.layers.dropout:DROPOUTS"),
        "When neurons are scaled to make up for those left out; the book does so in evaluation.",
        section=NETWORK,
    )
    deskew: bool = option(
        False,
        Flag(),
        "Slant every image so that it stands upright, those to be recognised later too.",
        section=NETWORK,
    )
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.training.learning_rate is None:
            object.__setattr__(self, "training", self.settle(self.training))

    def settle(self, training: TrainingConfig) -> TrainingConfig:
        """How to train, with the learning rate for networks of this kind."""
        from gpunet.nn.activations import find_activation
        from gpunet.nn.architecture import read_part
        from gpunet.nn.assemble import output_activation
        from gpunet.nn.costs import find_cost

        convolution = any(read_part(layer).takes_images for layer in self.hidden)
        output = output_activation(find_activation(self.activation), find_cost(self.cost)).name
        activations = [*[self.activation] * len(self.hidden), output]
        return settle(training, activations, self.cost, convolution)

    def network(
        self, dataset: "Dataset", *, seed: int, dtype: str, device: "str | Device | None"
    ) -> "Network":
        """A new network of this kind, for that data.

        Raises:
            InputError: these values are incompatible.
        """
        from gpunet.nn.network import Network

        # A table is one pixel high: there is nothing to convolve.
        inputs = dataset.shape if min(dataset.shape) > 1 else dataset.features
        return Network(
            [inputs, *self.hidden, len(dataset.classes)],
            activation=self.activation,
            cost=self.cost,
            initializer=self.initializer,
            dropout=self.dropout,
            input_dropout=self.input_dropout,
            dropout_scaling=self.dropout_scaling,
            seed=seed,
            dtype=dtype,
            device=device,
            input_scale=dataset.scale,
            deskew=dataset.shape if self.deskew else None,
        )
