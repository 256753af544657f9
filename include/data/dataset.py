"""Join features with the labels known on a day, split them, and freeze what was trained on and tested on.

One feature partition at a time: a first pass reads the ids alone and settles which rows go where, so that
every guard is checked before a byte is written; a second pass reads the features and writes them in their
place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.dataset_files import write_dataset
from include.data.dataset_record import Coverage, Dataset, LabelCounts, Part
from include.data.labelled_rows import label_rows
from include.data.labels import DeliveredLabels, TargetInFeatures
from include.data.splits import split_time
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.labelled_rows import LabelledRows
    from include.data.labels import KnownLabels, Labels
    from include.data.splits import TimeSplit


def build_dataset(
    features: Mapping[str, Path],
    labels: Mapping[str, Path],
    config: ModelConfig,
    as_of: str,
    target_dir: Path,
) -> Dataset:
    """Freeze what to train on and what to test on as of a day, with its record.

    Writes ``train.parquet``, ``test.parquet`` and ``dataset.json``. Partitions and deliveries after
    ``as_of`` are not looked at, whatever is passed. The newest ``window.partitions`` labelled partitions
    are used. The same input gives the same bytes.

    :param features: observation date to canonical snapshot of the features.
    :param labels: day of delivery to canonical snapshot of the labels; empty when the features hold the
        target.
    :param config: the model's configuration.
    :param as_of: the day (ISO date) whose knowledge may be used.
    :param target_dir: where the three files go; made when missing, replaced file by file, ``dataset.json``
        last.
    :return: the record that ``dataset.json`` holds.
    :raises DataError: when labels conflict, rows repeat, a guard fails, or a snapshot can't be used.
    :raises StorageError: when the disk fails or is full; what was there before stays.
    """
    known: KnownLabels = (
        DeliveredLabels(labels, config, as_of)
        if config.source.labels
        else TargetInFeatures(features, config, as_of)
    )
    chosen, coverage, found = _label_newest(features, known, config, as_of)
    split = split_time([rows.partition for rows in chosen], out_of_time=config.split.out_of_time)
    train = [rows.pick(~rows.held_out) for rows in chosen if rows.partition in split.train]
    test = [rows.pick(rows.held_out) for rows in chosen if rows.partition == split.test]
    _check_enough(train, test, split, config, as_of)
    return write_dataset(
        train,
        test,
        features=features,
        config=config,
        target_dir=target_dir,
        draft=Dataset(
            model=config.name,
            as_of=as_of,
            border=split.border,
            train_partitions=split.train,
            test_partition=split.test,
            train=_describe(train),
            test=_describe(test),
            coverage=coverage,
            labels=found,
            feature_names=config.feature_names,
        ),
    )


def _label_newest(
    features: Mapping[str, Path], known: KnownLabels, config: ModelConfig, as_of: str
) -> tuple[list[LabelledRows], tuple[Coverage, ...], LabelCounts]:
    """Return the newest labelled partitions, oldest first, and what was found on the way to them."""
    chosen: list[LabelledRows] = []
    used: list[Labels] = []
    coverage: list[Coverage] = []
    for partition in sorted((day for day in features if day <= as_of), reverse=True):
        labels = known.of(partition)
        rows, seen = label_rows(partition, features[partition], labels, config)
        coverage.append(seen)
        if labels and rows:
            chosen.append(rows)
            used.append(labels)
        if len(chosen) == config.window.partitions:
            break
    if not chosen:
        raise DataError(
            f"{config.name} as of {as_of}: none of {len(coverage)} feature partitions up to that day has a "
            f"known label; labels become known about {config.target.delay_days} days later: wait, or check "
            "their source"
        )
    counts = LabelCounts(
        known_on=max(labels.known_on for labels in used),
        repeated=sum(labels.repeated for labels in used),
        corrected=sum(labels.corrected for labels in used),
        without_features=sum(seen.labels_without_features for seen in coverage)
        + sum(count for about, count in known.unclaimed().items() if about not in features),
    )
    return chosen[::-1], tuple(coverage[::-1]), counts


def _describe(parts: Sequence[LabelledRows]) -> Part:
    """Count rows and positives."""
    return Part(
        rows=sum(len(rows.targets) for rows in parts),
        positives=sum(int(rows.targets.sum()) for rows in parts),
    )


def _check_enough(
    train: Sequence[LabelledRows],
    test: Sequence[LabelledRows],
    split: TimeSplit,
    config: ModelConfig,
    as_of: str,
) -> None:
    """Refuse data from which nothing can be learned or judged."""
    where = f"{config.name} as of {as_of}"
    remedy = "wait for more labels, widen window.partitions, or change the key in model.yaml"
    trained, tested = _describe(train), _describe(test)
    if trained.rows < config.window.min_rows:
        raise DataError(
            f"{where}: {trained.rows} labelled training rows in {', '.join(split.train)}, expected at least "
            f"{config.window.min_rows} (window.min_rows): {remedy}"
        )
    if not tested.rows:
        raise DataError(
            f"{where}: no labelled row of {split.test} belongs to the holdout of "
            f"{config.split.test_share:.1%} (split.test_share): {remedy}"
        )
    for name, part, partitions in (("training", trained, split.train), ("test", tested, (split.test,))):
        if part.positives in {0, part.rows}:
            only = 1 if part.positives else 0
            raise DataError(
                f"{where}: all {part.rows} {name} rows in {', '.join(partitions)} have "
                f"{config.target.column} = {only}, expected both classes: check the labels' source, or "
                f"{remedy}"
            )
