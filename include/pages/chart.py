"""Lines over days as SVG within a page: no script draws them, and a text says what they show.

Numbers are placed by this module; whatever is text goes through :func:`html.escape`.
"""

from __future__ import annotations

from datetime import date
from html import escape
from typing import TYPE_CHECKING

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
    figures = [
        value for one in known for name_, value in one.figures.items()
        if name_ in {"value", "low", "high", "expected"}
    ]  # fmt: skip
    first, across = _scale(days, width)
    low, up = _scale(figures, height)

    def at(day: int, value: float) -> str:
        x = _MARGIN + (day - first) * across if across else width / 2
        y = height - _MARGIN - (value - low) * up if up else height / 2
        return f"{x:.1f},{y:.1f}"

    pairs = list(zip(days, known, strict=True))
    banded = [(day, one.figures) for day, one in pairs if "low" in one.figures and "high" in one.figures]
    band = [at(day, found["high"]) for day, found in banded]
    band += [at(day, found["low"]) for day, found in reversed(banded)]
    line = " ".join(at(day, one.figures["value"]) for day, one in pairs)
    expected = " ".join(at(day, one.figures["expected"]) for day, one in pairs if "expected" in one.figures)
    last_x, last_y = at(days[-1], known[-1].figures["value"]).split(",")
    said = f"{name}: {known[-1].figures['value']:.4g} on {known[-1].day}, {len(known)} windows"
    parts = [
        f'<svg role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(said)}</title>",
        f'<polygon points="{" ".join(band)}" fill="var(--band)"/>' if band else "",
        f'<polyline points="{expected}" fill="none" stroke="var(--fg-muted)" stroke-dasharray="3 3"/>'
        if expected
        else "",
        f'<polyline points="{line}" fill="none" stroke="var(--line)" stroke-width="1.5"/>',
        f'<circle cx="{last_x}" cy="{last_y}" r="2.5" fill="var(--line)"/>',
        "</svg>",
    ]
    return "".join(parts)
