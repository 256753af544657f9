"""Two classes: the target is 0 or 1, and a model answers with the probability of 1."""

from __future__ import annotations

from include.config.metric_names import EXPECTED_COST
from include.config.tasks.base import ORDER, TaskFacts

_RATE = "the training set's share of positives as the answer to every row"

BINARY = TaskFacts(
    name="binary",
    question="whether its target is 1",
    metrics=("roc_auc", "average_precision", "log_loss", "brier", "accuracy", "calibration_error"),
    trivial={
        "roc_auc": ORDER,
        "average_precision": ORDER,
        "log_loss": _RATE,
        "brier": _RATE,
        "accuracy": "the training set's larger class as the answer to every row",
    },
    must_beat="roc_auc",
    stored="target",
    stored_late="late_target",
    asks="predict_proba",
    ends_in="a classifier",
    of_costs={EXPECTED_COST: "the decision that is cheaper at the training set's share of positives"},
    has_outcome=True,
)
