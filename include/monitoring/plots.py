"""Draw what a delivery looks like beside the training data, and how the champion did window by window.

The histograms come from the counts of the profile, so no row is read again. Colours as in
:mod:`include.evaluation.plots`.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.monitoring.columns import CategoricalColumn, NumericColumn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from include.monitoring.columns import Column
    from include.monitoring.counts import Counts
    from include.monitoring.profile import Profile

_REFERENCE, _BATCH, _GREY = "#0072B2", "#D55E00", "#6f6f6f"
_BINS = 30
_TAIL = 0.005  # share of the training data beyond each end of a plot
_MOST_CATEGORIES = 12
_PER_ROW, _SIDE, _DPI = 3, 3.6, 110
_SHORT = 14


@dataclass(frozen=True, eq=False)
class Histogram:
    """The shares of two sets of rows in the same bars.

    :param names: what each bar stands for; empty where ``edges`` says it.
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
        names = (*column.values[:chosen], "other", "never seen")
        both = [_fold(side, chosen) for side in (reference, counts)]
        return Histogram(names=names, edges=None, reference=both[0], batch=both[1], missing=missing)
    if not isinstance(column, NumericColumn):
        raise TypeError(f"{type(column).__name__} has no histogram")
    edges = _borders(column, reference)
    both = [_spread(column, side, edges) for side in (reference, counts)]
    return Histogram(names=(), edges=edges, reference=both[0], batch=both[1], missing=missing)


def draw_distributions(
    profile: Profile, counts: Counts, titles: Mapping[str, str], *, predictions: str | None = None
) -> bytes:
    """Draw a column each of training and delivery, side by side, as PNG.

    :param profile: the champion's reference profile.
    :param counts: the delivery, counted in its places.
    :param titles: column to the line above its plot, in the order to draw.
    :param predictions: the line above the plot of the predictions; None leaves it out.
    """
    from matplotlib.figure import Figure

    panels = [
        (title, histogram(profile.columns[name], profile.reference.columns[name], counts.columns[name]))
        for name, title in titles.items()
    ]
    if predictions is not None:
        found = histogram(profile.predictions, profile.reference.predictions, counts.predictions)
        panels.insert(0, (predictions, found))
    rows = max(1, math.ceil(len(panels) / _PER_ROW))
    figure = Figure(figsize=(_PER_ROW * _SIDE, rows * 0.75 * _SIDE), layout="constrained")
    axes = figure.subplots(rows, _PER_ROW, squeeze=False).ravel()
    for place, (title, found) in zip(axes, panels, strict=False):
        _draw(place, title, found)
    for place in axes[len(panels) :]:
        place.set_axis_off()
    return _png(figure)


def draw_performance(
    windows: Sequence[tuple[str, float, float, float]], metric: str, reference: float | None
) -> bytes:
    """Draw a metric over the windows with its intervals, and the level at promotion, as PNG.

    :param windows: (partition, value, low, high), oldest first; NaN is left out.
    :param metric: its name.
    :param reference: the champion's value when it was promoted; None when unknown.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_PER_ROW * _SIDE, 0.75 * _SIDE), layout="constrained")
    axes = figure.subplots()
    known = [window for window in windows if all(math.isfinite(number) for number in window[1:])]
    names = [window[0] for window in known]
    values = [window[1] for window in known]
    reach = [[v - low for _, v, low, _ in known], [high - v for _, v, _, high in known]]
    axes.errorbar(names, values, yerr=reach, fmt="o-", color=_BATCH, capsize=4, label="in production")
    if reference is not None:
        axes.axhline(reference, color=_REFERENCE, linestyle="--", label=f"when promoted: {reference:.4f}")
    axes.set_ylabel(metric)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.legend(frameon=False)
    return _png(figure)


def _png(figure: Figure) -> bytes:
    """Return a figure as the bytes of a PNG file, the same for the same figure."""
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=_DPI, metadata={"Software": None})
    return target.getvalue()


def _draw(axes: Axes, title: str, found: Histogram) -> None:
    """Draw one column."""
    import numpy as np

    axes.set_title(title, fontsize=9, loc="left")
    axes.tick_params(labelsize=7)
    if found.edges is not None:
        axes.stairs(found.reference, found.edges, fill=True, color=_REFERENCE, alpha=0.35, label="training")
        axes.stairs(found.batch, found.edges, color=_BATCH, linewidth=1.6, label="delivery")
    else:
        places = np.arange(len(found.names))
        axes.bar(places - 0.2, found.reference, 0.4, color=_REFERENCE, alpha=0.6, label="training")
        axes.bar(places + 0.2, found.batch, 0.4, color=_BATCH, label="delivery")
        axes.set_xticks(places, [name[:_SHORT] for name in found.names], rotation=45, ha="right")
    if any(found.missing):
        before, now = found.missing
        axes.set_xlabel(f"missing: {before:.1%} before, {now:.1%} now", fontsize=8, color=_GREY)
    axes.legend(frameon=False, fontsize=7)


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


def _borders(column: NumericColumn, reference: np.ndarray) -> np.ndarray:
    """Return borders of equal width around all but the tails of the training data."""
    import numpy as np

    if not len(column.edges):
        return np.array([0.0, 1.0])
    at = reference[3:-1:2] + reference[4::2][: len(column.edges)]
    below = np.cumsum(at) / max(1, at.sum())
    last = len(column.edges) - 1
    low = column.edges[min(last, int(np.searchsorted(below, _TAIL)))]
    high = column.edges[min(last, int(np.searchsorted(below, 1 - _TAIL)) + 1)]
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, _BINS + 1)


def _spread(column: NumericColumn, counts: np.ndarray, borders: np.ndarray) -> np.ndarray:
    """Return the shares in bars; what lies beyond the ends is put into the first and the last one.

    A count between two edges is spread evenly over its interval, a count at an edge goes into one bar.
    """
    import numpy as np

    shares = np.zeros(len(borders) - 1)
    if len(column.edges):
        places = np.clip(np.searchsorted(borders, column.edges, side="right") - 1, 0, len(shares) - 1)
        np.add.at(shares, places, counts[3:-1:2])
        between = counts[2::2]
        for left, right, rows in zip(column.edges, column.edges[1:], between[1:-1], strict=False):
            if rows:
                covered = np.interp(borders, [left, right], [0.0, 1.0])
                covered[0], covered[-1] = 0.0, 1.0
                shares += rows * np.diff(covered)
        shares[0] += between[0] + counts[1]
        shares[-1] += between[-1] + counts[-1]
    divided: np.ndarray = np.divide(shares, max(1, counts[1:].sum()))
    return divided
