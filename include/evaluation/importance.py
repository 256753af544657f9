"""What each feature is worth to a fitted model: how much the primary metric loses when it is shuffled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from include.config.metric_names import METRICS
from include.evaluation.metrics import MEASURES
from include.evaluation.tasks import EVALUATION_TASKS
from include.training.predict import predict_scores

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.training.frame import Frame

ROWS = 5_000
REPEATS = 5


@dataclass(frozen=True, kw_only=True)
class Importance:
    """The importance of one feature, in the unit of the primary metric.

    :param loss: mean loss when the feature is shuffled; above 0: the model uses it to good effect.
    :param spread: standard deviation of the loss over the shuffles.
    """

    loss: float
    spread: float


def measure_importance(
    model: Any, test: Frame, config: ModelConfig, *, rows: int = ROWS, repeats: int = REPEATS
) -> dict[str, Importance]:
    """Measure permutation importance on the test set (Breiman 2001; Fisher, Rudin and Dominici 2019).

    All shuffles of a feature are scored in one call. Two features that say the same share their importance:
    either can be shuffled at little loss while the other is left.

    :param model: a fitted model.
    :param test: the test set.
    :param config: the model's configuration; ``estimator.seed`` seeds the shuffles.
    :param rows: how many test rows to use at most; they are drawn once, for all features.
    :param repeats: shuffles of each feature.
    :return: the importance of each feature, in the order of ``config.feature_names``.
    :raises ModelError: when the model can't score the rows.
    """
    import pandas as pd

    metric = METRICS[config.gate.primary]
    generator = np.random.default_rng(config.estimator.seed)
    chosen = np.arange(len(test.target))
    if len(chosen) > rows:
        chosen = np.sort(generator.choice(chosen, size=rows, replace=False))
    features, target = test.features.iloc[chosen].reset_index(drop=True), test.target[chosen]
    weights = None if test.weights is None else test.weights[chosen]
    task, influence = EVALUATION_TASKS[config.task], MEASURES[metric.name].influence

    def value(target: np.ndarray, scores: np.ndarray) -> float:
        return influence(task.scored(target, scores, None, config, weights)).value

    whole = value(target, predict_scores(model, features, config))
    stacked = pd.concat([features] * repeats, ignore_index=True)
    found = {}
    for column in config.feature_names:
        kept = stacked[column]
        shuffled = np.concatenate([generator.permutation(len(target)) for _ in range(repeats)])
        stacked[column] = features[column].to_numpy()[shuffled]
        scores = np.split(predict_scores(model, stacked, config), repeats)
        stacked[column] = kept
        worse = np.array([whole - value(target, one) for one in scores])
        worse = worse if metric.higher_is_better else -worse
        found[column] = Importance(loss=float(worse.mean()), spread=float(worse.std(ddof=1)))
    return found
