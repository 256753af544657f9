"""Both sides of a column in bars that people can look at, made from the counts of a profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.monitoring.histogram.bin_edges import name_number
from include.monitoring.histogram.binning import CategoricalColumn, NumericColumn
from include.monitoring.histogram.moments import standardise
from include.names import OTHER, UNSEEN, shown_all

if TYPE_CHECKING:
    import numpy as np

    from include.monitoring.histogram.binning import Column

_BINS = 30
_TAIL = 0.005  # share of the training data beyond each end of a plot
_LARGE = 1e100  # numbers from which on, and from whose reciprocal on down, matplotlib's own sums fail
_NARROW = 1e-7  # width of an axis in terms of its numbers below which their labels are alike
_MOST_CATEGORIES = 12
_SHORT = 20  # characters of a category's name


@dataclass(frozen=True, eq=False)
class Histogram:
    """The shares of two sets of rows in the same bars.

    :param names: what each bar of categories stands for; of numbers the two ends, where no axis can show
        them.
    :param edges: borders of the bars of a numeric column, shape (bars + 1,); None for categories.
    :param reference: shares of the training data, shape (bars,).
    :param batch: shares of the delivery, shape (bars,).
    :param missing: share of missing values in training and delivery.
    """

    names: tuple[str, ...]
    edges: np.ndarray | None
    reference: np.ndarray
    batch: np.ndarray
    missing: tuple[float, float]


def histogram(column: Column, reference: np.ndarray, counts: np.ndarray) -> Histogram:
    """Return both sides of a column in bars that people can look at.

    :param column: the places.
    :param reference: counts of the training data, shape (places,).
    :param counts: counts of the delivery, shape (places,).
    """
    missing = (_share(reference), _share(counts))
    if isinstance(column, CategoricalColumn):
        chosen = min(len(column.values), _MOST_CATEGORIES)
        names = (*shown_all(column.values[:chosen], _SHORT), OTHER, UNSEEN)
        both = [_fold(side, chosen) for side in (reference, counts)]
        return Histogram(names=names, edges=None, reference=both[0], batch=both[1], missing=missing)
    if not isinstance(column, NumericColumn):
        raise TypeError(f"{type(column).__name__} has no histogram")
    places = standardise(column)
    borders = _borders(places, column.edges, reference)
    both = [_spread(places, side, borders) for side in (reference, counts)]
    names, edges = _label(borders, column.edges)
    return Histogram(names=names, edges=edges, reference=both[0], batch=both[1], missing=missing)


def _share(counts: np.ndarray) -> float:
    """Return the share of missing values; they are the first place of any column."""
    return float(counts[0] / max(1, counts.sum()))


def _fold(counts: np.ndarray, chosen: int) -> np.ndarray:
    """Return the shares of the first categories, of all others together, and of the unseen."""
    import numpy as np

    rows = max(1, counts[1:].sum())
    bars = np.array([*counts[3 : 3 + chosen], counts[1] + counts[3 + chosen :].sum(), counts[2]])
    shares: np.ndarray = np.divide(bars, rows)
    return shares


def _borders(places: np.ndarray, edges: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return borders of equal width around all but the tails of the training data.

    :param places: the edges on a scale from 0 to 1, shape (k,).
    :param edges: the edges, shape (k,).
    :param reference: counts of the training data, shape (places,).
    """
    import numpy as np

    if not len(places):
        return np.linspace(0.0, 1.0, 2)
    at = reference[3:-1:2] + reference[4::2][: len(places)]
    below = np.cumsum(at) / max(1, at.sum())
    last = len(places) - 1
    low = places[min(last, int(np.searchsorted(below, _TAIL)))]
    high = places[min(last, int(np.searchsorted(below, 1 - _TAIL)) + 1)]
    if low == high:  # half a unit of the column to either side
        half = float(np.clip(0.5 / _width(edges), 1e-9, 1e9))
        low, high = low - half, high + half
    return np.linspace(low, high, _BINS + 1)


def _width(edges: np.ndarray) -> float:
    """Return what 1 on the scale of the places is in the column's unit."""
    return (float(edges[-1]) - float(edges[0])) or 1.0


def _label(borders: np.ndarray, edges: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Return names and borders for an axis: in the column's unit where an axis can show it.

    Where it can't, because numbers are next to the ends of float64 or differ in their last digits alone, the
    borders stay on the scale of the places and the two ends get names.
    """
    import numpy as np

    if not len(edges):
        return (), borders
    width, first = _width(edges), float(edges[0])
    ends = [first + float(border) * width for border in (borders[0], borders[-1])]
    size = max(map(abs, ends))
    if size < _LARGE and ends[1] - ends[0] > max(size * _NARROW, 1 / _LARGE):
        return (), np.asarray(first + borders * width)
    first, last = ends if np.isfinite(ends).all() else (float(edges[0]), float(edges[-1]))
    return (name_number(first, last), name_number(last, first)), borders


def _spread(places: np.ndarray, counts: np.ndarray, borders: np.ndarray) -> np.ndarray:
    """Return the shares in bars; what lies beyond the ends is put into the first and the last one.

    A count between two edges is spread evenly over its interval, a count at an edge goes into one bar.
    """
    import numpy as np

    shares = np.zeros(len(borders) - 1)
    if len(places):
        bars = np.clip(np.searchsorted(borders, places, side="right") - 1, 0, len(shares) - 1)
        np.add.at(shares, bars, counts[3:-1:2])
        between = counts[2::2]
        for bar, left, right, rows in zip(bars, places, places[1:], between[1:-1], strict=False):
            if rows and left == right:  # too near for the scale
                shares[bar] += rows
            elif rows:
                covered = np.interp(borders, [left, right], [0.0, 1.0])
                covered[0], covered[-1] = 0.0, 1.0
                shares += rows * np.diff(covered)
        shares[0] += between[0] + counts[1]
        shares[-1] += between[-1] + counts[-1]
    divided: np.ndarray = np.divide(shares, max(1, counts[1:].sum()))
    return divided
