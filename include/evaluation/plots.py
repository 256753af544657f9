"""Draw what the figures of an evaluation look like: candidate and champion side by side, on the same rows.

Matplotlib's object interface is used throughout: no window, no global state, safe in a worker. The colours
are the blue and the vermilion of Okabe and Ito (2008), which people with any kind of colour blindness tell
apart, and the champion's lines are dashed besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.curves import confusion, matching_threshold, precision_recall, reliability, roc
from include.evaluation.metrics import measure
from include.media import figure_text
from include.names import shown_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from include.evaluation.importance import Importance

_COLOURS = {"candidate": "#0072B2", "champion": "#D55E00"}
_LINES = {"candidate": "-", "champion": "--"}
_GREY = "#6f6f6f"
_SIDE = 5.6  # inches
_DPI = 120
_HALF = 0.5
_DARK = 0.7  # share from which a shade needs white text
_TICKS = [0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1]
_MOST_FEATURES = 30
_LONGEST_NAME = 40


def save_plots(
    directory: Path,
    target: np.ndarray,
    scores: Mapping[str, np.ndarray],
    importance: Mapping[str, Importance],
    primary: str,
) -> list[Path]:
    """Draw every plot of an evaluation as PNG.

    :param directory: where they go; made when missing.
    :param target: 0 or 1 of shape (n,), both present.
    :param scores: probabilities of shape (n,) by ``candidate`` and, where there is one, ``champion``.
    :param importance: the candidate's importance by feature.
    :param primary: the metric that the importance is measured in.
    :return: the files, in the order roc, precision_recall, calibration, confusion, importance.
    """
    figures = {
        "roc": draw_roc(target, scores),
        "precision_recall": draw_precision_recall(target, scores),
        "calibration": draw_calibration(target, scores),
        "confusion": draw_confusion(target, scores),
        "importance": draw_importance(importance, primary),
    }
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        path = directory / f"{name}.png"
        figure.savefig(path, dpi=_DPI, metadata={"Software": None})
        paths.append(path)
    return paths


def draw_roc(target: np.ndarray, scores: Mapping[str, np.ndarray]) -> Figure:
    """Draw the true positive rate over the false positive rate. Parameters as in :func:`save_plots`."""
    figure, axes = _new("ROC curve", "false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle=":", label="chance: 0.500")
    for name, found in scores.items():
        label = f"{name}: AUC {measure('roc_auc', target, found):.3f}"
        axes.plot(*roc(target, found), color=_COLOURS[name], linestyle=_LINES[name], linewidth=2, label=label)
    _square(axes)
    _legend(axes, "lower right")
    return figure


def draw_precision_recall(target: np.ndarray, scores: Mapping[str, np.ndarray]) -> Figure:
    """Draw precision over recall. Parameters as in :func:`save_plots`."""
    figure, axes = _new("Precision and recall", "recall", "precision")
    rate = float(target.mean())
    axes.axhline(rate, color=_GREY, linewidth=1, linestyle=":", label=f"chance: {rate:.3f}")
    for name, found in scores.items():
        label = f"{name}: average precision {measure('average_precision', target, found):.3f}"
        recall, precision = precision_recall(target, found)
        axes.step(
            recall,
            precision,
            where="pre",
            color=_COLOURS[name],
            linestyle=_LINES[name],
            linewidth=2,
            label=label,
        )
    _square(axes)
    _legend(axes, "upper right")
    return figure


def draw_calibration(target: np.ndarray, scores: Mapping[str, np.ndarray]) -> Figure:
    """Draw observed over predicted rates, and the distribution of the scores below.

    Both axes have a square root scale, so that the many low probabilities of a rare event don't fall into
    one corner. Parameters as in :func:`save_plots`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_SIDE, 1.3 * _SIDE), layout="constrained")
    axes, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    _dress(axes, "Calibration, bins of equal mass with 95 % intervals", "", "observed share of positives")
    _dress(below, "", "predicted probability (square root scale)", "rows")
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle=":", label="perfect")
    for name, found in scores.items():
        bins = reliability(target, found)
        label = f"{name}: error {measure('calibration_error', target, found):.3f}"
        axes.errorbar(
            bins.predicted,
            bins.observed,
            yerr=[bins.observed - bins.low, bins.high - bins.observed],
            color=_COLOURS[name],
            linestyle=_LINES[name],
            marker="o",
            markersize=4,
            linewidth=1.5,
            elinewidth=1,
            capsize=2,
            label=label,
        )
        below.hist(
            found,
            bins=(np.linspace(0, 1, 51) ** 2).tolist(),
            histtype="step",
            color=_COLOURS[name],
            linestyle=_LINES[name],
            linewidth=1.5,
        )
    below.set_yscale("log")
    axes.set_xscale("function", functions=(np.sqrt, np.square))
    axes.set_yscale("function", functions=(np.sqrt, np.square))
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=_TICKS, yticks=_TICKS)
    _legend(axes, "upper left")
    return figure


def draw_confusion(target: np.ndarray, scores: Mapping[str, np.ndarray]) -> Figure:
    """Draw confusion matrices at 0.5 and where as many rows are predicted positive as there are positives."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1 + 3.4 * len(scores), 7.4), layout="constrained")
    grid = figure.subplots(2, len(scores), squeeze=False)
    for column, (name, found) in enumerate(scores.items()):
        matching = matching_threshold(target, found)
        for axes, threshold, why in (
            (grid[0, column], _HALF, "above 0.5"),
            (grid[1, column], matching, f"above {matching:.3f}: as many\nas there are positives"),
        ):
            _draw_matrix(axes, confusion(target, found, threshold), f"{name}, {why}", _COLOURS[name])
    return figure


def draw_importance(importance: Mapping[str, Importance], primary: str) -> Figure:
    """Draw what each feature is worth, the 30 largest at most. Parameters as in :func:`save_plots`."""
    ordered = sorted(importance.items(), key=lambda item: item[1].loss, reverse=True)[:_MOST_FEATURES]
    names = [figure_text(text) for text in shown_all((name for name, _ in ordered), _LONGEST_NAME)]
    places = range(len(names))  # bars are told apart by their place, whatever their names look like
    figure, axes = _new("Permutation importance on the test set", f"loss of {primary} when shuffled", "")
    figure.set_size_inches(1.3 * _SIDE, 1.6 + 0.34 * len(names))
    axes.barh(
        places,
        [found.loss for _, found in ordered],
        xerr=[found.spread for _, found in ordered],
        color=_COLOURS["candidate"],
        error_kw={"ecolor": "black", "elinewidth": 1, "capsize": 3},
        height=0.65,
    )
    axes.set_yticks(places, names, parse_math=False)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    return figure


def _draw_matrix(axes: Axes, counts: np.ndarray, title: str, colour: str) -> None:
    """Draw one confusion matrix, shaded by the share of its true class."""
    from matplotlib.colors import LinearSegmentedColormap

    shares = counts / counts.sum(axis=1, keepdims=True)
    shades = LinearSegmentedColormap.from_list("shades", ["white", colour])
    axes.imshow(shares, cmap=shades, vmin=0, vmax=1)
    for (row, column), count in _cells(counts):
        axes.text(
            column,
            row,
            f"{count:,}\n{shares[row, column]:.1%}",
            ha="center",
            va="center",
            fontsize=12,
            color="white" if shares[row, column] > _DARK else "black",
        )
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xticks([0, 1], ["predicted 0", "predicted 1"])
    axes.set_yticks([0, 1], ["true 0", "true 1"], rotation=90, va="center")
    axes.tick_params(length=0)


def _cells(counts: np.ndarray) -> list[tuple[tuple[int, int], int]]:
    """Return each place of a matrix with its count."""
    return [((row, column), int(counts[row, column])) for row in range(2) for column in range(2)]


def _new(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    """Return a figure with one dressed pair of axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_SIDE, _SIDE), layout="constrained")
    axes = figure.subplots()
    _dress(axes, title, x, y)
    return figure, axes


def _dress(axes: Axes, title: str, x: str, y: str) -> None:
    """Give axes the look that all plots share."""
    axes.set_title(title, fontsize=12, loc="left")
    axes.set_xlabel(x, fontsize=11)
    axes.set_ylabel(y, fontsize=11)
    axes.tick_params(labelsize=10)
    axes.grid(visible=True, color="#e5e5e5", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _square(axes: Axes) -> None:
    """Show the unit square with a little air."""
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    axes.set_aspect("equal")


def _legend(axes: Axes, place: str) -> None:
    """Put a legend where the curves are not."""
    axes.legend(loc=place, fontsize=10, frameon=True, framealpha=0.9, edgecolor="#e5e5e5")
