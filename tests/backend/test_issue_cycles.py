"""What a step of the fused kernel costs at the least, counted in what the compiler makes of it."""

import pytest

from scripts.cards_table import CARDS, Card
from scripts.gpu.issue_cycles import book_plan, count_step, find_nvdisasm
from tests.backend.test_kernels import load_nvrtc

# Compilers make some more instructions of it for Blackwell.
MOST_CYCLES = {card.architecture: 5000 for card in CARDS} | {"sm_100": 5150, "sm_120": 5150}


@pytest.fixture(scope="module")
def nvdisasm() -> str:
    """NVIDIA's disassembler."""
    found = find_nvdisasm()
    if found is None:
        pytest.skip("nvdisasm is not installed")
    return found


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.architecture)
def test_a_step_of_the_book_keeps_within_its_budget(card: Card, nvdisasm: str) -> None:
    load_nvrtc(card.architecture)
    plan = book_plan(card.shared_limit)
    assert plan.shared_bytes <= 64 << 10
    counts = count_step(plan, card.architecture, nvdisasm)
    # Sums and updates alone are 2 · 10 samples · 4 outputs · 24.5 inputs, for 2 warps a scheduler.
    assert 3920 < counts.cycles <= MOST_CYCLES[card.architecture]
    assert counts.barriers == 4
    assert counts.local == 0


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.architecture)
def test_with_momentum_no_loop_of_a_step_touches_local_memory(card: Card, nvdisasm: str) -> None:
    load_nvrtc(card.architecture)
    counts = count_step(book_plan(card.shared_limit, True), card.architecture, nvdisasm)
    assert counts.barriers == 4
    assert counts.local_in_loops == 0
