"""The options that say what a network is; any but --seed, given again, makes more networks."""

from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any, TypeVar

import click

from gpunet.cli.deformation import DEFORMATION_HELP
from gpunet.core.errors import InputError
from gpunet.training.config import NAMES as OF_TRAINING
from gpunet.training.config import TrainingConfig, check_setting

Command = TypeVar("Command", bound=Callable[..., Any])

MOST_NEURONS = 1_000_000
MOST_NETWORKS = 10_000
# Options that span a grid when they are given more than once; the last varies fastest.
OF_NETWORK = ("hidden", "activation", "cost", "initializer", "dropout", "dropout_scaling")
GRID = (*OF_NETWORK, *OF_TRAINING)
# Options that say what a run is; a run gone on with has them already, and may be given more epochs.
DECIDED = (
    *(name for name in GRID if name != "epochs"),
    *("seed", "networks", "dtype", "out", "overwrite", "recipe"),
)


def check(context: click.Context, parameter: click.Parameter, values: Any) -> Any:
    """The values, each in the one way it is spelt; refuse one that makes no sense by its option."""
    return [check_setting(str(parameter.name), v, called=parameter.opts[0]) for v in values]


def check_networks(context: click.Context, parameter: click.Parameter, value: int) -> int:
    """Refuse a number of networks that makes no sense."""
    if not 1 <= value <= MOST_NETWORKS:
        needed = f"give a whole number from 1 to {MOST_NETWORKS:,}"
        raise click.BadParameter(f"{value}: {needed}", param=parameter)
    return value


def parse_hidden(
    context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]
) -> list[list[int | str]]:
    """ "100,30" → [100, 30]; "20C5,MP2" → ["20C5", "MP2"]; "none" → []; for each of several."""
    from gpunet.nn.architecture import parse_layers  # with all layers, and NumPy

    try:
        networks = [parse_layers(text) for text in texts]
    except InputError as error:
        raise click.BadParameter(str(error), param=parameter) from None
    for layers in networks:
        for neurons in layers:
            if isinstance(neurons, int) and neurons > MOST_NEURONS:
                raise click.BadParameter(
                    f"{neurons:,} neurons: give at most {MOST_NEURONS:,} a layer", param=parameter
                )
    return networks


def check_dropout(
    context: click.Context, parameter: click.Parameter, values: tuple[float, ...]
) -> tuple[float, ...]:
    """Refuse a share that is none."""
    for value in values:
        if not 0 <= value < 1:  # NaN is refused too
            raise click.BadParameter(f"{value}: give a number from 0 to below 1", param=parameter)
    return values


# What `TrainingConfig` decide, in words; type and default are those of its fields.
TRAINING_HELP = {
    "epochs": "How often every training image is seen.",
    "batch_size": "Images a step; more than there are means all of them.",
    "learning_rate": "η.",
    "schedule": "How η goes on: constant, step:EPOCHS:FACTOR, exponential:FACTOR, cosine, or "
    "halving:EPOCHS (when the accuracy has not improved for so long, down to 1/128).",
    "warm_up": "Epochs in which η rises in equal steps before that.",
    "optimizer": "sgd (with --momentum or without), nesterov, adam or adamw.",
    "momentum": "μ; 0 is plain gradient descent.",
    "l1": "λ, the strength of the L1 penalty on the weights.",
    "l2": "λ, the strength of the L2 penalty on the weights.",
    "max_norm": "The largest length of the weights into a neuron; 0 for any.",
    "clip": "The largest length of a step's gradient; 0 for any.",
    "patience": "End when the accuracy has not improved in so many epochs; 0 for never.",
    "keep_best": "Keep the network of the best epoch, not that of the last.",
    "expand": "Train on every image and its four shifts by one pixel.",
    **DEFORMATION_HELP,
}
METAVARS = {"schedule": "NAME[:...]", "optimizer": "NAME"}


def training_option(field: Field[Any]) -> Callable[[Command], Command]:
    """The option for a field of `TrainingConfig`: a flag for what is true or false."""
    name, default = f"--{field.name.replace('_', '-')}", field.default
    if isinstance(default, bool):
        both = f"{name}/--no-{name[2:]}"
        return click.option(both, default=None, help=TRAINING_HELP[field.name])
    return click.option(
        name,
        type=type(default),
        multiple=True,
        callback=check,
        metavar=METAVARS.get(field.name),
        help=f"{TRAINING_HELP[field.name]}  [default: {default}]",
    )


NETWORK_OPTIONS = (
    click.option(
        "--hidden",
        multiple=True,
        callback=parse_hidden,
        metavar="N[,N...]",
        help="Neurons in each hidden layer, or none; 20C5 is a convolution with 20 kernels of "
        "5 × 5, MP2 max-pooling over 2 × 2 behind it.  [default: 30]",
    ),
    click.option(
        "--activation",
        type=click.Choice(["sigmoid", "tanh", "relu", "softmax", "linear"]),
        multiple=True,
        help="Of the hidden layers, and with the quadratic cost of the output layer too.  "
        "[default: sigmoid]",
    ),
    click.option(
        "--cost",
        type=click.Choice(["quadratic", "cross-entropy", "log-likelihood"]),
        multiple=True,
        help="Cross-entropy makes the output layer sigmoid, log-likelihood softmax.  "
        "[default: quadratic]",
    ),
    click.option(
        "--initializer",
        type=click.Choice(["large", "scaled"]),
        multiple=True,
        help="First weights as in chapter 1 or chapter 3.  [default: large for sigmoid with the "
        "quadratic cost, else scaled]",
    ),
    click.option(
        "--dropout",
        type=float,
        multiple=True,
        callback=check_dropout,
        help="The share of the neurons below a fully connected layer left out at each step.  "
        "[default: 0.0]",
    ),
    click.option(
        "--dropout-scaling",
        type=click.Choice(["training", "evaluation"]),
        multiple=True,
        help="When neurons are scaled to make up for those left out; evaluation is the book's.  "
        "[default: training]",
    ),
    *(training_option(field) for field in fields(TrainingConfig)),
    click.option(
        "--seed",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="Decides everything random.",
    ),
    click.option(
        "--networks",
        type=int,
        default=1,
        callback=check_networks,
        metavar="N",
        help="Train so many that differ in their seed, counting up from --seed: a mean with "
        "an error bar.",
        show_default=True,
    ),
)


def network_options(command: Command) -> Command:
    """--hidden to --networks."""
    for option in reversed(NETWORK_OPTIONS):
        command = option(command)
    return command


def grid_of(options: dict[str, Any]) -> dict[str, list[Any]]:
    """The values given for options of the grid, each of them once; not those left out."""
    given = {name: options[name] for name in GRID if options[name] not in (None, (), [])}
    given = {k: [values] if isinstance(values, bool) else values for k, values in given.items()}
    return {
        name: [value for k, value in enumerate(values) if value not in values[:k]]
        for name, values in given.items()
    }


def only_epochs(options: dict[str, Any]) -> int | None:
    """The epochs given beside --resume, or None."""
    values: tuple[int, ...] = options["epochs"]
    if len(values) > 1:  # elsewhere that makes a grid
        raise click.UsageError("--epochs: give it once for one network")
    return values[0] if values else None


def refuse_decided(context: click.Context) -> None:
    """Refuse options that say what a run is, beside --resume."""
    from click.core import ParameterSource

    for name in DECIDED:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(
                f"{option} cannot be changed in a run that is resumed; leave it away, "
                "or start a new run"
            )


def recipe_options(context: click.Context, name: str) -> dict[str, Any]:
    """The options that a recipe gives, but for those given on the command line."""
    from click.core import ParameterSource

    from gpunet.runs.recipe import find_recipe

    given = {
        option
        for option in context.params
        if context.get_parameter_source(option) is ParameterSource.COMMANDLINE
    }
    return {
        option: [value] if option in GRID else value
        for option, value in find_recipe(name).options.items()
        if option not in given
    }
