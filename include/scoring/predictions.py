"""The file of predictions: entity, time and score of each row, and a stamp that leads back to everything.

The column of the scores is called ``score``. Where the model's entity or time is called so too, it has a name
that no column of a user can have.

The stamp stands in the file itself, as Parquet key-value metadata, so that a file somebody was sent still
says which model, which data and which run it came from.
"""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from include.data.arrow_numpy import to_numpy
from include.data.arrow_schema import columns_schema
from include.data.read_snapshot import is_damaged
from include.errors import DataError, StorageError
from include.names import internal
from include.records import FORMAT, RecordKind
from include.scoring.distribution import Distribution, ScoreSummary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np

    from include.config.schema import ModelConfig

SCORE = "score"
_OTHERWISE = internal(SCORE)
_PREFIX = "mlops."
STAMP = RecordKind(name="stamp of predictions", remedy="remove the file and score its delivery again")


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """Where predictions come from.

    :param model: the model's name.
    :param version: the version in the model registry that made them.
    :param partition: ISO date of the delivery they are about.
    :param snapshot_md5: DVC's digest of the snapshot that was scored.
    :param registry_commit: commit of the data registry that introduced this snapshot.
    :param training_run: MLflow run of the version.
    :param airflow_run: Airflow task that scored, as ``dag/run/task``.
    :param as_of: ISO date of the run that scored.
    """

    model: str
    version: str
    partition: str
    snapshot_md5: str
    registry_commit: str
    training_run: str
    airflow_run: str
    as_of: str

    def to_metadata(self) -> dict[str, str]:
        """Return the stamp as Parquet key-value metadata."""
        fields = STAMP.stamp(dataclasses.asdict(self))
        return {f"{_PREFIX}{name}": str(value) for name, value in fields.items()}


def predictions_schema(config: ModelConfig) -> pa.Schema:
    """Return the Arrow schema of a predictions file.

    :param config: the model's configuration.
    """
    keys = columns_schema(config, (config.entity.column, config.time.column))
    score = _OTHERWISE if SCORE in keys.names else SCORE
    return keys.append(pa.field(score, pa.float64(), nullable=False))


def read_stamp(path: Path) -> Stamp:
    """Return where the predictions in a file come from.

    :param path: a predictions file.
    :raises DataError: it is not a readable Parquet file, or has no complete stamp, or one of a newer format.
    :raises StorageError: the disk fails to give it.
    """
    with _open(path) as parquet:
        found = {key.decode(): value.decode() for key, value in (parquet.metadata.metadata or {}).items()}
    names = [field.name for field in dataclasses.fields(Stamp)]
    missing = [name for name in names if f"{_PREFIX}{name}" not in found]
    written = found.get(f"{_PREFIX}{FORMAT}", "1")
    try:
        STAMP.check(int(written) if written.isdecimal() else written)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    if missing:
        raise DataError(
            f"{path} has no complete stamp (missing: {', '.join(missing)}): it is not a predictions file of "
            "this project; remove it and score again"
        )
    return Stamp(**{name: found[f"{_PREFIX}{name}"] for name in names})


def read_scores(path: Path) -> np.ndarray:
    """Return the scores of a predictions file, float64 of shape (n,), in the order of its rows.

    :param path: a predictions file.
    :raises DataError: it is not a readable Parquet file, or has no scores.
    :raises StorageError: the disk fails to give it.
    """
    with _open(path) as parquet:
        score = _score_column(parquet)
        return to_numpy(parquet.read(columns=[score])[score])


def describe_predictions(path: Path) -> Distribution:
    """Return how the scores of a predictions file are spread.

    :param path: a predictions file.
    :raises DataError: it is not a readable Parquet file, or has no scores.
    :raises StorageError: the disk fails to give it.
    """
    with _open(path) as parquet:
        score, summary = _score_column(parquet), ScoreSummary()
        for group in range(parquet.num_row_groups):
            summary.add(to_numpy(parquet.read_row_group(group, columns=[score])[score]))
    return summary.result()


@contextmanager
def _open(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a predictions file; what can go wrong is said with what to do."""
    try:
        with pq.ParquetFile(path) as parquet:
            types = {field.name: field.type for field in parquet.schema_arrow}
            found = types.get(_score_column(parquet), "no such column")
            if found == pa.float64():
                yield parquet
                return
    except (pa.ArrowException, OSError) as error:
        if is_damaged(error):
            raise DataError(
                f"{path} is not a readable Parquet file ({error}): remove it and score its delivery again"
            ) from error
        raise StorageError(f"{path} could not be read ({error}): check the disk, then retry") from error
    raise DataError(
        f"{path} is not a predictions file ({SCORE}: found {found}, expected double): remove it and score "
        "its delivery again"
    )


def _score_column(parquet: pq.ParquetFile) -> str:
    """Return the name of the column that holds the scores."""
    return _OTHERWISE if _OTHERWISE in parquet.schema_arrow.names else SCORE
