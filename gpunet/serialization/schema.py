"""What the descriptions in a run's files must be: names, types and ranges, declared once.

A description comes from outside, and a checksum does not say that it is valid. It is checked
against its schema where it is read, so that no later code needs to check it again.
"""

import re
import reprlib
from collections.abc import Mapping
from sys import float_info
from typing import Any, NamedTuple, Union

from gpunet.core.names import DTYPES, PRECISIONS
from gpunet.core.rules import MOST_NETWORKS
from gpunet.nn.activations import ACTIVATIONS
from gpunet.nn.costs import COSTS
from gpunet.nn.initializers import INITIALIZERS
from gpunet.nn.layers.dropout import DROPOUTS
from gpunet.serialization.values import (
    Value,
    choice,
    named,
    number,
    one_or_more,
    optional,
    whole,
)


class Items(NamedTuple):
    """A list, with the schema of each item: of at least that many, or of exactly that many."""

    each: "Schema"
    least: int = 0
    exactly: bool = False


# An object: the schema of every name. A name with "?" may be missing; "*" is every other name, and
# without it other names, such as those of later versions, may hold anything plain.
Schema = Union[Value, Items, Mapping[str, "Schema"]]  # noqa: UP007 - it names itself


def check(found: Any, schema: Schema, where: str = "") -> None:
    """Hold something that was read from JSON against its schema.

    Raises:
        ValueError: it differs; says where, what was found, and what was needed.
    """
    if isinstance(schema, Value):
        if not schema.fits(found):
            raise ValueError(f"{where} is {reprlib.repr(found)}, not {schema.needed}")
    elif isinstance(schema, Items):
        least, exactly = schema.least, schema.exactly
        if not isinstance(found, list) or len(found) < least or (exactly and len(found) > least):
            count = f" of {least}{'' if exactly else ' or more'}" if least else ""
            raise ValueError(f"{where} is {reprlib.repr(found)}, not a list{count}")
        for number, item in enumerate(found):
            check(item, schema.each, f"{where}[{number}]")
    else:
        check_names(found, schema, where)


def check_names(found: Any, schema: Mapping[str, Schema], where: str) -> None:
    """As `check`, for an object."""
    if not isinstance(found, dict):
        raise ValueError(f"{where or 'it'} is {reprlib.repr(found)}, not an object with names")
    inside = f"{where}." if where else ""
    for name, each in schema.items():
        plain = name.removesuffix("?")
        if plain in found:
            check(found[plain], each, inside + plain)
        elif name == plain and name != "*":
            raise ValueError(f"{inside + name!r} is missing")
    for name in found.keys() - {name.removesuffix("?") for name in schema}:
        check(name, TEXT, "a name")
        check(found[name], schema.get("*", ANYTHING), inside + reprlib.repr(name))


def is_text(found: Any) -> bool:
    """Whether something is text that can be written as UTF-8: without halves of surrogate pairs."""
    return isinstance(found, str) and not any("\ud800" <= letter <= "\udfff" for letter in found)


def is_layer(found: Any) -> bool:
    """Whether something may be a layer of `read_architecture`, which checks the whole."""
    return (is_text(found) and len(found) <= 32) or NEURONS.fits(found)


def is_layer_or_shape(found: Any) -> bool:
    """Whether something may be the first layer, the shape of images, or one of the others."""
    if isinstance(found, list):
        return len(found) == 2 and all(NEURONS.fits(side) for side in found)
    return is_layer(found)


def is_plain(found: Any, deep: int = 50) -> bool:
    """Whether something can be written as JSON in UTF-8 again: not so deep that nobody could."""
    if isinstance(found, dict):
        found = [*found.keys(), *found.values()]
    if isinstance(found, list):
        return deep > 0 and all(is_plain(each, deep - 1) for each in found)
    return found is None or OPTION.fits(found)


TEXT, DIGITS = Value("text in UTF-8", is_text), re.compile("[0-9a-f]{64}")
HEX = Value("64 hexadecimal digits", lambda found: is_text(found) and bool(DIGITS.fullmatch(found)))
COUNT, NEURONS, EPOCHS = whole(0, 2**53), whole(1, 2**31), whole(0, 1_000_000)
FINITE, FRACTION, SECONDS = number(-float_info.max, float_info.max), number(0, 1), number(0, 1e12)
SEED = Value(
    "a whole number from 0, of at most 4,000 digits",
    lambda found: type(found) is int and 0 <= found < 10**4000,
)
LAYER = Value("a layer, such as 30, 20C5 or MP2", is_layer)
LAYER_OR_SHAPE = Value("a layer, or the height and width of images", is_layer_or_shape)
SHARE = Value("a number from 0 to below 1", lambda found: FRACTION.fits(found) and found < 1)
SCALE = Value("a number above 0", lambda found: FINITE.fits(found) and found > 0)
NUMBERS, SHARES = one_or_more(FINITE), one_or_more(SHARE)
# The value of an option; which values each option takes, `TrainingConfig` knows.
OPTION = Value(
    "a number or several, text, true or false",
    lambda found: isinstance(found, bool) or NUMBERS.fits(found) or is_text(found),
)
ANYTHING = Value("plain values", is_plain)
FLAG = Value("true or false", lambda found: isinstance(found, bool))

NETWORK: Schema = {
    "sizes": Items(NEURONS, least=2),
    "layers?": Items(LAYER_OR_SHAPE, least=2),
    "activations": Items(named(ACTIVATIONS), least=1),
    "cost": named(COSTS),
    "dtype": choice(*DTYPES),
    "seed": SEED,
    "initializer": named(INITIALIZERS),
    "input_scale": SCALE,
    "scale_floats?": FLAG,
    "trained_on?": TEXT,
    "classes?": Items(TEXT, least=1),
    "dropout?": SHARES,
    "input_dropout?": SHARE,
    "dropout_scaling?": named(DROPOUTS),
    "deskew?": Items(NEURONS, 2, exactly=True),
}
# Which state a network was saved in: the SHA-256 is that of the checkpoint of that state.
STATE: Schema = {"epoch": EPOCHS, "step": COUNT, "sha256": HEX}
MODEL_SCHEMA: Schema = {"network": NETWORK, "identity?": TEXT, "state?": STATE}
POSITIVE = number(0, float_info.max)
DIAGNOSIS: Schema = {
    "accuracy": FRACTION,
    "cost": FINITE,
    "layers": Items(
        {"saturated": FRACTION, "stuck": FRACTION}
        | dict.fromkeys(("activation", "gradient", "update"), POSITIVE),
        least=1,
    ),
    "silent": Items(COUNT),
}
EPOCH_RECORD: Schema = {
    "epoch": EPOCHS,
    "steps": COUNT,
    "learning_rate": number(0, 1e6),
    "accuracy": optional(FRACTION),
    "cost": optional(FINITE),
    "diagnosis?": DIAGNOSIS,
}
CHECKPOINT_SCHEMA: Schema = {
    "identity": TEXT,
    "epoch": EPOCHS,
    "epochs?": EPOCHS,
    "step": COUNT,
    "history": Items(EPOCH_RECORD),
}
DATA: Schema = {
    "name": TEXT,
    "digest": HEX,
    "classes": Items(TEXT, least=1),
    "style": {"shape": Items(NEURONS, 2, exactly=True), "box": NEURONS, "max_pixel": whole(1, 255)},
}
# What run.json says of a run and of a population alike.
COMMON: dict[str, Schema] = {
    "identity": TEXT,
    "status": choice("new", "running", "interrupted", "diverged", "finished"),
    "seed": SEED,
    "data": DATA,
    "source?": TEXT,
    "versions?": {"*": TEXT},
    "started?": TEXT,
    "seconds": SECONDS,
    "device?": TEXT,
    "engine?": TEXT,
    "precision?": choice(*PRECISIONS),
    "choice?": {"seconds_a_step": {"*": SECONDS}, "threads?": whole(1, 2**16)},
}
RUN_SCHEMA: Schema = {
    **COMMON,
    "options": {"*": OPTION},
    "network": NETWORK,
    "state?": STATE,
    "diverged?": TEXT,
    "result?": {"accuracy": FRACTION, "correct": COUNT, "total": COUNT, "cost": optional(FINITE)},
}
POPULATION_SCHEMA: Schema = {
    **COMMON,
    "networks": whole(1, MOST_NETWORKS),
    "dtype": choice(*DTYPES),
    "grid": {
        "hidden?": Items(Items(LAYER), least=1),
        "activation?": Items(named(ACTIVATIONS), least=1),
        "cost?": Items(named(COSTS), least=1),
        "initializer?": Items(optional(named(INITIALIZERS)), least=1),
        "dropout?": Items(SHARES, least=1),
        "input_dropout?": Items(SHARE, least=1),
        "dropout_scaling?": Items(named(DROPOUTS), least=1),
        "*": Items(optional(OPTION), least=1),
    },
}
