"""Draw confusion matrices, of candidate and champion side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.measures.likelihoods import THRESHOLD
from include.evaluation.plots.curves import confusion, matching_threshold
from include.evaluation.plots.style import COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DARK = 0.7  # share from which a shade needs white text


def draw_confusion(target: np.ndarray, scores: Mapping[str, np.ndarray]) -> Figure:
    """Draw confusion matrices at 0.5 and where as many rows are predicted positive as there are positives.

    :param target: 0 or 1 of shape (n,), both present.
    :param scores: probabilities of shape (n,) by ``candidate`` and, where there is one, ``champion``.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1 + 3.4 * len(scores), 7.4), layout="constrained")
    grid = figure.subplots(2, len(scores), squeeze=False)
    for column, (name, found) in enumerate(scores.items()):
        matching = matching_threshold(target, found)
        for axes, threshold, why in (
            (grid[0, column], THRESHOLD, "above 0.5"),
            (grid[1, column], matching, f"above {matching:.3f}: as many\nas there are positives"),
        ):
            _draw_matrix(axes, confusion(target, found, threshold), f"{name}, {why}", COLOURS[name])
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
