"""What estimating performance without labels takes of a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import pandas as pd

    from include.config.schema import ModelConfig
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.monitoring.performance.computed_once import Memory
    from include.training.frame import Frame


class Delivery(NamedTuple):
    """What is known of a delivery before its labels are.

    :param scores: the champion's answers, of shape (n,) or (n, k).
    :param rows: places of the rows in the sample, integers of shape (m,); all where no features are asked
        for.
    :param features: the features of these rows; None where no features are asked for.
    :param weights: how much each row of the delivery counts, above 0, of shape (n,); None where all count the
        same.
    """

    scores: np.ndarray
    rows: np.ndarray | None = None
    features: pd.DataFrame | None = None
    weights: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class Estimator:
    """How the performance of models of one task is estimated without labels.

    :param name: the task.
    :param artifact: what is kept with a version, a JSON document of its run.
    :param learn: from the test set, the version's answers and the configuration to that document; None where
        nothing can be learned.
    :param estimate: from a delivery, that document (None where a version has none), the configuration and
        what keeps figures to each metric with the interval in which the realised one is expected; a metric
        that can't be estimated is left out.
    :param most_rows: rows of a delivery whose features are needed, at most; 0 where none are.
    """

    name: str
    artifact: str
    learn: Callable[[Frame, np.ndarray, ModelConfig], Mapping[str, Any] | None]
    estimate: Callable[
        [Delivery, Mapping[str, Any] | None, ModelConfig, Memory | None], dict[str, ConfidenceInterval]
    ]
    most_rows: int = 0
