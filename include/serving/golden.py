"""Golden requests: rows with the predictions that a version gave when it was evaluated.

Whatever serves that version has to answer them in the same way. They are stored with the MLflow run in the
shape in which MLflow's scoring protocol is asked
(https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/#json-input), so that any endpoint takes
them. JSON keeps a float64 to its last digit, as Python and MLflow's server write it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from include.errors import DataError, ModelError
from include.records import Record, RecordKind
from include.serving.compose import choose_rows, compose_rows
from include.strict_json import to_exact_json
from include.training.predictors import PREDICTORS

if TYPE_CHECKING:
    import pandas as pd

    from include.config.schema import ModelConfig
    from include.training.frame import Frame

GOLDEN = RecordKind(name="set of golden requests", remedy="train the model again, which records them anew")
SPLIT = "dataframe_split"  # the key of a request that holds columns and data

Value = float | str | None


@dataclass(frozen=True, kw_only=True)
class GoldenRequests(Record, kind=GOLDEN):
    """One request of n rows, and what was predicted for them.

    :param model: the model's name.
    :param columns: the features, in the order of the data.
    :param rows: the values of each row, None where one is missing.
    :param predictions: what the model answered, n numbers or n times k, as an endpoint answers: of a
        classifier the probability of each class.
    :param unit: the size of which a difference between two answers is a part: 1 for probabilities.
    :param tolerance: largest part that may differ, from ``reproducibility_check`` in ``model.yaml``.
    """

    model: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    predictions: tuple[Any, ...]
    unit: float = 1.0
    tolerance: float = 0.0

    @property
    def recorded(self) -> np.ndarray:
        """The predictions, float64 of shape (n,) or (n, k)."""
        return np.array(self.predictions, dtype=np.float64)

    @property
    def body(self) -> bytes:
        """The request, as it is sent."""
        return to_exact_json({SPLIT: self._split()}).encode()

    def _split(self) -> dict[str, Any]:
        return {"columns": list(self.columns), "data": [list(row) for row in self.rows]}

    def _plain(self) -> dict[str, Any]:
        return {
            "model": self.model,
            SPLIT: self._split(),
            "predictions": self.recorded.tolist(),
            "unit": self.unit,
            "tolerance": self.tolerance,
        }

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> GoldenRequests:
        split = fields[SPLIT]
        built = cls(
            model=fields["model"],
            columns=tuple(split["columns"]),
            rows=tuple(map(tuple, split["data"])),
            predictions=_frozen(np.array(fields["predictions"], dtype=np.float64)),
            unit=float(fields["unit"]),
            tolerance=float(fields["tolerance"]),
        )
        if not built.rows or len(built.rows) != len(built.predictions):
            raise DataError(
                f"this {GOLDEN.name} has {len(built.rows)} rows and {len(built.predictions)} predictions; "
                f"expected one for each of at least one row: {GOLDEN.remedy}"
            )
        if not np.isfinite(built.recorded).all() or built.unit <= 0:
            raise DataError(f"this {GOLDEN.name} holds predictions that are no numbers: {GOLDEN.remedy}")
        return built


def record_golden(model: Any, frame: Frame, scores: np.ndarray, config: ModelConfig) -> GoldenRequests:
    """Return rows that belong to nobody, spread over the predictions, with what a model answers to them.

    :param model: a fitted model of the configuration's task.
    :param frame: the test set.
    :param scores: what the model answers to it, as :func:`include.training.predict.predict_scores` does.
    :param config: the model's configuration.
    :raises ModelError: the model fails on such rows, or what it answers is not a valid answer of its task.
    """
    pool = compose_rows(frame.features, frame.keys.iloc[:, 0], config)
    chosen = pool.iloc[choose_rows(pool, _ask(model, pool, config), config)]
    rows = tuple(
        tuple(None if isinstance(value, float) and math.isnan(value) else value for value in row)
        for row in chosen.to_numpy().tolist()
    )
    return GoldenRequests(
        model=config.name,
        columns=tuple(chosen.columns),
        rows=rows,
        predictions=_frozen(
            _ask(model, chosen, config)
        ),  # anew: the last digit may hang on how many rows are asked
        unit=PREDICTORS[config.task].unit(scores),
        tolerance=config.reproducibility_check.tolerance,
    )


def _frozen(answers: np.ndarray) -> tuple[Any, ...]:
    """Return answers as tuples; a single number, which is not a list of answers, raises an error."""
    return tuple(tuple(one) if isinstance(one, list) else one for one in answers.tolist())


def _ask(model: Any, features: pd.DataFrame, config: ModelConfig) -> np.ndarray:
    predictor = PREDICTORS[config.task]
    try:
        found = predictor.ask(model, features)
    except Exception as error:
        raise ModelError(
            f"the model could not score {len(features)} rows that were composed of values of the test set "
            f"({type(error).__name__}: {error})"
        ) from error
    if problem := predictor.explain_answer(found, len(features), config):
        raise ModelError(f"of {len(features)} rows that were composed of values of the test set: {problem}")
    return found
