"""Draw what models that predict a number do: predictions beside the truth, and how far they are off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.measures.scored_numbers import ScoredNumbers
from include.evaluation.metrics import MEASURES
from include.evaluation.plots.residuals import BINS_SHOWN, error_range, quarters_by_prediction
from include.evaluation.plots.style import COLOURS, GREY, LINES, SIDE, add_legend, new_figure, style_axes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from include.config.schema import ModelConfig


def draw_numbers(
    target: np.ndarray,
    predictions: Mapping[str, np.ndarray],
    _: ModelConfig,
    weights: np.ndarray | None = None,
) -> dict[str, Figure]:
    """Draw every plot of this task.

    :param target: numbers of shape (n,).
    :param predictions: of shape (n,) by ``candidate`` and, where there is one, ``champion``.
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    :return: predicted, residuals, residuals_by_prediction.
    """
    return {
        "predicted": draw_predicted(target, predictions),
        "residuals": draw_residuals(target, predictions, weights),
        "residuals_by_prediction": draw_residuals_by_prediction(target, predictions),
    }


def draw_predicted(target: np.ndarray, predictions: Mapping[str, np.ndarray]) -> Figure:
    """Draw predictions over the truth, as counts of rows. Parameters as in :func:`draw_numbers`."""
    from matplotlib.colors import LinearSegmentedColormap, LogNorm
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIDE * len(predictions), SIDE), layout="constrained")
    grid = figure.subplots(1, len(predictions), squeeze=False, sharex=True, sharey=True)
    both = np.concatenate([target, *predictions.values()])
    low, high = float(both.min()), float(both.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    for axes, (name, found) in zip(grid[0], predictions.items(), strict=True):
        style_axes(axes, f"{name}: prediction and truth", "truth", "prediction")
        shades = LinearSegmentedColormap.from_list("shades", ["#f2f2f2", COLOURS[name]])
        axes.hist2d(target, found, bins=60, range=[[low, high]] * 2, cmap=shades, norm=LogNorm(), cmin=1)
        axes.plot([low, high], [low, high], color=GREY, linewidth=1, linestyle=":")
        axes.set_aspect("equal")
    return figure


def draw_residuals(
    target: np.ndarray, predictions: Mapping[str, np.ndarray], weights: np.ndarray | None = None
) -> Figure:
    """Draw how the errors are spread, all but the farthest 0.2 %. Parameters as in :func:`draw_numbers`."""
    figure, axes = new_figure("Errors: prediction minus truth", "error", "rows")
    errors = {name: found - target for name, found in predictions.items()}
    shown = error_range(list(errors.values()))
    for name, found in errors.items():
        rows = ScoredNumbers(target, predictions[name], None, weights)
        rmse, mean = MEASURES["rmse"].influence(rows).value, np.average(found, weights=weights)
        axes.hist(
            found,
            bins=BINS_SHOWN,
            range=shown,
            histtype="step",
            color=COLOURS[name],
            linestyle=LINES[name],
            linewidth=1.5,
            label=f"{name}: RMSE {rmse:.4g}, mean {mean:+.4g}",
        )
    axes.axvline(0, color=GREY, linewidth=1, linestyle=":")
    add_legend(axes, "upper right")
    return figure


def draw_residuals_by_prediction(target: np.ndarray, predictions: Mapping[str, np.ndarray]) -> Figure:
    """Draw median and middle half of the errors over bins of the prediction, each of as many rows.

    A good model has a median of 0 everywhere. Parameters as in :func:`draw_numbers`.
    """
    figure, axes = new_figure("Errors by prediction: median and middle half", "prediction", "error")
    axes.axhline(0, color=GREY, linewidth=1, linestyle=":")
    for name, found in predictions.items():
        points = quarters_by_prediction(target, found)
        axes.plot(
            points.predicted, points.median, color=COLOURS[name], linestyle=LINES[name], marker="o",
            markersize=3, label=name,
        )  # fmt: skip
        axes.fill_between(
            points.predicted, points.low, points.high, color=COLOURS[name], alpha=0.15, linewidth=0
        )
    add_legend(axes, "upper right")
    return figure
