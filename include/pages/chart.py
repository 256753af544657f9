"""Lines over days as SVG within a page: no script draws them, and a text says what they show.

Numbers are placed by this module; whatever is text goes through :func:`html.escape`.
"""

from __future__ import annotations

from datetime import date
from html import escape
from typing import TYPE_CHECKING

from include.pages.curve import curve, figures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.pages.moment import Moment

_MARGIN = 4


def _scale(values: Sequence[float], size: float) -> tuple[float, float]:
    """Return the smallest value, and pixels for one unit."""
    low, high = min(values), max(values)
    return low, (size - 2 * _MARGIN) / (high - low) if high > low else 0.0


def sparkline(moments: Sequence[Moment], *, width: int = 160, height: int = 36, name: str = "") -> str:
    """Return a metric over its windows: the line, its interval as a band, and what was expected, dashed.

    :param moments: with the figures ``value``, ``low``, ``high`` and ``expected``; days without a value are
        left out.
    :param width: in pixels, as the height.
    :param name: what the picture is of, for those who do not see it.
    :returns: an ``svg`` element; empty without a value.
    """
    known = [one for one in moments if "value" in one.figures]
    if not known:
        return ""
    days = [date.fromisoformat(one.day).toordinal() for one in known]
    first, across = _scale(days, width)
    low, up = _scale(figures_of(known), height)

    def at(one: Moment, figure: str) -> tuple[float, float]:
        right = date.fromisoformat(one.day).toordinal() - first
        x = _MARGIN + right * across if across else width / 2
        y = height - _MARGIN - (one.figures[figure] - low) * up if up else height / 2
        return x, y

    newest = known[-1]
    x, y = at(newest, "value")
    said = f"{name}: {newest.figures['value']:.4g} on {newest.day}, {len(known)} windows"
    parts = [
        f'<svg role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(said)}</title>",
        *curve(known, at),
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="var(--line)"/>',
        "</svg>",
    ]
    return "".join(parts)
