"""Changes of what a column means, which no threshold should hide and which have a name.

A category that comes from nowhere, a category or a value of many rows that is gone, a value that many rows
suddenly share, a column that has become constant or empty: such a change is reported when it concerns at
least a hundredth of the rows and chance would do it less than once in a million times.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from include.monitoring.histogram.bin_edges import name_number
from include.monitoring.histogram.binning import CategoricalColumn, NumericColumn
from include.names import quoted

if TYPE_CHECKING:
    import numpy as np

    from include.monitoring.histogram.binning import Column

_SHARE = 0.01  # of the rows, before or now
_LOG_CHANCE = math.log(1e-6)
_HEAVY = 0.1  # share of a place from which a value that few rows had before counts as a new mass point
_RARE = 0.2  # at most this part of it was there before
_NAMED = 3
_LONGEST = 60  # characters of a category's name


def find_changes(reference: np.ndarray, counts: np.ndarray, column: Column) -> tuple[str, ...]:
    """Return the changes of definition of one column, each as a phrase.

    :param reference: counts of the training data, shape (places,).
    :param counts: counts of the batch, shape (places,).
    :param column: the places.
    """
    rows, before, now = int(counts.sum()), int(reference[1:].sum()), int(counts[1:].sum())
    if not rows or not reference.sum():
        return ()
    if not now:
        share = before / int(reference.sum())
        gone = before and rows * math.log1p(-min(share, 1 - 1e-12)) < _LOG_CHANCE
        return (f"all values are missing ({1 - share:.1%} were in training)",) if gone else ()
    if not before:
        return (f"{now / rows:.1%} of the rows have a value, none had one in training",)
    p, q = reference[1:] / before, counts[1:] / now
    single = _find_constant(p, q, now, column)
    return (
        (single,) if single else (*_find_vanished(p, q, now, column), *_find_new(p, q, before, now, column))
    )


def _find_constant(p: np.ndarray, q: np.ndarray, now: int, column: Column) -> str | None:
    """Tell whether all values are the same now and were not before."""
    import numpy as np

    place = int(np.argmax(q))
    known = not isinstance(column, NumericColumn) or place % 2 == 0  # an interval holds many values
    if q[place] < 1 or not known or not _is_no_chance(now, float(1 - p[place])):
        return None
    return f"constant: every value is {_name(place, column)} ({p[place]:.1%} were in training)"


def _find_vanished(p: np.ndarray, q: np.ndarray, now: int, column: Column) -> list[str]:
    """Name the categories, and the values of many rows, that are gone."""
    import numpy as np

    gone = [
        int(place)
        for place in np.flatnonzero((q == 0) & (p >= _SHARE))
        if _is_value(int(place), column) and _is_no_chance(now, float(p[place]))
    ]
    ordered = sorted(gone, key=lambda place: -p[place])
    return [f"{_name(place, column)} is gone ({p[place]:.1%} in training)" for place in ordered[:_NAMED]]


def _find_new(p: np.ndarray, q: np.ndarray, before: int, now: int, column: Column) -> list[str]:
    """Name what comes from nowhere."""
    import numpy as np

    if isinstance(column, CategoricalColumn):
        found = round(float(q[1]) * now)
        if p[1] == 0 and q[1] >= _SHARE and _tail(found, 3 * now / before) < _LOG_CHANCE:
            return [f"categories never seen in training ({q[1]:.1%} of the rows)"]
        return []
    heavy = np.flatnonzero((q >= _HEAVY) & (p <= _RARE * q))
    sudden = [
        place
        for place in heavy.tolist()
        if _tail(q[place] * now, now * (p[place] + 3 / before)) < _LOG_CHANCE
    ]
    ordered = sorted(sudden, key=lambda place: -q[place])
    return [
        f"{q[place]:.1%} of the values are {_name(place, column)} ({p[place]:.1%} in training)"
        for place in ordered[:_NAMED]
    ]


def _is_value(place: int, column: Column) -> bool:
    """Tell whether a place (missing left out) stands for one value and not for many."""
    return place % 2 == 0 if isinstance(column, NumericColumn) else place > 1


def _name(place: int, column: Column) -> str:
    """Name a place, counted without the missing."""
    if isinstance(column, NumericColumn):
        return _name_number(place, column.edges.tolist())
    pools = ("a rare category", "a new category")
    values = column.values if isinstance(column, CategoricalColumn) else ()
    return pools[place] if place < len(pools) else quoted(values[place - len(pools)], _LONGEST)


def _name_number(place: int, edges: list[float]) -> str:
    """Name a place of numbers: -inf, interval, edge, interval, ..., interval, inf."""
    last = 2 * len(edges) + 1
    if place in {0, last + 1}:
        return "infinite" if place else "minus infinity"
    if place % 2 == 0:
        return _name_edge(place // 2 - 1, edges)
    if place == 1:
        return f"below {_name_edge(0, edges)}, the smallest of training"
    if place == last:
        return f"above {_name_edge(-1, edges)}, the largest of training"
    return f"between {_name_edge(place // 2 - 1, edges)} and {_name_edge(place // 2, edges)}"


def _name_edge(number: int, edges: list[float]) -> str:
    """Return an edge in as many digits as tell it from its neighbours."""
    number %= len(edges)
    return name_number(edges[number], *edges[max(0, number - 1) : number + 2])


def _is_no_chance(rows: int, share: float) -> bool:
    """Tell whether none of so many rows is no chance for something of this share."""
    return share >= 1 or rows * math.log1p(-share) < _LOG_CHANCE


def _tail(found: float, expected: float) -> float:
    """Bound the logarithm of the chance to find so many where fewer are expected (Chernoff, for Poisson)."""
    if found <= expected:
        return 0.0
    return found - expected - found * math.log(found / expected)
