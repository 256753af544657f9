"""A metric over its windows, as parts of an SVG: a line, its interval as a band, what was promised dashed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from include.pages.moment import Moment

DRAWN = frozenset({"value", "low", "high", "expected"})  # figures of a metric


def figures_of(moments: Iterable[Moment]) -> list[float]:
    """Return the figures that a picture has to have room for.

    :param moments: the windows.
    """
    return [value for one in moments for name, value in one.figures.items() if name in DRAWN]


def curve(known: Sequence[Moment], at: Callable[[Moment, str], tuple[float, float]]) -> list[str]:
    """Return the lines of a metric.

    :param known: windows with a ``value``, oldest first.
    :param at: returns where one figure of a window is: pixels to the right, and down.
    """

    def points(moments: Iterable[Moment], name: str) -> list[str]:
        return ["{:.1f},{:.1f}".format(*at(one, name)) for one in moments if name in one.figures]

    both = [one for one in known if "low" in one.figures and "high" in one.figures]
    parts = []
    if both:
        band = points(both, "high") + points(reversed(both), "low")
        parts.append(f'<polygon points="{" ".join(band)}" fill="var(--band)"/>')
    if expected := points(known, "expected"):
        parts.append(
            f'<polyline points="{" ".join(expected)}" fill="none" stroke="var(--fg-muted)" '
            'stroke-dasharray="3 3"/>'
        )
    line = " ".join(points(known, "value"))
    return [
        *parts,
        f'<polyline points="{line}" fill="none" stroke="var(--line)" stroke-width="1.5"/>',
    ]
