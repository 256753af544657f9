"""What a training and its evaluation come to, as flat names and numbers: what MLflow and DVC call metrics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from include.evaluation.tasks import EVALUATION_TASKS

if TYPE_CHECKING:
    import numpy as np

    from include.config.schema import ModelConfig
    from include.evaluation.record import Evaluation


def training_figures(target: np.ndarray, config: ModelConfig) -> dict[str, float]:
    """Return how many rows were trained on, and what they show of the target.

    :param target: the label of each row as a number, of shape (n,).
    :param config: the model's configuration.
    """
    return {"train_rows": float(len(target)), **_describe_target(target, config)}


def evaluation_figures(evaluation: Evaluation) -> dict[str, float]:
    """Return each metric of candidate and champion, their gains, and the interval of the primary metric.

    What is not defined is left out.

    :param evaluation: the comparison.
    """
    found = {f"test_{name}": one.value for name, one in evaluation.candidate.items()}
    for name, one in (evaluation.champion or {}).items():
        found[f"champion_test_{name}"] = one.value
    for name, one in (evaluation.gains or {}).items():
        found[f"gain_{name}"] = one.value
    primary = evaluation.candidate[evaluation.primary]
    found[f"test_{evaluation.primary}_low"] = primary.low
    found[f"test_{evaluation.primary}_high"] = primary.high
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _describe_target(target: np.ndarray, config: ModelConfig) -> dict[str, float]:
    task = EVALUATION_TASKS[config.task]
    positives = task.count_positives(target, config)
    if positives is not None:
        return {"train_positives": float(positives)}
    if counts := task.count_classes(target, config):
        return {f"train_rows_of_class_{number}": float(count) for number, count in enumerate(counts)}
    return {"train_target_mean": float(target.mean())}
