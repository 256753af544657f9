"""Check what was written for leaks, by reading it back and not by trusting how it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from include.data.days import days_of, to_text
from include.data.read_snapshot import read_columns
from include.errors import DataError, ModelError
from include.names import shown

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Dataset
    from include.data.splits import Holdout

_SHOWN = 5


def check_not_learned(test: Path, config: ModelConfig, holdout: Holdout | None) -> None:
    """Refuse to evaluate a model on a test set with entities that it may have been trained on.

    :param test: the test set.
    :param config: the model's configuration.
    :param holdout: whom the model's training left out; None when that is not known.
    :raises ModelError: it can't be evaluated; the message says what to do.
    """
    if holdout is None:
        raise ModelError(
            "it is not known whom it was trained on, so it may know answers of the test set: tag the "
            "version with mlops.split_seed and mlops.split_test_share as its split.seed and split.test_share "
            "were (and with mlops.split_start, where its holdout had been rotated), or move the alias "
            "champion to a version that has them"
        )
    tested = read_columns(test, config, (config.entity.column,))[config.entity.column]
    learned = int((~holdout.select(tested.combine_chunks())).sum())
    if learned:
        raise ModelError(
            f"{learned:,} of {len(tested):,} test rows are about entities that it may have been trained on "
            f"({holdout.to_text()}): it became champion after this test set was frozen; clear prepare and "
            "what follows"
        )


def check_no_leak(train: Path, test: Path, config: ModelConfig, record: Dataset) -> None:
    """Refuse a dataset in which training knows something of the test, or either knows the future.

    No entity may be in both, nor may one be tested that the holdouts of the record leave to training, the
    champion's or this one, or one be trained on that is tested in the champion's life at all; nothing
    observed and no label delivered after the record's ``as_of`` may be used; and in a group and time split
    training must end before the test begins.

    :param train: the training set.
    :param test: the test set.
    :param config: the model's configuration.
    :param record: what the sets claim to be.
    :raises DataError: when one of these does not hold; this is a defect of the split and not of the data.
    """
    entity, time = config.entity.column, config.time.column
    trained, tested = (read_columns(path, config, (entity, time)) for path in (train, test))
    shared = tested[entity].filter(pc.is_in(tested[entity], value_set=trained[entity].unique())).unique()
    if len(shared):
        raise DataError(
            f"leak: {len(shared)} values of {shown(entity)} are in training and test (such as "
            f"{', '.join(shown(str(one)) for one in shared[:_SHOWN].to_pylist())}): expected none; was the "
            "holdout's seed or share changed between two partitions?"
        )
    trained_on, tested_on = (days_of(rows[time], config) for rows in (trained, tested))
    last_trained, first_tested, last_tested = (
        to_text(int(day)) for day in (trained_on.max(), tested_on.min(), tested_on.max())
    )
    newest = max(last_trained, last_tested, record.labels.known_on)
    if newest > record.as_of:
        raise DataError(
            f"leak: rows or labels of {newest} were used as of {record.as_of}: expected nothing later than "
            "that day"
        )
    if record.split_kind == "group and time split" and last_trained >= first_tested:
        raise DataError(
            f"leak: training ends on {last_trained} and the test begins on {first_tested}: expected "
            "training to end before (split.out_of_time)"
        )
    if record.champion_holdout is not None:
        learned = int(record.champion_holdout.select_tested(trained[entity].combine_chunks()).sum())
        if learned:
            raise DataError(
                f"leak: {learned} of {len(trained)} training rows are about entities that candidates are "
                f"tested on while this champion serves ({record.champion_holdout.to_text()}): expected none"
            )
    for whose, holdout in (
        ("training", record.holdout),
        ("the champion's training", record.champion_holdout),
    ):
        if holdout is not None and not (seen := holdout.select(tested[entity].combine_chunks())).all():
            raise DataError(
                f"leak: {int((~seen).sum())} of {len(tested)} test rows are about entities of {whose} "
                f"({holdout.to_text()}): expected none"
            )
