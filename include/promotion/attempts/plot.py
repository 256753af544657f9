"""Draw a champion's life: the best evidence of each exam against the bar."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from include.evaluation.plots.style import COLOURS, GREY, add_legend, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from include.promotion.attempts.exam import Exam

_DPI = 120
_FEWEST = 6  # exams that the axis has room for


def save_life(path: Path, exams: Sequence[Exam], champion: str) -> None:
    """Draw it as PNG.

    :param path: where it goes; its folder is there.
    :param exams: the exams so far, oldest first, the newest one included.
    :param champion: the champion, as people call it.
    """
    draw_life(exams, champion).savefig(path, dpi=_DPI, metadata={"Software": None})


def draw_life(exams: Sequence[Exam], champion: str) -> Figure:
    """Draw it; parameters as in :func:`save_life`."""
    figure, axes = new_figure(
        f"Exams against {champion}", "exam (as-of date of the candidate)", "evidence, standard errors"
    )
    figure.set_size_inches(1.6 * figure.get_figwidth(), figure.get_figheight())
    decided = [
        (at, exam.evidence, exam.bar, exam)
        for at, exam in enumerate(exams, start=1)
        if exam.evidence is not None and exam.bar is not None and math.isfinite(exam.evidence)
    ]
    at = [one for one, *_ in decided]
    found, bars = [one[1] for one in decided], [one[2] for one in decided]
    axes.step(at, bars, where="mid", color=COLOURS["champion"], linestyle="--", linewidth=2, label="bar")
    axes.plot(at, found, color=COLOURS["candidate"], marker="o", linewidth=1.5, label="best evidence")
    chosen = [(one, evidence) for one, evidence, _, exam in decided if exam.chosen is not None]
    axes.plot(
        [one for one, _ in chosen], [evidence for _, evidence in chosen], color=COLOURS["candidate"],
        marker="*", markersize=16, linestyle="none", label="promoted, or waiting for an approval",
    )  # fmt: skip
    axes.axhline(0, color=GREY, linewidth=1, linestyle=":")
    axes.set_xticks(at, [f"{one}\n{exam.as_of}" for one, _, _, exam in decided])
    axes.set_xlim(0.5, max(len(exams), _FEWEST) + 0.5)
    add_legend(axes, "best")
    return figure
