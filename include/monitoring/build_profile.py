"""Build the reference profile of a training set: settle the places, count, and learn what is normal."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from include.data.arrow_numpy import to_arrow, to_numpy
from include.data.read_snapshot import stream_columns
from include.data.splits import hash_entities
from include.errors import DataError
from include.monitoring.calibrate import Plan, calibrate
from include.monitoring.columns import NumericColumn
from include.monitoring.counts import count_batch, count_nothing, digest_places
from include.monitoring.drift_names import MEAN_SHIFT, MISSING_SHARE
from include.monitoring.places import place_categories, place_numbers
from include.monitoring.profile import Profile
from include.monitoring.resample import Sample, join

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.config.watch import Drift
    from include.monitoring.columns import Column

_SAMPLE = 1 << 18  # rows from which the edges of a column are taken
_DRAWN_FROM = 1 << 17  # rows from which batches without drift are drawn
_PREDICTIONS = ""  # no column of a snapshot has an empty name


def build_profile(train: Path, config: ModelConfig, scores: np.ndarray) -> Profile:
    """Build the reference profile of a training set in two passes, one row group in memory at a time.

    The first pass settles the places (numbers: from every k-th row, about 260,000 in all), the second one
    counts and keeps the places of a sample of entities, from which batches without drift are drawn.

    :param train: the training set.
    :param config: the model's configuration; ``split.seed`` seeds all draws.
    :param scores: the model's predictions for it, shape (n,), in the order of its rows.
    :raises DataError: when the training set can't be read, or scores and rows differ in number.
    """
    import numpy as np

    columns = _settle_places(train, config, len(scores))
    predictions = place_numbers(scores[:: _stride(len(scores))])
    digest = digest_places(columns, predictions)
    reference, positives, start = count_nothing(columns, predictions, digest), 0, 0
    sampled: list[Sample] = []
    for group in stream_columns(train, config, _stored(config)):
        own = scores[start : start + group.num_rows]
        reference = reference.merge(count_batch(group, own, columns, predictions, digest))
        positives += int(np.sum(to_numpy(group[config.target.column]), dtype=np.int64))
        sampled.append(_sample_rows(group, own, config, {**columns, _PREDICTIONS: predictions}, len(scores)))
        start += group.num_rows
    if start != len(scores):
        raise DataError(
            f"{len(scores)} scores were given for {start} training rows: expected one for each row"
        )
    plans = _plan(config.monitoring.drift, columns, predictions)
    nulls = calibrate(join(sampled), plans, rows=start, seed=config.split.seed) if start else {}
    return Profile(
        model=config.name,
        positives=positives,
        columns=columns,
        predictions=predictions,
        reference=reference,
        nulls={name: nulls.get(name, ()) for name in columns},
        prediction_nulls=nulls.get(_PREDICTIONS, ()),
        seed=config.split.seed,
    )


def _stored(config: ModelConfig) -> tuple[str, ...]:
    """Return the columns of a training set that the profile is made from."""
    return (config.entity.column, config.time.column, *config.feature_names, config.target.column)


def _plan(limits: Drift, columns: Mapping[str, Column], predictions: NumericColumn) -> dict[str, Plan]:
    """Say which statistics are calibrated of each column."""
    by_kind = {True: limits.numeric.statistic, False: limits.categorical.statistic}
    plans = {
        name: Plan(column=column, statistics=(by_kind[isinstance(column, NumericColumn)], MISSING_SHARE))
        for name, column in columns.items()
    }
    scored = Plan(column=predictions, statistics=(limits.numeric.statistic, MEAN_SHIFT))
    return {**plans, _PREDICTIONS: scored}


def _sample_rows(
    group: pa.Table, scores: np.ndarray, config: ModelConfig, columns: Mapping[str, Column], rows: int
) -> Sample:
    """Return the places of about 130,000 of all rows: those of entities whose hash is low.

    The salt is another one than that of the split, which has taken entities out by their hash.
    """
    import numpy as np

    if len(scores) != group.num_rows:  # reported by the caller, who knows the total
        return Sample(entities=np.empty(0), days=np.empty(0, np.int32), places={})
    group = group.append_column(_PREDICTIONS, to_arrow(np.asarray(scores, dtype=np.float64)))
    hashes = hash_entities(group[config.entity.column].combine_chunks(), seed=config.split.seed + 1)
    chosen = np.flatnonzero(hashes < _DRAWN_FROM / rows)
    picked = group if len(chosen) == len(hashes) else group.take(to_arrow(chosen))
    return Sample(
        entities=hashes[chosen],
        days=to_numpy(picked[config.time.column]),
        places={name: column.find_places(picked[name].combine_chunks()) for name, column in columns.items()},
    )


def _settle_places(train: Path, config: ModelConfig, rows: int) -> dict[str, Column]:
    """Sample the numbers and count the categories of a training set."""
    import numpy as np
    import pyarrow.compute as pc

    samples: dict[str, list[np.ndarray]] = {name: [np.empty(0)] for name in config.features.numeric}
    frequencies: dict[str, Counter[str]] = {name: Counter() for name in config.features.categorical}
    for group in stream_columns(train, config, config.feature_names):
        for name, sample in samples.items():
            sample.append(to_numpy(group[name].drop_null())[:: _stride(rows)].copy())
        for name, frequency in frequencies.items():
            found = pc.value_counts(group[name].drop_null())
            values, repeats = found.field("values").to_pylist(), found.field("counts").to_pylist()
            frequency.update(dict(zip(values, repeats, strict=True)))
    numeric: dict[str, Column] = {
        name: place_numbers(np.concatenate(sample)) for name, sample in samples.items()
    }
    return numeric | {name: place_categories(frequency) for name, frequency in frequencies.items()}


def _stride(rows: int) -> int:
    """Return every how many rows one is taken into the sample."""
    return max(1, math.ceil(rows / _SAMPLE))
