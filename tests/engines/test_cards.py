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
    """A network of sigmoid neurons, and what it takes.

    Attributes:
        needed: bytes of shared memory at the least, worked out by hand: weights, n_out | 1 numbers
            an input, and biases; activations and deltas of the batch, and 32 partial sums a sample
            and 32 outputs; a byte a pixel; 16 bytes a sample.
        mostly: the bytes of what takes most of it, and what that is.
    """

    sizes: list[int]
    needed: int
    mostly: str
    batch_size: int = 10
    dtype: str = "float32"
    momentum: float = 0.0


BOOK = "97,344 of them for layer 1, 784 × 30"
CASES = {
    "digits": Case([64, 30, 10], 17_280, "8,064 of them for layer 1, 64 × 30"),
    "digits, momentum": Case([64, 30, 10], 17_280, "8,064 of them for layer 1", momentum=0.5),
    "digits, float64": Case([64, 30, 10], 33_760, "16,128 of them for layer 1", dtype="float64"),
    "digits, 64": Case([64, 30, 10], 59_616, "50,176 of them for a batch of 64", 64),
    "digits, 256": Case([64, 30, 10], 210_144, "200,704 of them for a batch of 256", 256),
    "no hidden layer": Case([784, 10], 75_984, "41,440 of them for a batch of 10"),
    "book": Case([784, 30, 10], 142_560, BOOK),
    "book, momentum": Case([784, 30, 10], 142_560, BOOK, momentum=0.5),
    "book, 20": Case([784, 30, 10], 186_400, BOOK, 20),
    "book, float64": Case([784, 30, 10], 277_120, "194,688 of them for layer 1", dtype="float64"),
    "100 neurons": Case([784, 100, 10], 374_864, "317,136 of them for layer 1, 784 × 100"),
}
ON_TURING = {"digits", "digits, momentum", "digits, float64", "digits, 64"}
ON_RTX = ON_TURING | {"no hidden layer"}
ON_A100 = ON_RTX | {"book", "book, momentum"}
ON_HOPPER = ON_A100 | {"digits, 256", "book, 20"}
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
    config = TrainingConfig(batch_size=case.batch_size, momentum=case.momentum)
    return choose_engine(engine, network, make_optimizer(network, config, 1000), case.batch_size)


def check(case: Case, device: Device, fused: bool) -> None:
    """The case is fused on a device, or refused with the bytes and what to use."""
    why = (
        f"keeps the network in one multiprocessor's shared memory: {case.needed:,} bytes are "
        f"needed \\({case.mostly}.*\\), the device has {device.shared_limit:,}"
    )
    if fused:
        assert choose(case, "auto", device) == (
            "fused",
            "fused, since the network fits on one multiprocessor",
        )
        return
    engine, said = choose(case, "auto", device)
    assert engine == "graph"
    with pytest.raises(gpunet.InputError, match=f"^the fused engine {why}; use --engine graph$"):
        choose(case, "fused", device)
    assert said.startswith("graph, since the fused engine keeps the network")


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
        assert f"{card.shared_limit:,}" in rows[f"{card.names} ({card.capability})"]
    # The parameters of 64-30-10 take 9,440 bytes and every sample 784: 65,104 for 71 of them.
    assert rows["T4, RTX 20 (7.5)"].split(" | ")[2] == "71"


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
