"""Which networks the fused engine takes on which cards, as Markdown: what FusedPlan says of them.

    scripts/python scripts/cards_table.py

The shared memory that a block may use is what NVIDIA's CUDA C++ Programming Guide (technical
specifications by compute capability) and libcu++ (cuda::arch_traits) give; while it runs, gpunet
asks the device.
"""

import sys
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gpunet.backend.fused import FusedPlan
from gpunet.backend.fused_functions import FusedCost


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

    @property
    def title(self) -> str:
        """Names and capability."""
        return f"{self.names} ({self.capability})"


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
BATCHES = (1, 2, 5, 10, 16, 20, 32, 50, 64, 100, 128, 200, 256)  # usual ones


def main() -> None:
    """Print it."""
    print(cards_table())


def cards_table() -> str:
    """A line a family of cards; for each network the largest usual batch that is fused."""
    networks = [f"{'-'.join(map(str, sizes))}<br>{dtype}" for sizes, dtype in NETWORKS]
    head = ["cards (compute capability)", "shared memory a block, bytes", *networks]
    lines = [head, ["---"] * len(head)]
    for card in CARDS:
        batches = [largest_batch(card.shared_limit, sizes, dtype) for sizes, dtype in NETWORKS]
        fitting = [f"{batch}" if batch else "–" for batch in batches]
        lines.append([card.title, f"{card.shared_limit:,}", *fitting])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


@cache
def largest_batch(shared_limit: int, sizes: tuple[int, ...], dtype: str) -> int:
    """Samples in the largest of the usual batches that the fused engine takes; 0 for none."""

    def fits(batch: int) -> bool:
        # Neither the activations nor the cost take shared memory; momentum takes registers.
        cost = FusedCost("")
        plan = FusedPlan(sizes, (), cost, False, batch, dtype, False, False, shared_limit)
        return not plan.misfit

    return max(takewhile(fits, BATCHES), default=0)


if __name__ == "__main__":
    main()
