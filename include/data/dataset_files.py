"""Write the files of a frozen dataset, and tell whether they are still the same."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from include.data.arrow_numpy import to_arrow
from include.data.arrow_schema import columns_schema
from include.data.dataset_record import RECORD_FILE, TEST_FILE, TRAIN_FILE, Dataset
from include.data.dominant import find_dominant
from include.data.leaks import check_no_leak
from include.data.read_snapshot import read_columns
from include.data.schema import COMPRESSION, ROWS_PER_GROUP
from include.data.targets import TARGETS
from include.errors import DataError, StorageError
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.config.schema import ModelConfig
    from include.data.labelled_rows import LabelledRows

_BLOCK = 1 << 20
_EPOCH = date(1970, 1, 1)


def write_dataset(
    train: Sequence[LabelledRows],
    test: Sequence[LabelledRows],
    *,
    features: Mapping[str, Path],
    config: ModelConfig,
    target_dir: Path,
    draft: Dataset,
) -> Dataset:
    """Write both sets and their record under temporary names, check them for leaks, then rename them.

    :param train: rows to train on, oldest partition first.
    :param test: rows to test on.
    :param features: observation date to canonical snapshot.
    :param config: the model's configuration.
    :param target_dir: where the files go; made when missing.
    :param draft: the record without digests.
    :return: the record with its digests.
    :raises DataError: when what was written leaks from test to training.
    :raises StorageError: when the disk fails or is full; what was there before stays.
    """
    try:
        target_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=target_dir) as building:
            place = Path(building)
            _write_rows(train, features, config, place / TRAIN_FILE)
            _write_rows(test, features, config, place / TEST_FILE)
            check_no_leak(place / TRAIN_FILE, place / TEST_FILE, config, draft)
            found = dataclasses.replace(draft, dominant=find_dominant(place / TRAIN_FILE, config))
            record = _with_digests(found, place, config)
            (place / RECORD_FILE).write_text(to_json(record.to_dict(), indent=2, sort_keys=True) + "\n")
            for name in (TRAIN_FILE, TEST_FILE, RECORD_FILE):
                (place / name).replace(target_dir / name)
    except OSError as error:
        raise StorageError(
            f"could not write the dataset to {target_dir} ({error}): free space, retry"
        ) from error
    return record


def check_frozen(path: Path, expected: str) -> None:
    """Make sure that a training or test set is the one that was frozen.

    :param path: the file.
    :param expected: the digest in the dataset's record.
    :raises DataError: it holds other bytes.
    """
    found = file_digest(path)
    if found != expected:
        raise DataError(
            f"{path.name} has changed since it was frozen: found sha256 {found}, expected {expected}; run "
            "prepare again"
        )


def file_digest(path: Path) -> str:
    """Return the sha256 of a file's bytes, as ``sha256sum`` prints it.

    :param path: the file.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _write_rows(
    parts: Sequence[LabelledRows], features: Mapping[str, Path], config: ModelConfig, path: Path
) -> None:
    """Write rows in the order of their partition and row key, one partition in memory at a time.

    Where a row's time is not the name of its partition, that is kept beside it.
    """
    watched = (*config.feature_names, *config.age_columns)
    columns = (*config.row_columns, *watched, *config.weight_columns)
    partition = config.partition_column
    extra = () if partition in columns else (partition,)
    schema = columns_schema(config, (*columns, *extra, config.target.column))
    repetitive = [partition, *config.features.categorical]  # on floats a dictionary costs twice the time
    options = {"compression": COMPRESSION, "store_schema": False, "use_dictionary": repetitive}
    write = TARGETS[config.task].write
    with pq.ParquetWriter(path, schema, **options) as writer:
        for part in parts:
            table = read_columns(features[part.partition], config, columns).take(to_arrow(part.rows))
            for name in extra:
                days = np.full(len(table), (date.fromisoformat(part.partition) - _EPOCH).days, dtype=np.int32)
                table = table.append_column(schema.field(name), to_arrow(days).view(pa.date32()))
            writer.write_table(
                table.append_column(schema.field(config.target.column), write(part.targets, config)),
                row_group_size=ROWS_PER_GROUP,
            )


def _with_digests(draft: Dataset, place: Path, config: ModelConfig) -> Dataset:
    """Return the record with the digests of what was written."""
    train, test = file_digest(place / TRAIN_FILE), file_digest(place / TEST_FILE)
    content: dict[str, Any] = {
        "train": train,
        "test": test,
        "split": config.split.model_dump(mode="json", exclude={"rotation"}),
        "features": list(draft.feature_names),
    }
    if draft.holdout is not None and (draft.holdout.start or draft.holdout.beside):
        content["holdout"] = dataclasses.asdict(draft.holdout)
    if draft.champion_holdout is not None:
        content["champion_holdout"] = dataclasses.asdict(draft.champion_holdout)
    digest = hashlib.sha256(to_json(content, sort_keys=True).encode()).hexdigest()
    return dataclasses.replace(draft, train_digest=train, test_digest=test, digest=digest)
