"""Draw what decisions cost at any threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.plots.style import COLOURS, GREY, LINES, add_legend, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from include.config.gate_schema import Costs


def cost_at_thresholds(
    target: np.ndarray, scores: np.ndarray, costs: Costs, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return thresholds, rising from 0 to 1, and the mean cost of deciding 1 above each, both of shape (k,).

    :param target: 0 or 1 of shape (n,).
    :param scores: probabilities of class 1 of shape (n,).
    :param costs: what wrong decisions cost.
    :param weights: how much each row counts, of shape (n,); None where all count the same.
    """
    order = np.argsort(scores, kind="stable")
    each = np.ones(len(target)) if weights is None else weights[order]
    positive = target[order] == 1
    missed = np.append(0.0, np.cumsum(np.where(positive, each, 0.0)))  # of the rows up to the threshold
    alarms = np.where(positive, 0.0, each)
    raised = alarms.sum() - np.append(0.0, np.cumsum(alarms))
    cuts = np.unique(np.append(scores[order], (0.0, 1.0)))
    below = np.searchsorted(scores[order], cuts, side="right")
    cost = (missed[below] * costs.false_negative + raised[below] * costs.false_positive) / each.sum()
    return cuts, cost


def draw_costs(
    target: np.ndarray, scores: Mapping[str, np.ndarray], costs: Costs, weights: np.ndarray | None = None
) -> Figure:
    """Draw the mean cost of a row over the threshold, and what the same decision about every row costs.

    :param target: 0 or 1 of shape (n,), both present.
    :param scores: probabilities of shape (n,) by ``candidate`` and, where there is one, ``champion``.
    :param costs: what wrong decisions cost.
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    """
    figure, axes = new_figure("Expected cost", "threshold above which 1 is decided", "mean cost of a row")
    rate = float(np.average(target, weights=weights))
    for label, cost in (("0", rate * costs.false_negative), ("1", (1 - rate) * costs.false_positive)):
        axes.axhline(cost, color=GREY, linewidth=1, linestyle=":", label=f"{label} for every row: {cost:.4g}")
    for name, found in scores.items():
        cuts, spent = cost_at_thresholds(target, found, costs, weights)
        used = spent[np.searchsorted(cuts, costs.threshold, side="right") - 1]
        axes.step(
            cuts, spent, where="post", color=COLOURS[name], linestyle=LINES[name], linewidth=2,
            label=f"{name}: {used:.4g}",
        )  # fmt: skip
    axes.axvline(costs.threshold, color=GREY, linewidth=1, label=f"used: {costs.threshold:.3g}")
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    add_legend(axes, "upper right")
    return figure
