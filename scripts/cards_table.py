"""Which networks the fused engine takes on which cards, as Markdown: what FusedPlan says of them.

    scripts/python scripts/cards_table.py

The shared memory that a block may use is what NVIDIA's CUDA C++ Programming Guide (technical
specifications by compute capability) and libcu++ (cuda::arch_traits) give; while it runs, gpunet
asks the device.
"""

import sys
from bisect import bisect_left
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gpunet.backend.fused import MOST_BATCH, FusedPlan


class Card(NamedTuple):
    """A family of cards.

    Attributes:
        names: as they are sold.
        capability: compute capability.
        shared_limit: bytes of shared memory that one block may use.
    """

    names: str
    capability: str
    shared_limit: int

    @property
    def architecture(self) -> str:
        """As the compiler calls it: sm_75."""
        return f"sm_{self.capability.replace('.', '')}"


CARDS = (
    Card("T4, RTX 20", "7.5", 64 << 10),
    Card("A100", "8.0", 163 << 10),
    Card("RTX 30, A10, A40", "8.6", 99 << 10),
    Card("RTX 40, L4, L40", "8.9", 99 << 10),
    Card("H100, H200", "9.0", 227 << 10),
    Card("B200", "10.0", 227 << 10),
    Card("RTX 50", "12.0", 99 << 10),
)
# The book's networks, and that of the digits which come with the package.
NETWORKS = (
    ((64, 30, 10), "float32"),
    ((64, 30, 10), "float64"),
    ((784, 10), "float32"),
    ((784, 30, 10), "float32"),
    ((784, 30, 30, 10), "float32"),
    ((784, 100, 10), "float32"),
    ((784, 30, 10), "float64"),
)


def main() -> None:
    """Print it."""
    print(cards_table())


def cards_table() -> str:
    """A line a family of cards; for each network the largest batch that is fused."""
    networks = [f"{'-'.join(map(str, sizes))}<br>{dtype}" for sizes, dtype in NETWORKS]
    head = ["cards (compute capability)", "shared memory a block, bytes", *networks]
    lines = [head, ["---"] * len(head)]
    for card in CARDS:
        batches = [largest_batch(card, sizes, dtype) for sizes, dtype in NETWORKS]
        fitting = [f"{batch}" if batch else "–" for batch in batches]
        lines.append([f"{card.names} ({card.capability})", f"{card.shared_limit:,}", *fitting])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def largest_batch(card: Card, sizes: tuple[int, ...], dtype: str) -> int:
    """Samples in the largest batch with which the fused engine takes a network; 0 for none."""

    def misfits(batch: int) -> bool:
        # Neither the activations nor the cost, nor momentum, take shared memory.
        plan = FusedPlan(sizes, (), "", False, batch, dtype, False, card.shared_limit)
        return bool(plan.misfit)

    return bisect_left(range(1, MOST_BATCH + 1), True, key=misfits)


if __name__ == "__main__":
    main()
