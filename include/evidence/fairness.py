"""How differently a model treats the groups of the sensitive attributes, by fairlearn (optional).

Of two classes: the selection rate (share that is decided 1), the rates of true and of false positives, and
what
follows from them: demographic parity and equalized odds, as the ratio of the lowest group to the highest, 1
being
equal (Agarwal et al. 2018, "A reductions approach to fair classification"; Hardt, Price and Srebro 2016,
"Equality
of opportunity in supervised learning"). Of several classes: accuracy. Of numbers: the mean absolute error.

Groups smaller than ``gate.slices.min_rows`` are counted and left out of every ratio: among a few rows the
lowest
rate is a matter of luck.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from include.errors import ConfigError
from include.evaluation.slices import cut_slices
from include.strict_json import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from include.config.schema import ModelConfig

HOW_TO_INSTALL = "pip install -r requirements-card.txt"
_HALF = 0.5


def measure_fairness(
    config: ModelConfig,
    target: np.ndarray,
    scores: np.ndarray,
    sensitive: pa.Table,
    weights: np.ndarray | None = None,
) -> dict[str, Any]:
    """Return the rates of each group and the ratios between groups, as JSON values.

    :param config: the model's configuration.
    :param target: the labels of the test set as numbers, of shape (n,).
    :param scores: what the model answered, of shape (n,) or (n, k).
    :param sensitive: the sensitive columns of the test set, n rows.
    :param weights: how much each row counts, of shape (n,); None where all count the same.
    :return: empty ``attributes`` where the model has no sensitive attribute.
    :raises ConfigError: fairlearn is not installed.
    """
    if not config.sensitive:
        return {"library": None, "decided_by": None, "attributes": {}}
    if importlib.util.find_spec("fairlearn") is None:
        raise ConfigError(
            f"The fairness ratios need fairlearn, which is not installed here: {HOW_TO_INSTALL}, where the "
            f"card is made."
        )
    decided, how = _decide(config, scores)
    attributes = {
        column: _attribute(
            config, column, target=target, decided=decided, sensitive=sensitive, weights=weights
        )
        for column in config.sensitive
    }
    found: dict[str, Any] = plain({
        "library": f"fairlearn {version('fairlearn')}",
        "decided_by": how,
        "attributes": attributes,
    })
    return found


def _decide(config: ModelConfig, scores: np.ndarray) -> tuple[np.ndarray, str]:
    """Return what is decided about each row, and by which rule."""
    if config.task == "regression":
        return scores, "the predicted number"
    if config.task == "multiclass":
        return scores.argmax(axis=1), "the most probable class"
    costs = config.gate.costs
    threshold = _HALF if costs is None else costs.threshold
    return (scores > threshold).astype(
        int
    ), f"probability above {threshold:g}{'' if costs is None else ', by gate.costs'}"


def _attribute(
    config: ModelConfig,
    column: str,
    *,
    target: np.ndarray,
    decided: np.ndarray,
    sensitive: pa.Table,
    weights: np.ndarray | None,
) -> dict[str, Any]:
    slices = cut_slices(sensitive, config, by={column: config.sensitive[column]})
    large = [one for one in slices if len(one.rows) >= config.gate.slices.min_rows]
    small = {one.name: len(one.rows) for one in slices if one not in large}
    found: dict[str, Any] = {"groups": {}, "left_out": small, "ratios": {}}
    if not large:
        return found
    rows = np.concatenate([one.rows for one in large])
    names = np.concatenate([np.full(len(one.rows), one.name, dtype=object) for one in large])
    chosen = None if weights is None else weights[rows]
    return {**found, **_measure(config.task, target[rows], decided[rows], names, chosen)}


def _measure(
    task: str, target: np.ndarray, decided: np.ndarray, names: np.ndarray, weights: np.ndarray | None
) -> dict[str, Any]:
    """Ask fairlearn for each group's figures and for the ratios."""
    from fairlearn.metrics import MetricFrame, count, demographic_parity_ratio, equalized_odds_ratio

    metrics = _metrics(task)
    params = None if weights is None else {name: {"sample_weight": weights} for name in metrics}
    frame = MetricFrame(
        metrics={"rows": count, **metrics},
        y_true=target,
        y_pred=decided,
        sensitive_features=names,
        sample_params=params,
    )
    groups = {
        str(name): {key: int(value) if key == "rows" else float(value) for key, value in row.items()}
        for name, row in frame.by_group.iterrows()
    }
    if len(groups) == 1:
        return {"groups": groups}
    if task == "binary":
        ratios = {
            "demographic_parity_ratio": demographic_parity_ratio,
            "equalized_odds_ratio": equalized_odds_ratio,
        }
        found = {
            name: float(ratio(target, decided, sensitive_features=names, sample_weight=weights))
            for name, ratio in ratios.items()
        }
    else:
        found = {f"{name}_ratio": float(value) for name, value in frame.ratio().items() if name != "rows"}
    return {"groups": groups, "ratios": found}


def _metrics(task: str) -> dict[str, Callable[..., Any]]:
    """Return the metrics of a task by the name they have in the pack."""
    from fairlearn.metrics import false_positive_rate, selection_rate, true_positive_rate
    from sklearn.metrics import accuracy_score, mean_absolute_error

    if task == "binary":
        return {
            "selection_rate": selection_rate,
            "true_positive_rate": true_positive_rate,
            "false_positive_rate": false_positive_rate,
        }
    return (
        {"accuracy": accuracy_score} if task == "multiclass" else {"mean_absolute_error": mean_absolute_error}
    )
