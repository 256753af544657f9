"""Measure models on a test set of more rows than should be held at a time: two passes over its row groups."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from include.config.tasks import TASKS
from include.data.arrow_numpy import to_numpy
from include.data.read_snapshot import stream_columns
from include.data.weights import read_weights
from include.evaluation.buckets import BUCKETS, BucketedGain, assign_buckets
from include.evaluation.interval import contributed_gain, contributed_metric
from include.evaluation.measurements import CANDIDATE, CHAMPION, Measurements
from include.evaluation.slices import SliceResult, explain_smallness
from include.evaluation.streaming.entity_count import EntityCount
from include.evaluation.streaming.first_pass import count_rows
from include.evaluation.streaming.over_trivial import stream_over_trivial
from include.evaluation.streaming.plan import Chunk, Plan
from include.evaluation.streaming.second_pass import sum_rows
from include.evaluation.streaming.slice_codes import find_slices
from include.evaluation.streaming.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Part
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.evaluation.streaming.slice_codes import SliceCodes

_BINARY = TASKS["binary"]

STREAMING_CODE = (
    __name__,
    *(
        f"include.evaluation.streaming.{name}"
        for name in (
            "bins",
            "calibration",
            "first_pass",
            "fixed_point",
            "plan",
            "ranking",
            "second_pass",
            "summary",
            "weighing",
        )
    ),
)
"""The modules whose code streamed figures follow from, besides that of the metrics."""


def measure_stream(
    test: Path, scores: Mapping[str, np.ndarray], config: ModelConfig, trained: Part
) -> Measurements:
    """Measure the candidate, and the champion where it has scores, in chunks.

    The figures are those of :func:`include.evaluation.measure_exactly.measure_exactly` to a thousandth of
    their standard errors; buckets stand for entities, whose number is estimated.

    :param test: the test set.
    :param scores: each model's probabilities of class 1, shape (n,), in the order of the test set; a file
        that is mapped into memory will do.
    :param config: the model's configuration.
    :param trained: what the training set shows of the target.
    :raises DataError: when the test set can't be read.
    """
    slices = find_slices(test, config)
    groups = {one.column: one.groups for one in slices}
    plan = Plan.of(tuple(scores), groups, config.gate.primary, _find_heaviest(test, config))
    entities = EntityCount()
    counts = count_rows(_read(test, scores, config, slices), plan)
    lookups = counts.tabulate()
    del counts
    sums = sum_rows(_read(test, scores, config, slices, entities), plan, lookups)
    return _describe(Summary(sums=sums, lookups=lookups), config, slices, entities.estimate(), trained)


def _find_heaviest(test: Path, config: ModelConfig) -> float | None:
    """Return the largest weight of a row; None where all count the same."""
    if config.weight is None:
        return None
    chunks = (
        read_weights(table, config, test.name)
        for table in stream_columns(test, config, config.weight_columns)
    )
    return max(float(found.max()) for found in chunks if found is not None and len(found))


def measure_rows(
    target: np.ndarray,
    scores: np.ndarray,
    confidence: float,
    *,
    entities: pa.Array | None = None,
    weights: np.ndarray | None = None,
) -> dict[str, ConfidenceInterval]:
    """Measure one model on the rows of a delivery.

    :param target: 0 or 1 of shape (n,), at least one row.
    :param scores: probabilities of class 1, float64 of shape (n,).
    :param confidence: level of the intervals.
    :param entities: ids of shape (n,); None where no two rows are of one entity.
    :param weights: how much each row counts, above 0, float64 of shape (n,); None where all count the same.
    :return: each metric with its interval.
    """
    heaviest = None if weights is None else float(weights.max())
    plan, rows = Plan(models=(CANDIDATE,), heaviest=heaviest), len(target)
    buckets = np.arange(rows) % BUCKETS if entities is None else assign_buckets(entities)
    chunk = Chunk(target=target, scores={CANDIDATE: scores}, buckets=buckets, weights=weights)
    lookups = count_rows((chunk,), plan).tabulate()
    summary = Summary(sums=sum_rows((chunk,), plan, lookups), lookups=lookups)
    return _intervals(summary, CANDIDATE, confidence)


def _read(
    test: Path,
    scores: Mapping[str, np.ndarray],
    config: ModelConfig,
    slices: Sequence[SliceCodes],
    entities: EntityCount | None = None,
) -> Iterator[Chunk]:
    """Yield the test set row group by row group; with buckets where entities are counted."""
    entity, target, start = config.entity.column, config.target.column, 0
    slicing = (one.column for one in slices)
    asked = (*([entity] if entities else []), target, *config.weight_columns, *slicing)
    for table in stream_columns(test, config, asked):
        if entities:
            entities.add(table[entity].combine_chunks())
        rows = slice(start, start + len(table))
        yield Chunk(
            target=to_numpy(table[target]),
            scores={model: found[rows] for model, found in scores.items()},
            buckets=assign_buckets(table[entity]) if entities else None,
            groups={one.column: one.number(table[one.column]) for one in slices},
            weights=read_weights(table, config, test.name),
        )
        start = rows.stop


def _describe(
    summary: Summary, config: ModelConfig, slices: Sequence[SliceCodes], entities: int, trained: Part
) -> Measurements:
    """Return every figure with its interval."""
    evidence, level = summary.evidence(), config.gate.confidence
    compared = CHAMPION in summary.sums.plan.models
    gains = {name: summary.gain(CANDIDATE, CHAMPION, name) for name in _BINARY.metrics} if compared else {}
    parted = summary.count_parted(CANDIDATE, CHAMPION) if compared else 0

    return Measurements(
        rows=summary.rows(),
        entities=entities,
        positives=summary.positives(),
        target=f"{summary.positives()} positives",
        candidate=_intervals(summary, CANDIDATE, level),
        champion=_intervals(summary, CHAMPION, level) if compared else None,
        gains={
            name: contributed_gain(name, gain, evidence, level, parted=parted) for name, gain in gains.items()
        }
        if compared
        else None,
        over_trivial={
            name: stream_over_trivial(
                name, summary, CANDIDATE, entities, base_rate=trained.rate, confidence=level
            )
            for name in _BINARY.trivial
        },
        slices=tuple(_describe_slices(summary, config, slices)),
        bucketed={
            name: BucketedGain(rows=gain.rows, total=gain.value * gain.rows, sums=gain.sums)
            for name, gain in gains.items()
            if name in _BINARY.trivial and isfinite(gain.value)
        }
        if compared
        else None,
    )


def _intervals(summary: Summary, model: str, confidence: float) -> dict[str, ConfidenceInterval]:
    """Return each metric of a model with its interval."""
    evidence = summary.evidence()
    return {
        name: contributed_metric(name, summary.metric(model, name), evidence, confidence)
        for name in _BINARY.metrics
    }


def _describe_slices(
    summary: Summary, config: ModelConfig, slices: Sequence[SliceCodes]
) -> Iterator[SliceResult]:
    """Yield what was found on each slice, in the primary metric."""
    metric, compared = config.gate.primary, CHAMPION in summary.sums.plan.models
    for one in slices:
        present = [group for group in range(one.groups) if summary.rows(one.column, group)]
        for group, name in zip(present, one.name(present), strict=True):
            where = (one.column, group)
            rows, positives = summary.rows(*where), summary.positives(*where)
            result = SliceResult(
                name=name, rows=rows, positives=positives, note=explain_smallness(rows, positives, config)
            )
            if result.note:
                yield result
                continue
            result = replace(result, candidate=summary.metric(CANDIDATE, metric, *where).value)
            if compared:
                parted = summary.count_parted(CANDIDATE, CHAMPION, cut=one.column, group=group)
                gain = summary.gain(CANDIDATE, CHAMPION, metric, *where)
                level, evidence = config.gate.confidence, summary.evidence(*where)
                result = replace(
                    result,
                    champion=summary.metric(CHAMPION, metric, *where).value,
                    gain=contributed_gain(metric, gain, evidence, level, parted=parted),
                )
            yield result
