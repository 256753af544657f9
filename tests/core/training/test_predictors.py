"""What two answers of a model may differ by, whatever they are answers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from include.errors import ModelError
from include.training import fit as fitting
from include.training.frame import Frame
from include.training.persist import dump_model, load_model
from include.training.predict import predict_scores
from include.training.predictors import PREDICTORS
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.core


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_numbers_differ_by_a_part_of_their_spread(unit: float) -> None:
    predictions = 1000 * unit + unit * np.random.default_rng(1).normal(size=5_000)
    assert PREDICTORS["regression"].unit(predictions) == pytest.approx(unit, rel=0.05)


def test_numbers_that_are_all_the_same_differ_by_a_part_of_their_size() -> None:
    assert PREDICTORS["regression"].unit(np.full(100, 1e6)) == 1e6
    assert PREDICTORS["regression"].unit(np.zeros(100)) == 1.0
    assert PREDICTORS["regression"].unit(np.empty(0)) == 1.0


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_probabilities_differ_by_what_they_differ(task: str) -> None:
    assert PREDICTORS[task].unit(np.random.default_rng(2).random(10)) == 1.0


def of_classes(*names: str) -> ModelConfig:
    floors = {"accuracy": 0.1}
    return make_config(
        task="multiclass", target={"classes": list(names)}, gate={"primary": "accuracy", "floors": floors}
    )


@pytest.mark.parametrize(
    "names", [("high", "low", "middle"), ("low", "middle", "high", "none"), ("low", "middle", "top")]
)
def test_a_model_of_other_classes_or_another_order_is_not_asked(
    names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It has learned places in the list, so its own classes are 0, 1 and 2 whatever the list says."""
    from sklearn.dummy import DummyClassifier
    from sklearn.pipeline import make_pipeline

    config = of_classes("low", "middle", "high")
    features = pd.DataFrame({"a": np.arange(6.0)})
    frame = Frame(features, np.array([0, 0, 0, 1, 1, 2], dtype=np.int16), pd.DataFrame())
    monkeypatch.setattr(fitting, "load_frame", lambda *_: frame)
    fitted = fitting.fit(tmp_path, config, make_pipeline(DummyClassifier()))
    model = load_model(dump_model(fitted.model, ()), ())
    assert predict_scores(model, features, config)[0].tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 6])
    with pytest.raises(
        ModelError, match=r"fitted on the classes low, middle, high, in this order: .*model\.yaml"
    ):
        predict_scores(model, features, of_classes(*names))
