"""Draw what models of two classes do: ROC, precision and recall, calibration, decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.metrics import measure
from include.evaluation.plots.confusion import draw_confusion
from include.evaluation.plots.cost_curve import draw_costs
from include.evaluation.plots.curves import precision_recall, reliability, roc
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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from include.config.schema import ModelConfig

_TICKS = [0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1]


def draw_binary(
    target: np.ndarray,
    scores: Mapping[str, np.ndarray],
    config: ModelConfig,
    weights: np.ndarray | None = None,
) -> dict[str, Figure]:
    """Draw every plot of this task.

    :param target: 0 or 1 of shape (n,), both present.
    :param scores: probabilities of shape (n,) by ``candidate`` and, where there is one, ``champion``.
    :param config: the model's configuration.
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    :return: roc, precision_recall, calibration, confusion, and costs where wrong decisions have any.
    """
    costs = config.gate.costs
    return {
        "roc": draw_roc(target, scores, weights),
        "precision_recall": draw_precision_recall(target, scores, weights),
        "calibration": draw_calibration(target, scores, weights),
        "confusion": draw_confusion(target, scores),
        **({} if costs is None else {"costs": draw_costs(target, scores, costs, weights)}),
    }


def draw_roc(
    target: np.ndarray, scores: Mapping[str, np.ndarray], weights: np.ndarray | None = None
) -> Figure:
    """Draw the true positive rate over the false positive rate. Parameters as in :func:`draw_binary`."""
    figure, axes = new_figure("ROC curve", "false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="chance: 0.500")
    for name, found in scores.items():
        label = f"{name}: AUC {measure('roc_auc', target, found, weights):.3f}"
        axes.plot(
            *roc(target, found, weights), color=COLOURS[name], linestyle=LINES[name], linewidth=2, label=label
        )
    show_unit_square(axes)
    add_legend(axes, "lower right")
    return figure


def draw_precision_recall(
    target: np.ndarray, scores: Mapping[str, np.ndarray], weights: np.ndarray | None = None
) -> Figure:
    """Draw precision over recall. Parameters as in :func:`draw_binary`."""
    figure, axes = new_figure("Precision and recall", "recall", "precision")
    rate = float(np.average(target, weights=weights))
    axes.axhline(rate, color=GREY, linewidth=1, linestyle=":", label=f"chance: {rate:.3f}")
    for name, found in scores.items():
        label = f"{name}: average precision {measure('average_precision', target, found, weights):.3f}"
        recall, precision = precision_recall(target, found, weights)
        axes.step(
            recall,
            precision,
            where="pre",
            color=COLOURS[name],
            linestyle=LINES[name],
            linewidth=2,
            label=label,
        )
    show_unit_square(axes)
    add_legend(axes, "upper right")
    return figure


def draw_calibration(
    target: np.ndarray, scores: Mapping[str, np.ndarray], weights: np.ndarray | None = None
) -> Figure:
    """Draw observed over predicted rates, and the distribution of the scores below.

    Both axes have a square root scale, so that the many low probabilities of a rare event don't fall into
    one corner. Parameters as in :func:`draw_binary`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIDE, 1.3 * SIDE), layout="constrained")
    axes, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    style_axes(axes, "Calibration, bins of equal mass with 95 % intervals", "", "observed share of positives")
    style_axes(below, "", "predicted probability (square root scale)", "rows")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="perfect")
    for name, found in scores.items():
        bins = reliability(target, found, weights)
        label = f"{name}: error {measure('calibration_error', target, found, weights):.3f}"
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
            label=label,
        )
        below.hist(
            found,
            bins=(np.linspace(0, 1, 51) ** 2).tolist(),
            histtype="step",
            color=COLOURS[name],
            linestyle=LINES[name],
            linewidth=1.5,
        )
    below.set_yscale("log")
    axes.set_xscale("function", functions=(np.sqrt, np.square))
    axes.set_yscale("function", functions=(np.sqrt, np.square))
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=_TICKS, yticks=_TICKS)
    add_legend(axes, "upper left")
    return figure
