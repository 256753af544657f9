from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from include.config.estimator import load_estimator
from include.errors import DataError, ModelError
from include.training.fit import fit
from include.training.predict import predict_scores

pytestmark = pytest.mark.core

EXAMPLE = Path(__file__).parents[3] / "include" / "models" / "credit_risk"


class Failing:
    """An estimator that fails as told."""

    def __init__(self, error):
        self.error = error

    def __sklearn_clone__(self):
        return self

    def fit(self, features, target):
        if isinstance(self.error, Warning):
            warnings.warn(self.error, stacklevel=1)
            warnings.warn(self.error, stacklevel=1)
            return self
        raise self.error


@pytest.fixture
def train(tmp_path, write_rows):
    return write_rows(tmp_path / "train.parquet", rows=800)


def test_fitting_reports_rows_positives_and_time(train, make_config, build_estimator):
    config = make_config()
    fitted = fit(train, config, build_estimator(config))
    assert fitted.rows == 800
    assert fitted.frame.target.sum() > 0
    assert fitted.seconds > 0
    assert fitted.warnings == ()


def test_the_example_learns_the_signal(train, make_config):
    config = make_config()
    fitted = fit(train, config, load_estimator(EXAMPLE, config))
    scores = predict_scores(fitted.model, fitted.frame.features, config)
    assert scores[fitted.frame.target == 1].mean() > 2 * scores[fitted.frame.target == 0].mean()


def test_the_same_input_gives_the_same_scores_to_the_last_bit(train, make_config, build_estimator):
    config = make_config()
    estimator = build_estimator(config)
    once, again = (fit(train, config, estimator) for _ in range(2))
    assert once.model is not again.model
    scores = [predict_scores(one.model, one.frame.features, config) for one in (once, again)]
    assert scores[0].tobytes() == scores[1].tobytes()


def test_the_number_of_threads_changes_no_bit(train, make_config):
    from threadpoolctl import threadpool_limits

    config = make_config()
    found = set()
    for threads in (1, 2, 3):
        with threadpool_limits(threads):
            fitted = fit(train, config, load_estimator(EXAMPLE, config))
            found.add(predict_scores(fitted.model, fitted.frame.features, config).tobytes())
    assert len(found) == 1


def test_the_estimator_given_stays_unfitted(train, make_config, build_estimator):
    config = make_config()
    estimator = build_estimator(config)
    fit(train, config, estimator)
    assert not hasattr(estimator, "classes_")


def test_a_failing_estimator_is_explained(train, make_config):
    with pytest.raises(
        ModelError, match=r"failed on 800 rows x 8 columns \(ValueError: bad depth\): check estimator\.py"
    ):
        fit(train, make_config(), Failing(ValueError("bad depth")))


def test_running_out_of_memory_is_explained(train, make_config):
    with pytest.raises(ModelError, match=r"ran out of memory: give the worker more"):
        fit(train, make_config(), Failing(MemoryError()))


def test_warnings_are_kept_once(train, make_config, caplog):
    fitted = fit(train, make_config(), Failing(UserWarning("did not converge")))
    assert fitted.warnings == ("UserWarning: did not converge",)
    assert "did not converge" in caplog.text


def test_a_missing_training_set_is_refused(tmp_path, make_config, build_estimator):
    config = make_config()
    with pytest.raises(DataError, match="does not exist"):
        fit(tmp_path / "train.parquet", config, build_estimator(config))


class Scoring:
    """A fitted model that returns given predictions."""

    def __init__(self, answer, classes=(0, 1)):
        self.answer = answer
        self.classes_ = classes

    def predict_proba(self, features):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (object(), r"knows the classes \[\]: expected a fitted classifier"),
        (Scoring(None, classes=[1]), r"knows the classes \[1\]"),
        (Scoring(None, classes=["no", "yes"]), r"knows the classes \['no', 'yes'\]"),
        (Scoring(ValueError("X has 7 features")), r"could not score 2 rows.*ValueError: X has 7 features"),
        (Scoring(np.zeros((2, 3))), r"shape \(2, 3\): expected \(2, 2\)"),
        (Scoring(np.array([[0.5, 0.5], [0.5, np.nan]])), "1 of 2 scores are not probabilities"),
        (Scoring(np.array([[0.5, -0.1], [0.5, 1.1]])), "2 of 2 scores are not probabilities"),
    ],
)
def test_what_is_not_a_probability_is_refused(model, message, make_config):
    import pandas as pd

    with pytest.raises(ModelError, match=message):
        predict_scores(model, pd.DataFrame({"a": [1, 2]}), make_config())
