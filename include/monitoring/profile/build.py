"""Build the reference profile of a training set: choose the bins, count, and make the null distributions."""

from __future__ import annotations

import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.data.arrow_numpy import to_arrow, to_numpy
from include.data.read_snapshot import stream_columns
from include.data.splits import hash_entities
from include.data.targets import read_targets
from include.errors import DataError
from include.evaluation.tasks import EVALUATION_TASKS
from include.monitoring.histogram.bin_edges import bin_categories, bin_numbers, bin_probabilities
from include.monitoring.histogram.counts import count_nothing, digest_bins
from include.monitoring.null.calibrate import Plan, calibrate
from include.monitoring.null.cluster_sampling import Sample
from include.monitoring.profile.ages import AgeLimits
from include.monitoring.profile.count_file import count_file
from include.monitoring.profile.profile import Profile
from include.monitoring.tasks import MONITORED_TASKS
from include.monitoring.tasks.columns import PREDICTED, probability_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from include.config.monitoring_schema import Drift
    from include.config.schema import ModelConfig
    from include.monitoring.histogram.binning import Bins
    from include.monitoring.null.distribution import NullDistribution

_SAMPLE = 1 << 18  # rows from which the edges of a column are taken
_DRAWN_FROM = 1 << 17  # rows from which batches without drift are drawn


def build_profile(train: Path, config: ModelConfig, scores: np.ndarray) -> Profile:
    """Build the reference profile of a training set in two passes, one row group in memory at a time.

    The first pass chooses the bins (numbers: from every k-th row, about 260,000 in all) and keeps the rows
    of a sample of entities, from which batches without drift are drawn; the second one counts.

    :param train: the training set.
    :param config: the model's configuration; ``split.seed`` seeds all draws.
    :param scores: the model's predictions for it, of shape (n,) or (n, k), in the order of its rows.
    :raises DataError: when the training set can't be read, or scores and rows differ in number.
    """
    first = _FirstPass(config, len(scores))
    for group in _read_ahead(stream_columns(train, config, _stored(config))):
        first.take(group)
    if first.rows != len(scores):
        raise DataError(
            f"{len(scores)} scores were given for {first.rows} training rows: expected one for each row"
        )
    bare = _choose_bins(first, config, np.asarray(scores, dtype=np.float64))
    nulls: Mapping[str, tuple[NullDistribution, ...]] = {}
    with ThreadPoolExecutor(1) as pool:
        counted = pool.submit(count_file, train, bare, scores)
        if first.rows:
            plans = _plan(config.monitoring.drift, bare)
            nulls = calibrate(first.sample(bare, scores), plans, rows=first.rows, seed=config.split.seed)
    return replace(
        bare,
        reference=counted.result(),
        null_distributions={name: nulls.get(name, ()) for name in bare.columns},
        prediction_null_distributions=nulls.get(PREDICTED, ()),
        probability_null_distributions={
            name: nulls.get(probability_of(name), ()) for name in bare.probabilities
        },
    )


def _choose_bins(first: _FirstPass, config: ModelConfig, scores: np.ndarray) -> Profile:
    """Return a profile whose bins hold nothing yet."""
    task, classes = MONITORED_TASKS[config.task], config.target.classes
    sample, columns = scores[:: _stride(len(scores))], first.choose_bins()
    predictions = task.choose_bins(sample, classes)
    probabilities = {
        name: bin_probabilities(sample[:, classes.index(name)]) for name in task.followed(sample, classes)
    }
    weight = config.weight.column if config.weight else ""
    digest = digest_bins(columns, predictions, probabilities, weight)
    return Profile(
        model=config.name,
        positives=first.positives,
        columns=columns,
        predictions=predictions,
        reference=count_nothing(columns, predictions, digest, probabilities),
        seed=config.split.seed,
        task=config.task,
        classes=classes,
        probabilities=probabilities,
        weight=weight,
    )


def _read_ahead(groups: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield row groups while the next one is being read."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, groups, None)
        while (group := following.result()) is not None:
            following = pool.submit(next, groups, None)
            yield group


def _stored(config: ModelConfig) -> tuple[str, ...]:
    """Return the columns of a training set that the profile is made from."""
    watched = (*config.feature_names, *config.age_columns, *config.weight_columns)
    return (config.entity.column, config.partition_column, *watched, config.target.column)


def _plan(limits: Drift, profile: Profile) -> dict[str, Plan]:
    """Return which statistics are calibrated of each column; one that is left out may be checked later."""
    task = MONITORED_TASKS[profile.task]
    plans = {
        name: Plan(bins=bins, statistics=tuple(limits.thresholds_of(name, bins.kind)))
        for name, bins in profile.columns.items()
    }
    plans[PREDICTED] = Plan(bins=profile.predictions, statistics=tuple(task.thresholds(limits)))
    of_probabilities = tuple(task.probability_thresholds(limits))
    return plans | {
        probability_of(name): Plan(bins=bins, statistics=of_probabilities)
        for name, bins in profile.probabilities.items()
    }


class _FirstPass:
    """What the first pass over a training set collects.

    :param config: the model's configuration.
    :param rows: rows that are expected.
    """

    def __init__(self, config: ModelConfig, rows: int) -> None:
        self.rows = 0
        self.positives = 0
        self._config = config
        self._stride = _stride(rows)
        self._share = _DRAWN_FROM / max(1, rows)
        self._numbers: dict[str, list[np.ndarray]] = {name: [] for name in config.features.numeric}
        self._ages = {name: AgeLimits(name, config.partition_column) for name in config.age_columns}
        self._frequencies: dict[str, Counter[str]] = {name: Counter() for name in config.features.categorical}
        self._picked: list[pa.Table] = []
        self._hashes: list[np.ndarray] = []
        self._kept: list[np.ndarray] = []

    def take(self, group: pa.Table) -> None:
        """Sample the numbers, count the categories, and keep the rows of entities whose hash is low.

        The salt of the hash is another one than that of the split, which has taken entities out by theirs.
        """
        for name, sample in self._numbers.items():
            sample.append(to_numpy(group[name].drop_null())[:: self._stride].copy())
        for limits in self._ages.values():
            limits.take(group, self._stride)
        for name, frequency in self._frequencies.items():
            found = pc.value_counts(group[name].drop_null())
            values, repeats = found.field("values").to_pylist(), found.field("counts").to_pylist()
            frequency.update(dict(zip(values, repeats, strict=True)))
        hashes = hash_entities(
            group[self._config.entity.column].combine_chunks(), seed=self._config.split.seed + 1
        )
        chosen = np.flatnonzero(hashes < self._share)
        self._picked.append(group.take(to_arrow(chosen)))
        self._hashes.append(hashes[chosen])
        self._kept.append(self.rows + chosen)
        targets = read_targets(group[self._config.target.column], self._config)
        self.positives += EVALUATION_TASKS[self._config.task].count_positives(targets, self._config) or 0
        self.rows += group.num_rows

    def choose_bins(self) -> dict[str, Bins]:
        """Return the bins of each feature."""
        numeric: dict[str, Bins] = {
            name: bin_numbers(np.concatenate([np.empty(0), *sample]))
            for name, sample in self._numbers.items()
        }
        numeric |= {name: limits.bins() for name, limits in self._ages.items()}
        return numeric | {name: bin_categories(frequency) for name, frequency in self._frequencies.items()}

    def sample(self, profile: Profile, scores: np.ndarray) -> Sample:
        """Return the bins of the rows that were kept.

        :param profile: the bins of the features and of the predictions.
        :param scores: the predictions, of shape (n,) or (n, k).
        """
        own, table = scores[np.concatenate(self._kept)], pa.concat_tables(self._picked)
        bins = {name: bins.assign(table[name].combine_chunks()) for name, bins in profile.columns.items()}
        bins[PREDICTED] = profile.predictions.assign(profile.predicted(own))
        for name, of_class in profile.probabilities.items():
            bins[probability_of(name)] = of_class.assign(profile.probability(own, name))
        return Sample(
            entities=np.concatenate(self._hashes),
            days=to_numpy(table[self._config.partition_column]),
            bins=bins,
            weights=to_numpy(table[profile.weight]) if profile.weight else None,
        )


def _stride(rows: int) -> int:
    """Return every how many rows one is taken into the sample of numbers."""
    return max(1, math.ceil(rows / _SAMPLE))
