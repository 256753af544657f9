"""A model's life on one axis of days: its primary metric above, and a lane for each kind of decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING

from include.pages.curve import curve, figures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.pages.moment import Moment

_WIDTH = 1000
_LEFT = 130  # where the axis begins, right of the names
_LANE = 26
_CURVE = 120
_ENDS = 10  # left free at both ends of the axis


@dataclass(frozen=True, kw_only=True)
class Point:
    """What happened on a day.

    :param day: ISO date.
    :param tone: ``good``, ``warn``, ``bad``, or nothing.
    :param said: what happened.
    :param label: a word beside it, such as the version that became champion.
    """

    day: str
    tone: str
    said: str
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One kind of what happened.

    :param name: stands left of it.
    :param points: in any order.
    """

    name: str
    points: Sequence[Point]


def timeline(
    lanes: Sequence[Lane], *, found: Sequence[Moment] = (), estimated: Sequence[Moment] = (), metric: str = ""
) -> str:
    """Return a model's life as a picture.

    :param lanes: from above to below.
    :param found: the metric where the labels are known: ``value``, its interval ``low`` to ``high``, and what
        was ``expected``, each of them if there is one.
    :param estimated: the metric as it was estimated from the predictions alone.
    :param metric: its name.
    :returns: an ``svg`` element; empty where nothing has happened.
    """
    days = [one.day for lane in lanes for one in lane.points]
    days += [one.day for one in (*found, *estimated)]
    if not days:
        return ""
    axis = _Axis(min(days), max(days))
    drawn = _curve(axis, found, estimated, metric)
    top = _CURVE if drawn else 0
    height = top + _LANE * len(lanes) + 24
    parts = [
        f'<svg role="img" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}">',
        f"<title>{escape(metric or 'What happened')} from {axis.first} to {axis.last}</title>",
        *drawn,
    ]
    for number, lane in enumerate(lanes):
        parts += _lane(axis, lane, top + _LANE * number + _LANE // 2)
    parts.append(f'<text x="{_LEFT}" y="{height - 4}">{axis.first}</text>')
    parts.append(f'<text x="{_WIDTH}" y="{height - 4}" text-anchor="end">{axis.last}</text>')
    return "".join([*parts, "</svg>"])


class _Axis:
    """Where a day is."""

    def __init__(self, first: str, last: str) -> None:
        self.first, self.last = first, last
        self._start = date.fromisoformat(first).toordinal()
        days = date.fromisoformat(last).toordinal() - self._start
        self._pixels = (_WIDTH - _LEFT - 2 * _ENDS) / days if days else 0.0

    def x(self, day: str) -> float:
        """Return how far right a day is."""
        return _LEFT + _ENDS + (date.fromisoformat(day).toordinal() - self._start) * self._pixels


def _lane(axis: _Axis, lane: Lane, y: int) -> list[str]:
    parts = [
        f'<text x="0" y="{y + 4}">{escape(lane.name)}</text>',
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y}" y2="{y}" class="axis"/>',
    ]
    for one in lane.points:
        x, colour = axis.x(one.day), f"var(--{one.tone})" if one.tone else "var(--fg-muted)"
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y}" r="4" fill="{colour}">'
            f"<title>{escape(f'{one.day}: {one.said}')}</title></circle>"
        )
        if one.label:
            parts.append(f'<text x="{x + 6:.1f}" y="{y - 2}">{escape(one.label)}</text>')
    return parts


def _curve(axis: _Axis, found: Sequence[Moment], estimated: Sequence[Moment], metric: str) -> list[str]:
    """Return the metric: a line with its band, what was expected dashed, and estimates as rings."""
    known = [one for one in found if "value" in one.figures]
    values = figures_of([*known, *estimated])
    if not values:
        return []
    low, high = min(values), max(values)
    scale = (_CURVE - 30) / (high - low) if high > low else 0.0

    def at(one: Moment, name: str) -> tuple[float, float]:
        return axis.x(one.day), _CURVE - 15 - (one.figures[name] - low) * scale if scale else _CURVE / 2

    parts = [
        f'<text x="0" y="{_CURVE / 2:.0f}">{escape(metric)}</text>',
        f'<text x="{_LEFT - 6}" y="15" text-anchor="end">{high:.4g}</text>',
        f'<text x="{_LEFT - 6}" y="{_CURVE - 11}" text-anchor="end">{low:.4g}</text>',
        *curve(known, at),
    ]
    for one in known:
        x, y = at(one, "value")
        said = escape(f"{one.day}: {one.figures['value']:.4g}, real")
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="var(--line)"><title>{said}</title></circle>'
        )
    for one in estimated:
        x, y = at(one, "value")
        said = escape(f"{one.day}: {one.figures['value']:.4g}, expected from the predictions")
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="none" stroke="var(--fg-muted)">'
            f"<title>{said}</title></circle>"
        )
    return parts
