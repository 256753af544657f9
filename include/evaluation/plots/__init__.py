"""Draw what the figures of an evaluation look like: candidate and champion side by side, on the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.plots.binary import draw_binary
from include.evaluation.plots.classes import draw_classes
from include.evaluation.plots.importance import draw_importance
from include.evaluation.plots.numbers import draw_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    from matplotlib.figure import Figure

    from include.config.schema import ModelConfig
    from include.evaluation.importance import Importance

_DPI = 120
DRAWN: dict[
    str, Callable[[np.ndarray, Mapping[str, np.ndarray], ModelConfig, np.ndarray | None], dict[str, Figure]]
] = {
    "binary": draw_binary,
    "multiclass": draw_classes,
    "regression": draw_numbers,
}
"""What is drawn of each task besides the importance of features."""


def save_plots(
    directory: Path,
    target: np.ndarray,
    scores: Mapping[str, np.ndarray],
    importance: Mapping[str, Importance],
    config: ModelConfig,
    *,
    weights: np.ndarray | None = None,
) -> list[Path]:
    """Draw every plot of an evaluation as PNG.

    Curves and figures count rows by their weight; where a plot shows how many there are, it shows rows.

    :param directory: where they go; made when missing.
    :param target: the label of each row as a number, of shape (n,).
    :param scores: answers of shape (n,) or (n, k) by ``candidate`` and, where there is one, ``champion``.
    :param importance: the candidate's importance by feature.
    :param config: the model's configuration.
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    :return: the files, those of the task first, then importance.
    """
    figures = {
        **DRAWN[config.task](target, scores, config, weights),
        "importance": draw_importance(importance, config.gate.primary),
    }
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        path = directory / f"{name}.png"
        figure.savefig(path, dpi=_DPI, metadata={"Software": None})
        paths.append(path)
    return paths
