from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from include.scoring.predictions import Stamp

if TYPE_CHECKING:
    import pandas as pd


class Model:
    """Scores by one column, and remembers how many rows it was asked about at a time."""

    classes_ = (0, 1)

    def __init__(self, constant: float | None = None) -> None:
        self.constant = constant
        self.asked: list[int] = []

    def predict_proba(self, features: pd.DataFrame) -> np.ndarray:
        self.asked.append(len(features))
        scores = 1 / (1 + np.exp(-features["pay_status"].to_numpy()))
        if self.constant is not None:
            scores = np.full(len(features), self.constant)
        return np.column_stack([1 - scores, scores])


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def constant_model() -> Model:
    return Model(constant=0.25)


@pytest.fixture(scope="session")
def make_stamp():
    """Return a function that makes a stamp; keywords replace its fields."""

    def make(**changes: Any) -> Stamp:
        fields = {
            "model": "credit_risk",
            "version": "3",
            "partition": "2005-04-30",
            "snapshot_md5": "ab" * 16,
            "registry_commit": "c0ffee",
            "training_run": "r1",
            "airflow_run": "credit_risk_scoring/scheduled__1/score",
            "as_of": "2005-05-01",
        }
        return Stamp(**{**fields, **changes})

    return make
