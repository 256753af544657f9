"""Evaluate what a champion predicted by the labels that have become known since.

Never by a label that was not known on the day in question: labels come from
:class:`include.data.labels.KnownLabels`, which looks at no later delivery.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from include.data.labelled_rows import label_rows
from include.data.maturity import due_date
from include.evaluation.measured import CODE, measure_model
from include.evaluation.streaming.measure_stream import STREAMING_CODE, measure_rows
from include.evaluation.streaming.plan import STREAMED_FROM
from include.evaluation.tasks import CODE as TASK_CODE
from include.evaluation.tasks import EVALUATION_TASKS
from include.monitoring.performance.computed_once import intervals_once, named_weights
from include.monitoring.performance.record import LabelFindings, Limits, WindowPerformance
from include.scoring.predictions import read_scores

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.labelled_rows import LabelledRows
    from include.data.labels import Labels
    from include.data.splits import Holdout
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.monitoring.performance.computed_once import Memory
    from include.monitoring.performance.record import Reference
    from include.monitoring.performance.slice_source import GroupSource

_CODE = (__name__, *CODE, *STREAMING_CODE, *TASK_CODE)


@dataclass(frozen=True, kw_only=True)
class EvaluatedVersion:
    """The version whose predictions are evaluated.

    :param version: its number in the model registry.
    :param newest_labels: newest partition it was trained on; empty when that is not known.
    :param reference: what the evaluation that made it champion found; None when that is not known.
    :param holdout: whom its training left out; None when that is not known.
    """

    version: str
    newest_labels: str = ""
    reference: Reference | None = None
    holdout: Holdout | None = None


def evaluate_window(
    partition: str,
    predictions: Path | None,
    labels: Labels | None,
    config: ModelConfig,
    *,
    version: EvaluatedVersion,
    as_of: str,
    restated: bool = False,
    memory: Memory | None = None,
    groups: GroupSource | None = None,
) -> WindowPerformance:
    """Join the predictions of a window with its labels by row key, and measure.

    A version that was trained on this delivery is evaluated only on the entities that its own training held
    out, since it knows the answers of the others; if it is not known which, it is not evaluated. Intervals
    come from influence values (:mod:`include.evaluation.interval`).

    :param partition: ISO date of the delivery.
    :param predictions: predictions file of this delivery; None when there is none.
    :param labels: what :meth:`KnownLabels.of` said of the partition on ``as_of``.
    :param config: the model's configuration.
    :param version: the version that made the predictions.
    :param as_of: ISO date whose knowledge is used.
    :param restated: whether the delivery was restated after it was scored.
    :param memory: where figures are kept that follow from the same labels and predictions; None computes
        them anew.
    :param groups: the groups of the delivery's rows, and what they were; None where nobody looks at them.
    :raises DataError: the predictions can't be read, repeat a row, or are of another partition.
    """
    window = WindowPerformance(
        model=config.name,
        partition=partition,
        version=version.version,
        as_of=as_of,
        due=due_date(partition, config),
        reference=version.reference,
        learned=partition <= version.newest_labels,
        restated=restated,
        holdout_known=version.holdout is not None,
        positives=EVALUATION_TASKS[config.task].count_positives(np.empty(0, dtype=np.int8), config),
        limits=_limits(config),
    )
    if predictions is None:
        return window
    rows, seen = label_rows(
        partition, predictions, labels, config, holdout=version.holdout, holds="predictions"
    )
    window = replace(window, rows=seen.rows, labelled=seen.labelled)
    if labels is not None:
        window = replace(window, labels=_findings(labels, seen.labels_without_features))
    if rows is None or not window.maturity.mature:
        return window
    if window.learned and not window.holdout_known:
        return window
    if window.learned:
        rows = rows.pick(rows.held_out)
    if not len(rows.rows):
        return window
    scores = read_scores(predictions, config)[rows.rows]
    return replace(
        window,
        evaluated=len(rows.rows),
        positives=EVALUATION_TASKS[config.task].count_positives(rows.targets, config),
        metrics=_measure(rows.targets, scores, config, memory, rows=rows),
        slices=groups.evaluate(rows, scores, config, memory) if groups else None,
    )


def _measure(
    target: np.ndarray,
    scores: np.ndarray,
    config: ModelConfig,
    memory: Memory | None,
    *,
    rows: LabelledRows | None = None,
) -> dict[str, ConfidenceInterval]:
    """Return every metric with its interval; rows of one entity are no independent evidence.

    :param rows: whose the rows are; None where each is of another entity.
    """
    groups, weights = (None, None) if rows is None else (rows.groups, rows.weights)
    level = config.monitoring.performance.confidence

    def compute() -> dict[str, ConfidenceInterval]:
        task = EVALUATION_TASKS[config.task]
        if task.streams and config.gate.costs is None and len(target) > STREAMED_FROM:
            whose = None if rows is None or groups is None else rows.entities
            return measure_rows(target, scores, level, entities=whose, weights=weights)
        scored = task.scored(target, scores, groups, config, weights)
        evidence = task.count_rows(target, groups, config, weights).evidence
        measured = measure_model(scored, evidence.everyone.entities, config.metrics)
        return measured.intervals(evidence, level)

    return intervals_once(
        memory,
        compute,
        arrays={
            "target": target,
            "scores": scores,
            **({} if groups is None else {"entities": groups}),
            **named_weights(weights),
        },
        settings={"confidence": level, "streamed_from": STREAMED_FROM, **_asked(config)},
        modules=_CODE,
    )


def _asked(config: ModelConfig) -> dict[str, Any]:
    """Return what figures follow from besides labels and predictions."""
    return {
        "task": config.task,
        "metrics": list(config.metrics),
        **({} if config.gate.costs is None else {"costs": config.gate.costs.model_dump(mode="json")}),
        "target": config.target.model_dump(mode="json"),
    }


def _limits(config: ModelConfig) -> Limits:
    """Return what a window is held against."""
    limits = config.monitoring.performance
    return Limits(
        primary=config.gate.primary,
        max_drop=limits.max_drop,
        confidence=limits.confidence,
        min_rows=limits.min_rows,
        min_coverage=config.target.min_coverage,
        floors=dict(config.gate.floors),
    )


def _findings(labels: Labels, unknown: int) -> LabelFindings:
    return LabelFindings(
        known_on=labels.known_on, repeated=labels.repeated, corrected=labels.corrected, unknown=unknown
    )
