"""Both sides of a column in bars that people can look at, made from the counts of a profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from include.monitoring.histogram.categorical_bins import RARE, UNSEEN
from include.monitoring.histogram.moments import standardise
from include.monitoring.histogram.numeric_bins import name_number
from include.names import OTHER, shown_all
from include.names import UNSEEN as NEVER_SEEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.drift_statistics import Kind
    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.categorical_bins import CategoricalBins
    from include.monitoring.histogram.numeric_bins import NumericBins

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
    :param edges: the edges of the bars of a numeric column, shape (bars + 1,); None for categories.
    :param reference: shares of the training data, shape (bars,).
    :param batch: shares of the delivery, shape (bars,).
    :param missing: share of missing values in training and delivery.
    """

    names: tuple[str, ...]
    edges: np.ndarray | None
    reference: np.ndarray
    batch: np.ndarray
    missing: tuple[float, float]


def histogram(bins: Bins, reference: np.ndarray, counts: np.ndarray) -> Histogram:
    """Return both sides of a column in bars that people can look at.

    :param bins: the column's bins.
    :param reference: counts of the training data, shape (bins,).
    :param counts: counts of the delivery, shape (bins,).
    """
    return _KINDS[bins.kind](bins, reference, counts)


def _of_categories(bins: CategoricalBins, reference: np.ndarray, counts: np.ndarray) -> Histogram:
    """Return a bar for each of the most frequent categories, and one for all others."""
    chosen = min(len(bins.values), _MOST_CATEGORIES)
    return Histogram(
        names=(*shown_all(bins.values[:chosen], _SHORT), OTHER, NEVER_SEEN),
        edges=None,
        reference=_fold(reference, chosen),
        batch=_fold(counts, chosen),
        missing=(_share(reference), _share(counts)),
    )


def _of_numbers(bins: NumericBins, reference: np.ndarray, counts: np.ndarray) -> Histogram:
    """Return bars of equal width."""
    scaled = standardise(bins.edges)
    bars = _choose_bars(scaled, bins.edges, reference)
    names, edges = _label(bars, bins.edges)
    return Histogram(
        names=names,
        edges=edges,
        reference=_spread(scaled, reference, bars),
        batch=_spread(scaled, counts, bars),
        missing=(_share(reference), _share(counts)),
    )


_KINDS: dict[Kind, Callable[[Any, np.ndarray, np.ndarray], Histogram]] = {
    "numeric": _of_numbers,
    "categorical": _of_categories,
}


def _share(counts: np.ndarray) -> float:
    """Return the share of missing values; they are the first bin of any column."""
    return float(counts[0] / max(1, counts.sum()))


def _fold(counts: np.ndarray, chosen: int) -> np.ndarray:
    """Return the shares of the first categories, of all others together, and of the unseen."""
    rows = max(1, counts[1:].sum())
    first = UNSEEN + 1
    other = counts[RARE] + counts[first + chosen :].sum()
    bars = np.array([*counts[first : first + chosen], other, counts[UNSEEN]])
    shares: np.ndarray = np.divide(bars, rows)
    return shares


def _choose_bars(scaled: np.ndarray, edges: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the edges of bars of equal width around all but the tails of the training data.

    :param scaled: the edges of the bins on a scale from 0 to 1, shape (k,).
    :param edges: the edges of the bins, shape (k,).
    :param reference: counts of the training data, shape (bins,).
    """
    if not len(scaled):
        return np.linspace(0.0, 1.0, 2)
    at = reference[3:-1:2] + reference[4::2][: len(scaled)]
    below = np.cumsum(at) / max(1, at.sum())
    last = len(scaled) - 1
    low = scaled[min(last, int(np.searchsorted(below, _TAIL)))]
    high = scaled[min(last, int(np.searchsorted(below, 1 - _TAIL)) + 1)]
    if low == high:  # half a unit of the column to either side
        half = float(np.clip(0.5 / _width(edges), 1e-9, 1e9))
        low, high = low - half, high + half
    return np.linspace(low, high, _BINS + 1)


def _width(edges: np.ndarray) -> float:
    """Return what 1 on the scale from 0 to 1 is in the column's unit."""
    return (float(edges[-1]) - float(edges[0])) or 1.0


def _label(bars: np.ndarray, edges: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Return names and the edges of bars for an axis: in the column's unit where an axis can show it.

    Where it can't, because numbers are next to the ends of float64 or differ in their last digits alone, the
    edges stay on the scale from 0 to 1 and the two ends get names.
    """
    if not len(edges):
        return (), bars
    width, first = _width(edges), float(edges[0])
    ends = [first + float(end) * width for end in (bars[0], bars[-1])]
    size = max(map(abs, ends))
    if size < _LARGE and ends[1] - ends[0] > max(size * _NARROW, 1 / _LARGE):
        return (), np.asarray(first + bars * width)
    first, last = ends if np.isfinite(ends).all() else (float(edges[0]), float(edges[-1]))
    return (name_number(first, last), name_number(last, first)), bars


def _spread(scaled: np.ndarray, counts: np.ndarray, bars: np.ndarray) -> np.ndarray:
    """Return the shares in bars; what lies beyond the ends is put into the first and the last one.

    A count between two edges is spread evenly over its interval, a count at an edge goes into one bar.
    """
    shares = np.zeros(len(bars) - 1)
    if len(scaled):
        numbers = np.clip(np.searchsorted(bars, scaled, side="right") - 1, 0, len(shares) - 1)
        np.add.at(shares, numbers, counts[3:-1:2])
        between = counts[2::2]
        for number, left, right, rows in zip(numbers, scaled, scaled[1:], between[1:-1], strict=False):
            if rows and left == right:  # too near for the scale
                shares[number] += rows
            elif rows:
                covered = np.interp(bars, [left, right], [0.0, 1.0])
                covered[0], covered[-1] = 0.0, 1.0
                shares += rows * np.diff(covered)
        shares[0] += between[0] + counts[1]
        shares[-1] += between[-1] + counts[-1]
    divided: np.ndarray = np.divide(shares, max(1, counts[1:].sum()))
    return divided
