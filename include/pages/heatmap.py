"""Columns over deliveries: the darker, the further a column had drifted."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.pages.columns import ColumnDays

MOST_ROWS = 20
MOST_DAYS = 60
_LEFT, _WIDTH, _ROW = 230, 1000, 18
_LARGEST_CELL = 40
_NAME = 34  # characters of a column's name


def heatmap(columns: ColumnDays) -> str:
    """Return how far each column had drifted, as a picture: red where it counts as drifted.

    :param columns: the worst of the newest delivery first; the first 20, over the newest 60 deliveries.
    :returns: an ``svg`` element; empty without a delivery.
    """
    days, rows = columns.days[-MOST_DAYS:], columns.columns[:MOST_ROWS]
    if not days or not rows:
        return ""
    cell = min(_LARGEST_CELL, (_WIDTH - _LEFT) / len(days))
    height = _ROW * len(rows) + 20
    parts = [
        f'<svg role="img" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}">',
        f"<title>Drift of {len(rows)} columns from {days[0].day} to {days[-1].day}</title>",
    ]
    for number, column in enumerate(rows):
        y = _ROW * number
        name = column.label if len(column.label) <= _NAME else f"{column.label[: _NAME - 1]}…"
        parts.append(f'<text x="0" y="{y + 13}">{escape(name)}</text>')
        for place, day in enumerate(days):
            if (severity := day.severities[number]) is None:
                continue
            drifted = day.drifted[number]
            said = (
                f"{column.label} {day.day}: {severity:.2f} of its threshold{', drifted' if drifted else ''}"
            )
            parts.append(
                f'<rect x="{_LEFT + place * cell:.1f}" y="{y + 1}" width="{cell - 1:.1f}" '
                f'height="{_ROW - 2}" fill="var(--{"bad" if drifted else "line"})" '
                f'opacity="{min(1.0, 0.08 + 0.6 * severity):.2f}">'
                f"<title>{escape(said)}</title></rect>"
            )
    parts.append(f'<text x="{_LEFT}" y="{height - 4}">{days[0].day}</text>')
    if len(days) > 1:
        end = _LEFT + cell * len(days)
        parts.append(
            f'<text x="{max(end, _LEFT + 150):.1f}" y="{height - 4}" text-anchor="end">{days[-1].day}</text>'
        )
    return "".join([*parts, "</svg>"])
