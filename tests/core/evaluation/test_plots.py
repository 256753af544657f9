from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from include.evaluation.importance import Importance
from include.evaluation.plots import (
    draw_calibration,
    draw_confusion,
    draw_importance,
    draw_precision_recall,
    draw_roc,
    save_plots,
)

pytestmark = pytest.mark.core

NAMES = ["roc.png", "precision_recall.png", "calibration.png", "confusion.png", "importance.png"]
IMPORTANCE = {"age": Importance(loss=0.01, spread=0.002), "pay_status": Importance(loss=0.2, spread=0.01)}


@pytest.fixture
def target():
    return (np.random.default_rng(0).random(400) < 0.2).astype(np.int8)


@pytest.fixture
def scores(target):
    rng = np.random.default_rng(1)
    return {name: np.clip(target * 0.3 + rng.random(400) * 0.6, 0, 1) for name in ("candidate", "champion")}


def labels(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_every_plot_is_saved_as_png(tmp_path, target, scores):
    paths = save_plots(tmp_path / "new" / "plots", target, scores, IMPORTANCE, "roc_auc")
    assert [path.name for path in paths] == NAMES
    for path in paths:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size > 5_000


def test_the_same_evaluation_gives_the_same_files(tmp_path, target, scores):
    once = save_plots(tmp_path / "once", target, scores, IMPORTANCE, "roc_auc")
    again = save_plots(tmp_path / "again", target, scores, IMPORTANCE, "roc_auc")
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]


@pytest.mark.parametrize(
    ("draw", "figure"),
    [(draw_roc, "AUC 0."), (draw_precision_recall, "precision 0."), (draw_calibration, "error 0.")],
)
def test_candidate_and_champion_share_a_figure_with_their_figures(target, scores, draw, figure):
    both = labels(draw(target, scores))
    assert [label.partition(":")[0] for label in both[1:]] == ["candidate", "champion"]
    assert all(figure in label for label in both[1:])
    assert len(labels(draw(target, {"candidate": scores["candidate"]}))) == 2


def test_confusion_matrices_come_at_both_thresholds_for_each_model(target, scores):
    figure = draw_confusion(target, scores)
    assert len(figure.axes) == 4
    shown = [int(text.get_text().partition("\n")[0].replace(",", "")) for text in figure.axes[0].texts]
    assert sum(shown) == 400
    assert len(draw_confusion(target, {"candidate": scores["candidate"]}).axes) == 2


def test_the_most_important_feature_is_on_top():
    figure = draw_importance(IMPORTANCE, "roc_auc")
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["pay_status", "age"]
    assert figure.axes[0].yaxis_inverted()


def test_many_features_are_cut_to_the_thirty_that_matter():
    many = {f"feature {number}": Importance(loss=number / 100, spread=0.0) for number in range(40)}
    shown = [text.get_text() for text in draw_importance(many, "roc_auc").axes[0].get_yticklabels()]
    assert (len(shown), shown[0], shown[-1]) == (30, "feature 39", "feature 10")


def test_plotting_touches_no_global_state():
    script = """
import sys, numpy as np
from include.evaluation.plots import draw_roc
draw_roc(np.array([0, 1, 0, 1]), {"candidate": np.array([0.1, 0.6, 0.4, 0.9])})
print("matplotlib.pyplot" in sys.modules)
"""
    root = Path(__file__).parents[3]
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False
    )
    assert result.stdout.strip() == "False", result.stderr


def test_features_are_drawn_whatever_they_are_called():
    names = ["$", "$0_$49", "US$ % of US$", "a\nb", "日本", "_", "x" * 300, "x" * 301, "\x1b[31m", "missing"]
    figure = draw_importance({name: Importance(loss=0.1, spread=0.01) for name in names}, "roc_auc")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that the font lacks is a warning, and an empty box
        figure.canvas.draw()
    shown = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert len(set(shown)) == len(names)
    assert len(figure.axes[0].patches) == len(names)
