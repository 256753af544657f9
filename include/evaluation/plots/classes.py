"""Draw what models of three classes or more do: decisions, the ROC of each class, calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.measures.likelihoods import decide
from include.evaluation.metrics import measure
from include.evaluation.plots.curves import reliability, roc
from include.evaluation.plots.style import (
    COLOURS,
    GREY,
    LINES,
    SIDE,
    add_legend,
    new_figure,
    show_unit_square,
    style_axes,
)
from include.media import figure_text
from include.names import shown_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from include.config.schema import ModelConfig

_LONGEST_NAME = 20
_MOST_CLASSES = 12  # with more, cells have no room for numbers, and the ROC shows the largest classes
_DARK = 0.6  # share from which a shade needs white text


def draw_classes(
    target: np.ndarray,
    scores: Mapping[str, np.ndarray],
    config: ModelConfig,
    weights: np.ndarray | None = None,
) -> dict[str, Figure]:
    """Draw every plot of this task.

    :param target: number of each row's class, of shape (n,), two classes at least.
    :param scores: probabilities of shape (n, k) by ``candidate`` and, where there is one, ``champion``.
    :param config: the model's configuration, which names the classes.
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    :return: confusion, roc, calibration.
    """
    names = [figure_text(text) for text in shown_all(config.target.classes, _LONGEST_NAME)]
    return {
        "confusion": draw_confusion_of_classes(target, scores, names),
        "roc": draw_roc_of_classes(target, scores, names, weights),
        "calibration": draw_top_calibration(target, scores, weights),
    }


def draw_confusion_of_classes(
    target: np.ndarray, scores: Mapping[str, np.ndarray], names: list[str]
) -> Figure:
    """Draw how the rows of each class are decided, as shares of the class. Parameters as above."""
    from matplotlib.figure import Figure

    side = max(SIDE, 1.6 + 0.36 * len(names))
    figure = Figure(figsize=(side * len(scores), side), layout="constrained")
    grid = figure.subplots(1, len(scores), squeeze=False)
    for axes, (name, found) in zip(grid[0], scores.items(), strict=True):
        counts = np.zeros((len(names), len(names)), dtype=np.int64)
        np.add.at(counts, (target, decide(found)), 1)
        _draw_matrix(axes, counts, names, title=name, colour=COLOURS[name])
    return figure


def _draw_matrix(axes: Axes, counts: np.ndarray, names: list[str], *, title: str, colour: str) -> None:
    """Draw one matrix, shaded by the share of its true class."""
    from matplotlib.colors import LinearSegmentedColormap

    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap=LinearSegmentedColormap.from_list("shades", ["white", colour]), vmin=0, vmax=1)
    places = range(len(names))
    if len(names) <= _MOST_CLASSES:
        for row in places:
            for column in places:
                shade = "white" if shares[row, column] > _DARK else "black"
                text = f"{counts[row, column]:,}"
                axes.text(column, row, text, ha="center", va="center", fontsize=9, color=shade)
    axes.set_title(f"{title}: rows by class and prediction", fontsize=11, loc="left")
    axes.set_xticks(places, names, rotation=60, ha="right", parse_math=False)
    axes.set_yticks(places, names, parse_math=False)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.tick_params(length=0)


def draw_roc_of_classes(
    target: np.ndarray,
    scores: Mapping[str, np.ndarray],
    names: list[str],
    weights: np.ndarray | None = None,
) -> Figure:
    """Draw the candidate's ROC curve of each class against all others, and the champion's dashed."""
    from matplotlib import colormaps

    figure, axes = new_figure("ROC curve of each class", "false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="chance: 0.500")
    counts = np.bincount(target, minlength=len(names))
    largest = np.argsort(-counts, kind="stable")[:_MOST_CLASSES]
    for place, label in enumerate(sorted(largest.tolist())):
        own = (target == label).astype(np.int8)
        if not 0 < own.sum() < len(own):
            continue
        colour = colormaps["tab20"](place % 20)
        for name, found in scores.items():
            text = f"{names[label]}: AUC {measure('roc_auc', own, found[:, label], weights):.3f}"
            axes.plot(
                *roc(own, found[:, label], weights),
                color=colour,
                linestyle=LINES[name],
                linewidth=1.5,
                label=text if name == "candidate" else None,
            )
    show_unit_square(axes)
    add_legend(axes, "lower right")
    return figure


def draw_top_calibration(
    target: np.ndarray, scores: Mapping[str, np.ndarray], weights: np.ndarray | None = None
) -> Figure:
    """Draw how often the most probable class is right, over its probability (Guo et al. 2017)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIDE, 1.3 * SIDE), layout="constrained")
    axes, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    style_axes(axes, "Calibration, bins of equal mass with 95 % intervals", "", "share predicted correctly")
    style_axes(below, "", "probability of the predicted class", "rows")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="perfect")
    for name, found in scores.items():
        top, right = found.max(axis=1), (decide(found) == target).astype(np.int8)
        bins = reliability(right, top, weights)
        axes.errorbar(
            bins.predicted,
            bins.observed,
            yerr=[bins.observed - bins.low, bins.high - bins.observed],
            color=COLOURS[name],
            linestyle=LINES[name],
            marker="o",
            markersize=4,
            linewidth=1.5,
            elinewidth=1,
            capsize=2,
            label=name,
        )
        below.hist(top, bins=50, range=(0, 1), histtype="step", color=COLOURS[name], linestyle=LINES[name])
    axes.set(xlim=(0, 1), ylim=(0, 1))
    add_legend(axes, "upper left")
    return figure
