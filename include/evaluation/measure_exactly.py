"""Measure models on a test set that fits into memory: exactly, from one sort of each model's scores."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from math import isfinite
from typing import TYPE_CHECKING

from include.data.arrow_numpy import to_numpy
from include.data.read_snapshot import read_columns
from include.data.targets import read_targets
from include.data.weights import read_weights
from include.evaluation.buckets import assign_buckets
from include.evaluation.interval import contributed_gain
from include.evaluation.measured import count_parted, measure_model, measure_parts, subtract
from include.evaluation.measurements import CANDIDATE, CHAMPION, Measurements
from include.evaluation.slices import Slice, SliceResult, cut_slices, explain_few_rows
from include.evaluation.tasks import EVALUATION_TASKS
from include.evaluation.trivial import gain_over_trivial
from include.evaluation.unseen import bucket_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Part
    from include.evaluation.evidence import EntityRows
    from include.evaluation.measured import Measured
    from include.evaluation.tasks.base import EvaluationTask


def measure_exactly(
    test: Path, scores: Mapping[str, np.ndarray], config: ModelConfig, trained: Part
) -> Measurements:
    """Measure the candidate, and the champion where it has scores, on a whole test set.

    :param test: the test set.
    :param scores: what each model answers, of shape (n,) or (n, k), in the order of the test set.
    :param config: the model's configuration.
    :param trained: what the training set shows of the target.
    :raises DataError: when the test set can't be read.
    """
    asked = (config.entity.column, config.target.column, *config.weight_columns, *config.sensitive)
    table = read_columns(test, config, asked)
    task = EVALUATION_TASKS[config.task]
    target = read_targets(table[config.target.column], config)
    weights = read_weights(table, config, test.name)
    known = _gather(table, target, weights, task, config)
    evidence, level = known.rows.evidence, config.gate.confidence
    entities = evidence.everyone.entities
    measured = {
        model: measure_model(
            task.scored(target, found, known.groups, config, weights), entities, config.metrics
        )
        for model, found in scores.items()
    }
    candidate, other = measured[CANDIDATE], measured.get(CHAMPION)
    gains = {name: subtract(name, candidate, other) for name in config.metrics} if other else {}
    return Measurements(
        rows=len(target),
        entities=entities,
        positives=task.count_positives(target, config),
        target=task.describe_target(target, config),
        candidate=candidate.intervals(evidence, level),
        champion=other.intervals(evidence, level) if other else None,
        gains={
            name: contributed_gain(
                name, gain, evidence, level, parted=count_parted(name, candidate.scored, other.scored)
            )
            for name, gain in gains.items()
        }
        if other
        else None,
        over_trivial={
            name: gain_over_trivial(
                name,
                candidate.metrics[name],
                candidate.scored,
                known.rows,
                task=task,
                trained=trained,
                confidence=level,
            )
            for name in config.decisive_metrics
        },
        slices=tuple(_measure_slices(cut_slices(table, config), candidate, other, task, config)),
        bucketed={
            name: bucket_evidence(name, gain, candidate.scored, other.scored, known.buckets)
            for name, gain in gains.items()
            if name in config.decisive_metrics and isfinite(gain.value)
        }
        if other
        else None,
    )


@dataclass(frozen=True, kw_only=True)
class _Entities:
    """Who the rows of the test set are of.

    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,), in the order in which they
        come.
    :param buckets: bucket of each entity, integers of shape (g,).
    :param rows: how many rows each entity has.
    """

    groups: np.ndarray
    buckets: np.ndarray
    rows: EntityRows


def _gather(
    table: pa.Table,
    target: np.ndarray,
    weights: np.ndarray | None,
    task: EvaluationTask,
    config: ModelConfig,
) -> _Entities:
    """Return who the rows of the test set are of."""
    encoded = table[config.entity.column].combine_chunks().dictionary_encode()
    groups = to_numpy(encoded.indices)
    return _Entities(
        groups=groups,
        buckets=assign_buckets(encoded.dictionary),
        rows=task.count_rows(target, groups, config, weights),
    )


def _measure_slices(
    slices: Sequence[Slice],
    candidate: Measured,
    champion: Measured | None,
    task: EvaluationTask,
    config: ModelConfig,
) -> Iterator[SliceResult]:
    """Yield what was found on each slice, in the primary metric."""
    target = candidate.scored.target
    for _, column in groupby(slices, key=lambda one: one.column):
        found = list(column)
        notes = [
            explain_few_rows(len(one.rows), config) or task.explain_target(target[one.rows]) for one in found
        ]
        large = iter(
            measure_parts(
                config.gate.primary,
                [one.rows for one, note in zip(found, notes, strict=True) if not note],
                candidate.scored,
                champion.scored if champion else None,
                config.gate.confidence,
                count=lambda target, groups, weights: (
                    task.count_rows(target, groups, config, weights).evidence
                ),
            )
        )
        for one, note in zip(found, notes, strict=True):
            positives = task.count_positives(target[one.rows], config)
            result = SliceResult(name=one.name, rows=len(one.rows), positives=positives, note=note)
            if not note:
                part = next(large)
                result = replace(result, candidate=part.candidate, champion=part.champion, gain=part.gain)
            yield result
