"""Which networks are fused on which card; where one is not, why not and what is used instead."""

from typing import Any, NamedTuple

import pytest

import gpunet
from gpunet.backend.device import Device
from gpunet.engines.choose import choose_engine
from gpunet.training.config import TrainingConfig
from gpunet.training.make_optimizer import make_optimizer
from scripts.cards_table import CARDS, Card, cards_table
from tests.backends import open_backend
from tests.pretended_gpu import PretendedGpu


class Case(NamedTuple):
    """A network of sigmoid neurons, and what of it may not fit.

    Attributes:
        needed: what is said of it where it does not fit. Bytes of shared memory at the least are
            worked out by hand: of the batch, in numbers, the activations and deltas of each layer,
            the first layer's deltas once more, and the sums of a tile for each warp; in bytes, its
            pixels, and 24 a sample; the weights above the first layer, and all biases.
    """

    sizes: list[int]
    needed: str = ""
    batch_size: int = 10
    dtype: str = "float32"
    momentum: float = 0.0


def in_memory(needed: int, mostly: str) -> str:
    """What is said of that many bytes of shared memory."""
    return (
        "keeps the batch and the upper layers in one multiprocessor's shared memory: "
        f"{needed:,} bytes are needed ({mostly}), the device has "
    )


def in_registers(weights: str, needed: int) -> str:
    """What is said of that many bytes of weights."""
    return (
        f"keeps the first layer's weights in one multiprocessor's registers: {weights} of them "
        f"take {needed:,} bytes"
    )


CASES = {
    "digits": Case([64, 30, 10]),
    "digits, momentum": Case([64, 30, 10], momentum=0.5),
    "digits, float64": Case([64, 30, 10], dtype="float64"),
    "digits, 64": Case([64, 30, 10], batch_size=64),
    # 2 · 256 · (36 + 12) + 64 · 32 · 4 + 4 · 32 numbers, 10 · 36 + 32 + 12, and 256 · (64 + 24).
    "digits, 256": Case(
        [64, 30, 10], in_memory(155_728, "154,288 of them for a batch of 256"), batch_size=256
    ),
    "no hidden layer": Case([784, 10]),
    "book": Case([784, 30, 10]),
    "book, momentum": Case([784, 30, 10], momentum=0.5),
    "book, 20": Case([784, 30, 10], batch_size=20),
    # 2 · 64 · (36 + 12) + 16 · 32 · 4 + 6 · 4 · 32 numbers, as above, and 64 · (6 · 132 + 24).
    "book, 64": Case(
        [784, 30, 10], in_memory(89_680, "88,240 of them for a batch of 64"), batch_size=64
    ),
    "book, float64": Case([784, 30, 10], dtype="float64"),
    "book, float64, momentum": Case(
        [784, 30, 10], in_registers("784 × 30", 376_320), dtype="float64", momentum=0.5
    ),
    "64 neurons": Case([784, 64, 10]),
    "100 neurons": Case([784, 100, 10], in_registers("784 × 100", 313_600)),
    # 2 · 10 · (100 + 300) + 10 · 100 · 4 + 100 numbers, 300 · 100 + 400, and 10 · (64 + 24).
    "a wide upper layer": Case(
        [64, 100, 300], in_memory(170_880, "120,000 of them for layer 2, 100 × 300")
    ),
}
ON_TURING = {name for name, case in CASES.items() if not case.needed}
ON_RTX = ON_TURING | {"book, 64"}
ON_A100 = ON_RTX | {"digits, 256"}
ON_HOPPER = ON_A100 | {"a wide upper layer"}
# Bytes that a block may use, and what is fused with them.
FUSED = {
    "sm_75": (65_536, ON_TURING),
    "sm_80": (166_912, ON_A100),
    "sm_86": (101_376, ON_RTX),
    "sm_89": (101_376, ON_RTX),
    "sm_90": (232_448, ON_HOPPER),
    "sm_100": (232_448, ON_HOPPER),
    "sm_120": (101_376, ON_RTX),
}


def choose(case: Case, engine: str, device: Device) -> tuple[str, str]:
    """The engine for a request on a device, and why."""
    network = gpunet.Network(case.sizes, device=device, dtype=case.dtype)
    config = TrainingConfig(batch_size=case.batch_size, momentum=case.momentum, learning_rate=3.0)
    return choose_engine(engine, network, make_optimizer(network, config, 1000), case.batch_size)


def check(case: Case, device: Device, fused: bool) -> None:
    """The case is fused on a device, or refused with the bytes and what to use."""
    if fused:
        assert choose(case, "auto", device) == (
            "fused",
            "fused, since the network fits on one multiprocessor",
        )
        return
    engine, said = choose(case, "auto", device)
    assert engine == "graph"
    assert said.startswith(f"graph, since the fused engine {case.needed}")
    if case.needed.endswith("has "):
        assert f"the device has {device.shared_limit:,}" in said
    with pytest.raises(gpunet.InputError) as refused:
        choose(case, "fused", device)
    assert str(refused.value).startswith(f"the fused engine {case.needed}")
    assert str(refused.value).endswith("; use --engine graph")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.architecture)
def test_what_is_fused_on_which_card(card: Card, name: str) -> None:
    limit, fused = FUSED[card.architecture]
    assert card.shared_limit == limit
    check(CASES[name], PretendedGpu(limit), name in fused)


def test_the_table_names_every_card_and_the_largest_batch() -> None:
    rows = {line.split(" | ")[0].strip("| "): line for line in cards_table().splitlines()[2:]}
    assert len(rows) == len(CARDS) == len(FUSED)
    for card in CARDS:
        assert f"{card.shared_limit:,}" in rows[card.title]
    # A batch of 50 for 784-30-10 takes 34,640 bytes of numbers and 40,400 of pixels at the least.
    assert rows["T4, RTX 20 (7.5)"].split(" | ")[5] == "32"


@pytest.mark.cuda
def test_a_card_that_is_there_is_as_the_table_has_it() -> None:
    device: Any = open_backend("cuda")
    known = {card.architecture: card for card in CARDS}
    architecture = f"sm_{device.xp.cuda.Device(device.ordinal).compute_capability}"
    if architecture not in known:
        pytest.skip(f"{architecture} is not in the table")
    limit, fused = FUSED[architecture]
    assert device.shared_limit == known[architecture].shared_limit == limit
    if device.supports_graphs:
        for name, case in CASES.items():
            check(case, device, name in fused)
