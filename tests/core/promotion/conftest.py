from __future__ import annotations

from math import isfinite, nan
from typing import Any

import pytest

from include.config.tasks import TASKS
from include.evaluation.confidence_interval import ConfidenceInterval
from include.evaluation.record import Evaluation
from include.evaluation.slices import SliceResult
from tests.core.promotion.gains import bucketed

BINARY = TASKS["binary"]
SURE = ConfidenceInterval(value=0.3, low=0.2, high=0.4)
GOOD = {
    "roc_auc": 0.88,
    "average_precision": 0.7,
    "log_loss": 0.25,
    "brier": 0.07,
    "accuracy": 0.92,
    "calibration_error": 0.01,
}


@pytest.fixture(scope="session")
def make_evaluation():
    """Return a function that builds an evaluation.

    ``gain`` is (value, low, high) of every metric's gain, or None without a champion; ``slices`` maps a
    name to such a triple, or to None for a slice that is too small; other keywords replace values of the
    candidate's metrics, whose intervals reach 0.01 to either side; ``trivial`` replaces gains over a trivial
    model.
    """

    def make(
        gain=None, slices=None, error=None, version="3", trivial=None, dominant=(), **values: float
    ) -> Evaluation:
        candidate = {
            name: ConfidenceInterval(value=value, low=value - 0.01, high=value + 0.01)
            for name, value in {**GOOD, **values}.items()
        }
        compared = gain is not None
        evaluated: dict[str, Any] = slices or {}
        return Evaluation(
            model="credit_risk",
            test_digest="ab" * 32,
            rows=10_000,
            entities=10_000,
            positives=1_000,
            primary="roc_auc",
            confidence=0.95,
            candidate=candidate,
            champion=candidate if compared else None,
            gains=dict.fromkeys(BINARY.metrics, triple(gain)) if compared else None,
            slices=tuple(
                SliceResult(
                    name=name, rows=500, positives=50, candidate=0.8, champion=0.8, gain=triple(found)
                )
                if found
                else SliceResult(name=name, rows=20, positives=0, note="too few rows: 20, expected 300")
                for name, found in evaluated.items()
            ),
            champion_info={"version": version} if compared or error else None,
            champion_error=error,
            over_trivial={name: (trivial or {}).get(name, SURE) for name in BINARY.trivial},
            base_rate=0.1,
            dominant=dominant,
            bucketed=dict.fromkeys(BINARY.metrics, bucketed(*gain))
            if compared and isfinite(sum(gain))
            else {},
        )

    return make


def triple(found):
    value, low, high = found or (nan, nan, nan)
    return ConfidenceInterval(value=value, low=low, high=high)
