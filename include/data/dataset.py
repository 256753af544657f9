"""Join features with the labels known on a day, split them, and freeze what was trained on and tested on.

One feature partition at a time: a first pass reads the ids alone and settles which rows go where, so that
every guard is checked before a byte is written; a second pass reads the features and writes them in their
place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from include.data.dataset_files import file_digest, write_dataset
from include.data.dataset_record import Coverage, Dataset, LabelCounts, Part
from include.data.days import first_day
from include.data.empty_columns import find_empty
from include.data.labelled_rows import label_rows
from include.data.labelled_window import Window, count_rows, is_enough
from include.data.labels import open_labels
from include.data.material import digest_material
from include.data.maturity import assess_labels
from include.data.readiness import wait_for_more
from include.data.splits import Holdout
from include.data.targets import TARGETS
from include.data.time_split import TimeSplit, split_time
from include.data.weights import relative_weights
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.labelled_rows import LabelledRows
    from include.data.labels import KnownLabels, Labels
    from include.verdicts import Verdict

_TWO = 2


def build_dataset(
    features: Mapping[str, Path],
    labels: Mapping[str, Path],
    config: ModelConfig,
    as_of: str,
    target_dir: Path,
    *,
    champion_holdout: Holdout | None = None,
) -> Dataset | Verdict:
    """Freeze what to train on and what to test on as of a day, with its record.

    Writes ``train.parquet``, ``test.parquet`` and ``dataset.json``. Partitions and deliveries after
    ``as_of`` are not looked at, whatever is passed. The newest ``window.partitions`` mature partitions
    (:mod:`include.data.maturity`) are used. The test set is the newest of them, and as many of those before
    as it takes to hold ``gate.min_rows`` and ``gate.min_positives``, but for one to train on. The same input
    gives the same bytes.

    :param features: observation date to canonical snapshot of the features.
    :param labels: day of delivery to canonical snapshot of the labels; empty when the features hold the
        target.
    :param config: the model's configuration.
    :param as_of: the day (ISO date) whose knowledge may be used.
    :param target_dir: where the three files go; made when missing, replaced file by file, ``dataset.json``
        last.
    :param champion_holdout: whom the champion's training left out; None without a champion. The test set
        holds those whom candidates are tested on while it is champion
        (:meth:`include.data.splits.Holdout.select_tested`), and the training set none of them.
    :return: the record that ``dataset.json`` holds, or the verdict ``wait`` where there is not enough yet;
        then nothing is written.
    :raises DataError: when labels conflict, rows repeat, time can't cure what is missing, or a snapshot can't
        be used.
    :raises StorageError: when the disk fails or is full; what was there before stays.
    """
    known = open_labels({"features": features, "labels": labels}, config, as_of)
    holdout = Holdout.of(config, champion_holdout)
    other = champion_holdout if champion_holdout != holdout else None
    chosen, coverage, found = _label_newest(features, known, config, as_of, holdout)
    testable = [_testable(rows, other) for rows in chosen]
    split = _split(testable, config)
    train = [rows.pick(~rows.held_out) for rows in chosen if rows.partition in split.train]
    test = [rows for rows in testable if rows.partition in split.test]
    verdict = wait_for_more(
        Window(
            as_of=as_of,
            train=split.train,
            test=split.test,
            trained=count_rows(train, config),
            tested=count_rows(test, config),
            coverage=coverage,
            full=len(chosen) == config.window.partitions,
            empty=_empty_columns(features, split, config),
            champion_holdout=other,
        ),
        config,
    )
    if verdict is not None:
        return verdict
    return write_dataset(
        train,
        test,
        features=features,
        config=config,
        target_dir=target_dir,
        draft=Dataset(
            model=config.name,
            as_of=as_of,
            split_kind=split.kind,
            train_partitions=split.train,
            test_partitions=split.test,
            train=_describe(train, config),
            test=_describe(test, config),
            coverage=coverage,
            labels=found,
            feature_names=config.feature_names,
            holdout=holdout,
            champion_holdout=other,
            material={
                rows.partition: digest_material(rows, file_digest(features[rows.partition]))
                for rows in chosen
                if rows.partition in split.train
            },
        ),
    )


def _label_newest(
    features: Mapping[str, Path], known: KnownLabels, config: ModelConfig, as_of: str, holdout: Holdout
) -> tuple[list[LabelledRows], tuple[Coverage, ...], LabelCounts]:
    """Return the newest mature partitions, oldest first, and what was found on the way to them."""
    chosen: list[LabelledRows] = []
    used: list[Labels] = []
    coverage: list[Coverage] = []
    for partition in sorted((day for day in features if day <= as_of), reverse=True):
        labels = known.of(partition)
        rows, seen = label_rows(partition, features[partition], labels, config, holdout=holdout)
        maturity = assess_labels(
            partition, rows=seen.rows, labelled=seen.labelled, as_of=as_of, config=config
        )
        coverage.append(replace(seen, left_out=maturity.explain()))
        if labels and rows and maturity.mature:
            chosen.append(rows)
            used.append(labels)
        if len(chosen) == config.window.partitions:
            break
    counts = LabelCounts(
        known_on=max((labels.known_on for labels in used), default=""),
        repeated=sum(labels.repeated for labels in used),
        corrected=sum(labels.corrected for labels in used),
        without_features=sum(seen.labels_without_features for seen in coverage)
        + sum(count for about, count in known.unclaimed().items() if not _is_of_any(about, features, config)),
    )
    return chosen[::-1], tuple(coverage[::-1]), counts


def _is_of_any(day: str, partitions: Collection[str], config: ModelConfig) -> bool:
    """Tell whether a day is one of those that some partitions are about."""
    return any(first_day(partition, config) <= day <= partition for partition in partitions)


def _testable(rows: LabelledRows, champion_holdout: Holdout | None) -> LabelledRows:
    """Return the rows of one partition to test on: those of the champion's life, or of the first holdout."""
    rows = rows.pick(rows.held_out)
    return rows if champion_holdout is None else rows.pick(champion_holdout.select_tested(rows.entities))


def _split(testable: Sequence[LabelledRows], config: ModelConfig) -> TimeSplit:
    """Return the split whose test set is the smallest that is enough, or the largest there can be.

    Where even the largest is not enough nothing is written; training is then counted as the smallest test set
    would leave it, for it is not what is missing.

    :param testable: the rows that may be tested on, oldest partition first.
    :param config: the model's configuration.
    """
    split = TimeSplit(train=(), test=(), kind="group split")
    partitions = [rows.partition for rows in testable]
    for tested in range(1, len(testable) + 1):
        split = split_time(partitions, out_of_time=config.split.out_of_time, tested=tested)
        if is_enough(count_rows(testable[-len(split.test) :], config), config):
            return split
        if len(split.test) < tested:
            break
    if not partitions:
        return split
    return replace(split, train=split_time(partitions, out_of_time=config.split.out_of_time).train)


def _empty_columns(features: Mapping[str, Path], split: TimeSplit, config: ModelConfig) -> tuple[str, ...]:
    """Return the features without a value in the partitions to train on.

    :raises DataError: one of them has none in the partitions to test on either.
    """
    empty = find_empty([features[partition] for partition in split.train], config) if split.train else ()
    if not empty:
        return ()
    used = sorted({*split.train, *split.test})
    lost = [name for name in find_empty([features[partition] for partition in used], config) if name in empty]
    if lost:
        raise DataError(
            f"{config.name}: {', '.join(lost)} without a single value in all of {', '.join(used)}: expected "
            "a value in one row at least; ask for deliveries that have the column, or remove it from "
            "features in model.yaml"
        )
    return empty


def _describe(parts: Sequence[LabelledRows], config: ModelConfig) -> Part:
    """Count rows, and say what they show of the target."""
    targets = np.concatenate([rows.targets for rows in parts])
    known = [rows.weights for rows in parts if rows.weights is not None]
    kind = TARGETS[config.task]
    return Part(
        rows=len(targets),
        positives=int(targets.sum()) if len(kind.classes(config)) == _TWO else 0,
        target=kind.describe(targets, config, relative_weights(np.concatenate(known)) if known else None),
    )
