"""Check what was written for leaks, by reading it back and not by trusting how it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.read_snapshot import read_columns
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Dataset

_SHOWN = 5


def check_no_leak(train: Path, test: Path, config: ModelConfig, record: Dataset) -> None:
    """Refuse a dataset in which training knows something of the test, or either knows the future.

    No entity may be in both; nothing observed and no label delivered after the record's ``as_of`` may be
    used; and where the border is the time too, training must end before the test begins.

    :param train: the training set.
    :param test: the test set.
    :param config: the model's configuration.
    :param record: what the sets claim to be.
    :raises DataError: when one of these does not hold; this is a defect of the split and not of the data.
    """
    import pyarrow.compute as pc

    entity, time = config.entity.column, config.time.column
    trained, tested = (read_columns(path, config, (entity, time)) for path in (train, test))
    shared = tested[entity].filter(pc.is_in(tested[entity], value_set=trained[entity].unique())).unique()
    if len(shared):
        raise DataError(
            f"leak: {len(shared)} values of {shown(entity)} are in training and test (such as "
            f"{', '.join(shown(str(one)) for one in shared[:_SHOWN].to_pylist())}): expected none; was the "
            "holdout's seed or share changed between two partitions?"
        )
    last_trained, first_tested, last_tested = (
        moment.as_py().isoformat()
        for moment in (pc.max(trained[time]), pc.min(tested[time]), pc.max(tested[time]))
    )
    newest = max(last_trained, last_tested, record.labels.known_on)
    if newest > record.as_of:
        raise DataError(
            f"leak: rows or labels of {newest} were used as of {record.as_of}: expected nothing later than "
            "that day"
        )
    if record.border == "entity and time" and last_trained >= first_tested:
        raise DataError(
            f"leak: training ends on {last_trained} and the test begins on {first_tested}: expected "
            "training to end before (split.out_of_time)"
        )
