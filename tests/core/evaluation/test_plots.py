from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from include.config.tasks import TASKS
from include.evaluation.importance import Importance
from include.evaluation.plots import DRAWN, draw_importance, save_plots
from include.evaluation.plots.binary import draw_calibration, draw_confusion, draw_precision_recall, draw_roc
from include.evaluation.plots.classes import draw_classes
from include.evaluation.plots.numbers import draw_numbers

pytestmark = pytest.mark.core

NAMES = ["roc.png", "precision_recall.png", "calibration.png", "confusion.png", "importance.png"]
IMPORTANCE = {"age": Importance(loss=0.01, spread=0.002), "pay_status": Importance(loss=0.2, spread=0.01)}


@pytest.fixture
def config(make_config):
    return make_config()


@pytest.fixture
def target():
    return (np.random.default_rng(0).random(400) < 0.2).astype(np.int8)


@pytest.fixture
def scores(target):
    rng = np.random.default_rng(1)
    return {name: np.clip(target * 0.3 + rng.random(400) * 0.6, 0, 1) for name in ("candidate", "champion")}


def labels(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_every_plot_is_saved_as_png(tmp_path, target, scores, config):
    paths = save_plots(tmp_path / "new" / "plots", target, scores, IMPORTANCE, config)
    assert [path.name for path in paths] == NAMES
    for path in paths:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size > 5_000


def test_the_same_evaluation_gives_the_same_files(tmp_path, target, scores, config):
    once = save_plots(tmp_path / "once", target, scores, IMPORTANCE, config)
    again = save_plots(tmp_path / "again", target, scores, IMPORTANCE, config)
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
from include.evaluation.plots.binary import draw_roc
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


def test_each_task_has_plots():
    assert DRAWN.keys() == TASKS.keys()


def test_classes_are_drawn_whatever_they_are_called_and_one_may_be_absent(make_config):
    names = ("$", "a\nb", "\x1b[31m", "missing")
    config = make_config().model_copy(update={"task": "multiclass"})
    config = config.model_copy(update={"target": config.target.model_copy(update={"classes": names})})
    rng = np.random.default_rng(0)
    target = rng.integers(0, 3, 300).astype(np.int16)
    scores = {name: rng.dirichlet(np.ones(4), 300) for name in ("candidate", "champion")}
    figures = draw_classes(target, scores, config)
    assert list(figures) == ["confusion", "roc", "calibration"]
    shown = [int(text.get_text().replace(",", "")) for text in figures["confusion"].axes[0].texts]
    assert sum(shown) == 300
    assert sum("AUC" in label for label in labels(figures["roc"])) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in figures.values():
            figure.canvas.draw()


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_numbers_are_drawn_also_where_all_are_the_same(config, spread):
    rng = np.random.default_rng(0)
    target = 5 + spread * rng.normal(size=200)
    predictions = {"candidate": target + spread * rng.normal(size=200), "champion": target.copy()}
    figures = draw_numbers(target, predictions, config)
    assert list(figures) == ["predicted", "residuals", "residuals_by_prediction"]
    assert "RMSE" in labels(figures["residuals"])[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in figures.values():
            figure.canvas.draw()
