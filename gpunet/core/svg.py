"""A curve over the epochs, as inline SVG."""

from collections.abc import Sequence
from html import escape

from gpunet.core.axes import axis_for, epochs_shown

WIDTH, HEIGHT = 340, 200
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 26, 38  # margins
MOST_NUMBERS = 6


def curve(
    title: str, points: Sequence[tuple[int, float]], colour: str, most: float | None = None
) -> str:
    """An SVG of one curve; text and axes have the colour of the page's text.

    Args:
        title: what is drawn, with its unit.
        points: epochs and values of 0 or more, in order; one or more.
        colour: of the curve.
        most: the largest value there can be.
    """
    values = [value for _, value in points]
    axis = axis_for(min(values), max(values), (4, 5, 6), most)
    first, last = points[0][0], points[-1][0]
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(epoch: float) -> float:
        return LEFT + across * (epoch - first) / max(1, last - first)

    def y(value: float) -> float:
        return TOP + down * (axis.high - value) / (axis.high - axis.low)

    parts = [text(LEFT, 15, title, "start", "font-weight:bold")]
    labels = axis.labels()
    for number, label in enumerate(labels):
        at = TOP + down * number / (len(labels) - 1)
        parts.append(
            f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="currentColor" opacity="0.2"/>'
        )
        parts.append(text(LEFT - 6, at + 4, label, "end"))
    for epoch in epochs_shown(first, last, MOST_NUMBERS):
        parts.append(text(x(epoch), HEIGHT - BOTTOM + 16, f"{epoch:,}", "middle"))
    parts.append(text(LEFT + across / 2, HEIGHT - 6, "epoch", "middle"))
    places = " ".join(f"{x(epoch):.1f},{y(value):.1f}" for epoch, value in points)
    stroke = f'stroke="{colour}" stroke-width="2" stroke-linejoin="round"'
    parts.append(f'<polyline points="{places}" fill="none" {stroke}/>')
    if len(points) == 1:
        parts.append(f'<circle cx="{x(first):.1f}" cy="{y(values[0]):.1f}" r="3" fill="{colour}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-label="{escape(title)}" style="max-width:100%;'
        f'font:12px sans-serif">{"".join(parts)}</svg>'
    )


def text(x: float, y: float, content: str, anchor: str, style: str = "") -> str:
    """A word of the picture."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor" '
        f'style="{style}">{escape(content)}</text>'
    )
