"""Draw what a delivery looks like beside the training data, and how the champion did window by window.

The histograms come from the counts of the profile, so no row is read again. Colours as in
:mod:`include.evaluation.plots`.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.figures import show_value
from include.media import figure_text
from include.monitoring.histogram.bars import histogram

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from include.monitoring.histogram.bars import Histogram
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.profile.profile import Profile

_REFERENCE, _BATCH, _GREY = "#0072B2", "#D55E00", "#6f6f6f"
_PER_ROW, _SIDE, _DPI = 3, 3.6, 110


def draw_distributions(
    profile: Profile, counts: Counts, titles: Mapping[str, str], *, predictions: str | None = None
) -> bytes:
    """Draw a column each of training and delivery, side by side, as PNG.

    :param profile: the champion's reference profile.
    :param counts: the delivery, counted in its bins.
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
        axes.axhline(
            reference,
            color=_REFERENCE,
            linestyle="--",
            label=f"when promoted: {show_value(metric, reference)}",
        )
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
    axes.set_title(figure_text(title), fontsize=9, loc="left", parse_math=False)
    axes.tick_params(labelsize=7)
    if found.edges is not None:
        axes.stairs(found.reference, found.edges, fill=True, color=_REFERENCE, alpha=0.35, label="training")
        axes.stairs(found.batch, found.edges, color=_BATCH, linewidth=1.6, label="delivery")
        if found.names:
            axes.set_xticks([found.edges[0], found.edges[-1]], found.names)
    else:
        places = np.arange(len(found.names))
        axes.bar(places - 0.2, found.reference, 0.4, color=_REFERENCE, alpha=0.6, label="training")
        axes.bar(places + 0.2, found.batch, 0.4, color=_BATCH, label="delivery")
        labels = [figure_text(name) for name in found.names]
        axes.set_xticks(places, labels, rotation=45, ha="right", parse_math=False)
    if any(found.missing):
        before, now = found.missing
        axes.set_xlabel(f"missing: {before:.1%} before, {now:.1%} now", fontsize=8, color=_GREY)
    axes.legend(frameon=False, fontsize=7)
