"""A number: the target is any finite number, and a model answers with another."""

from __future__ import annotations

from include.config.tasks.base import TaskFacts

_MEAN = "the training set's mean as the answer to every row"
_MEDIAN = "the training set's median as the answer to every row"

REGRESSION = TaskFacts(
    name="regression",
    question="how large its target is",
    metrics=("rmse", "mae", "r2", "pinball", "mape"),
    trivial={
        "rmse": _MEAN,
        "r2": "the mean of the test set as the answer to every row",
        "mae": _MEDIAN,
        "mape": "the training set's median by weights of 1 / |target| as the answer to every row",
        "pinball": "the training set's quantile as the answer to every row",
    },
    must_beat="r2",
    stored="number",
    stored_late="number",
    asks="predict",
    ends_in="a regressor",
)
