"""Measure models on a test set that fits into memory: exactly, from one sort of each model's scores."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from math import isfinite
from typing import TYPE_CHECKING

from include.config.metric_names import METRICS, TRIVIAL
from include.data.arrow_numpy import to_numpy
from include.data.read_snapshot import read_columns
from include.evaluation.buckets import assign_buckets
from include.evaluation.evidence import count_rows
from include.evaluation.interval import contributed_gain
from include.evaluation.measured import count_parted, measure_model, measure_parts, subtract
from include.evaluation.measurements import CANDIDATE, CHAMPION, Measurements
from include.evaluation.measures.scored import Scored
from include.evaluation.slices import Slice, SliceResult, cut_slices, explain_smallness
from include.evaluation.trivial import gain_over_trivial
from include.evaluation.unseen import bucket_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.evaluation.evidence import EntityRows
    from include.evaluation.measured import Measured


def measure_exactly(
    test: Path, scores: Mapping[str, np.ndarray], config: ModelConfig, base_rate: float
) -> Measurements:
    """Measure the candidate, and the champion where it has scores, on a whole test set.

    :param test: the test set.
    :param scores: each model's probabilities of class 1, shape (n,), in the order of the test set.
    :param config: the model's configuration.
    :param base_rate: share of positives in the training set.
    :raises DataError: when the test set can't be read.
    """
    table = read_columns(test, config, (config.entity.column, config.target.column, *config.sensitive))
    target = to_numpy(table[config.target.column])
    known = _gather(table, target, config)
    evidence, level = known.rows.evidence, config.gate.confidence
    entities = evidence.everyone.entities
    measured = {
        model: measure_model(Scored(target, found, known.groups), entities) for model, found in scores.items()
    }
    candidate, other = measured[CANDIDATE], measured.get(CHAMPION)
    gains = {name: subtract(name, candidate, other) for name in METRICS} if other else {}
    parted = count_parted(candidate.scored, other.scored) if other else 0
    return Measurements(
        rows=len(target),
        entities=entities,
        positives=int(target.sum()),
        candidate=candidate.intervals(evidence, level),
        champion=other.intervals(evidence, level) if other else None,
        gains={
            name: contributed_gain(name, gain, evidence, level, parted=parted) for name, gain in gains.items()
        }
        if other
        else None,
        over_trivial={
            name: gain_over_trivial(
                name,
                candidate.metrics[name],
                candidate.scored,
                known.rows,
                base_rate=base_rate,
                confidence=level,
            )
            for name in TRIVIAL
        },
        slices=tuple(_measure_slices(cut_slices(table, config), candidate, other, config)),
        bucketed={
            name: bucket_evidence(name, gain, candidate.scored, other.scored, known.buckets)
            for name, gain in gains.items()
            if name in TRIVIAL and isfinite(gain.value)
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


def _gather(table: pa.Table, target: np.ndarray, config: ModelConfig) -> _Entities:
    """Return who the rows of the test set are of."""
    encoded = table[config.entity.column].combine_chunks().dictionary_encode()
    groups = to_numpy(encoded.indices)
    return _Entities(
        groups=groups, buckets=assign_buckets(encoded.dictionary), rows=count_rows(target, groups)
    )


def _measure_slices(
    slices: Sequence[Slice], candidate: Measured, champion: Measured | None, config: ModelConfig
) -> Iterator[SliceResult]:
    """Yield what was found on each slice, in the primary metric."""
    target = candidate.scored.target
    for _, column in groupby(slices, key=lambda one: one.column):
        found = list(column)
        positives = [int(target[one.rows].sum()) for one in found]
        notes = [
            explain_smallness(len(one.rows), count, config)
            for one, count in zip(found, positives, strict=True)
        ]
        large = iter(
            measure_parts(
                config.gate.primary,
                [one.rows for one, note in zip(found, notes, strict=True) if not note],
                candidate.scored,
                champion.scored if champion else None,
                config.gate.confidence,
            )
        )
        for one, count, note in zip(found, positives, notes, strict=True):
            result = SliceResult(name=one.name, rows=len(one.rows), positives=count, note=note)
            if not note:
                part = next(large)
                result = replace(result, candidate=part.candidate, champion=part.champion, gain=part.gain)
            yield result
