"""Draw what each feature is worth to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.plots.style import COLOURS, SIDE, new_figure
from include.media import figure_text
from include.names import shown_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from include.evaluation.importance import Importance

_MOST_FEATURES = 30
_LONGEST_NAME = 40


def draw_importance(importance: Mapping[str, Importance], primary: str) -> Figure:
    """Draw what each feature is worth, the 30 largest at most.

    :param importance: the candidate's importance by feature.
    :param primary: the metric that the importance is measured in.
    """
    ordered = sorted(importance.items(), key=lambda item: item[1].loss, reverse=True)[:_MOST_FEATURES]
    names = [figure_text(text) for text in shown_all((name for name, _ in ordered), _LONGEST_NAME)]
    places = range(len(names))  # bars are told apart by their place, whatever their names look like
    figure, axes = new_figure(
        "Permutation importance on the test set", f"loss of {primary} when shuffled", ""
    )
    figure.set_size_inches(1.3 * SIDE, 1.6 + 0.34 * len(names))
    axes.barh(
        places,
        [found.loss for _, found in ordered],
        xerr=[found.spread for _, found in ordered],
        color=COLOURS["candidate"],
        error_kw={"ecolor": "black", "elinewidth": 1, "capsize": 3},
        height=0.65,
    )
    axes.set_yticks(places, names, parse_math=False)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    return figure
