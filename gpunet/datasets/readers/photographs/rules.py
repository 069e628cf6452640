"""Rules: the lines of ruled and squared paper, found and divided out of the darkness.

A rule is thin, nearly straight, and runs from one edge of the picture to the other. Where a pen
crosses it, both take their share of the light, so that dividing the rule's share out leaves the
pen's.
"""

import numpy as np
from scipy import ndimage

from gpunet.core.arrays import HostArray

# Broader than this share of the shorter side is a stroke.
THIN = 0.025
# Darker than this against its sides is a line.
FAINTEST = 0.05
# How steeply rules may run, as rise over run, and how finely that is told apart.
STEEPEST, SLOPES = 0.16, 65
# The share of its length that must be dark, all along and at both ends.
COVERED, ENDS = 0.7, 0.4
MOST_RULES = 80


def remove_rules(darkness: HostArray) -> HostArray:
    """The darkness without rules that run across or down: float32 of that shape."""
    left = darkness.copy()
    for view in (left, left.T):
        remove_across(view)
    # A single digit may be a line from edge to edge itself.
    before, after = (np.quantile(each, 0.998) for each in (darkness, left))
    return left if after > before / 3 else darkness


def remove_across(darkness: HostArray) -> None:
    """Divide the rules that run across out of the darkness, in place."""
    height, width = darkness.shape
    broad = max(3, round(THIN * min(height, width)))
    thin = darkness - ndimage.grey_opening(darkness, (2 * broad + 1, 1))
    mask = thin > FAINTEST
    for line in find_lines(mask):
        rows = fit(mask, line)
        if rows is not None:
            divide_out(darkness, rows, broad)
            near = (rows + np.arange(-2, 3)[:, None]).clip(0, height - 1)
            mask[near, np.arange(width)] = False


def find_lines(mask: HostArray) -> list[HostArray]:
    """Candidates by a Hough transform, the longest first: each a row for every column."""
    height, width = mask.shape
    y, x = np.nonzero(mask[:, ::2])
    across = np.arange(width) - width / 2
    slopes = np.linspace(-STEEPEST, STEEPEST, SLOPES)
    margin = round(STEEPEST * width / 2) + 2
    votes = np.empty((SLOPES, height + 2 * margin))
    for slope, row in zip(slopes, votes, strict=True):
        where = np.rint(y - slope * (2 * x - width / 2)).astype(np.intp) + margin
        row[:] = np.bincount(where, minlength=len(row))[: len(row)]
    votes = ndimage.uniform_filter1d(votes, 3, axis=1) * 3
    peaks = (votes == ndimage.maximum_filter(votes, (5, 7))) & (votes > 0.5 * COVERED * width)
    order = np.argsort(-votes[peaks])[: 2 * MOST_RULES]
    found = np.argwhere(peaks)[order]
    return [row - margin + slopes[number] * across for number, row in found]


def fit(mask: HostArray, line: HostArray) -> HostArray | None:
    """A rule's row in each column, int64 (width,), bent a little if it must be; None if none."""
    height, width = mask.shape
    columns = np.arange(width)
    for reach in (3, 2):
        offsets = np.arange(-reach, reach + 1)[:, None]
        rows = np.rint(line).astype(np.intp) + offsets
        inside = (rows >= 0) & (rows < height)
        dark = mask[rows.clip(0, height - 1), columns] & inside
        covered = dark.any(axis=0)
        seen = inside.all(axis=0)
        if seen.mean() < 0.3 or covered[seen].mean() < COVERED:
            return None
        ends = np.flatnonzero(seen)[[0, -1]]
        eighth = max(1, int(seen.sum()) // 8)
        if min(covered[ends[0] :][:eighth].mean(), covered[: ends[1] + 1][-eighth:].mean()) < ENDS:
            return None
        at = np.nonzero(dark)
        line = np.polyval(np.polyfit(at[1] / width, rows[at], 2), columns / width)
    return np.rint(line).astype(np.intp)


def divide_out(darkness: HostArray, rows: HostArray, broad: int) -> None:
    """Take a rule's share out of the darkness along it, in place."""
    height, width = darkness.shape
    offsets = np.arange(-broad, broad + 1)[:, None]
    places = rows + offsets
    inside = (places >= 0) & (places < height)
    columns = np.broadcast_to(np.arange(width), places.shape)
    strip = np.where(inside, darkness[places.clip(0, height - 1), columns], 0)
    share = np.median(strip, axis=1, keepdims=True)
    share = ndimage.maximum_filter1d(share, 3, axis=0)
    share = np.where(share > share.max() / 8, share, 0)
    # A rule may be fainter in parts, but never much more than on the whole.
    parts = np.array_split(strip, 6, axis=1)
    core = share[:, 0] >= share.max() * 0.8
    strength = [np.median(part[core]) / max(1e-6, float(share.max())) for part in parts]
    scale = np.interp(
        np.arange(width), (np.arange(6) + 0.5) * width / 6, np.clip(strength, 0.7, 1.4)
    )
    without = np.clip(1 - (1 - strip) / np.maximum(1 - share * scale, 0.05), 0, 1)
    darkness[places[inside], columns[inside]] = without[inside]
