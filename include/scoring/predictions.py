"""The file of predictions: entity, time and answer for each row, and a stamp that leads back to everything.

Where rows are events, the row key stands between entity and time. The weight of a row stands beside them,
where it has one, so that whoever measures the answers needs no other file.

The task says which columns hold the answer (:mod:`include.scoring.outputs`): ``score`` for two classes,
``prediction`` for a number, ``prediction`` and ``scores`` for more classes. Where the model's entity or time
is called so too, the column has a name that no column of a user can have.

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
from include.scoring.outputs import OUTPUTS
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy as np

    from include.config.schema import ModelConfig

_PREFIX = "mlops."
_CLASSES = f"{_PREFIX}classes"
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


def kept_columns(config: ModelConfig) -> tuple[str, ...]:
    """Return the columns of a delivery that its predictions repeat: whose and when, and what it weighs.

    :param config: the model's configuration.
    """
    return (*config.row_columns, *config.weight_columns)


def predictions_schema(config: ModelConfig) -> pa.Schema:
    """Return the Arrow schema of a predictions file.

    :param config: the model's configuration.
    """
    keys = columns_schema(config, kept_columns(config))
    answers = [
        pa.field(internal(name) if name in keys.names else name, kind, nullable=False)
        for name, kind in OUTPUTS[config.task].columns.items()
    ]
    return pa.schema([*keys, *answers])


def metadata_of(stamp: Stamp, config: ModelConfig) -> dict[str, str]:
    """Return the metadata of a predictions file: its stamp, and whose probabilities the answers are.

    :param stamp: where the predictions come from.
    :param config: the model's configuration.
    """
    classes = {_CLASSES: _listed(config)} if config.target.classes else {}
    return {**stamp.to_metadata(), **classes}


def _listed(config: ModelConfig) -> str:
    """Return the classes as text, in the order of their probabilities."""
    return to_json(list(config.target.classes))


def _is_of_classes(parquet: pq.ParquetFile, config: ModelConfig) -> bool:
    """Tell whether answers stand for the classes of today, in their order; so do those that don't say."""
    found = (parquet.metadata.metadata or {}).get(_CLASSES.encode())
    return found is None or found.decode(errors="replace") == _listed(config)


def repetitive(config: ModelConfig) -> list[str]:
    """Return the columns of a predictions file that say the same over and over."""
    return [config.time.column] if config.time.type == "date" else []


def read_stamp(path: Path) -> Stamp:
    """Return where the predictions in a file come from.

    :param path: a predictions file.
    :raises DataError: it is not a readable Parquet file, or has no complete stamp, or one of a newer format.
    :raises StorageError: the disk fails to give it.
    """
    with explained_predictions(path), pq.ParquetFile(path) as parquet:
        return stamp_of(parquet.metadata.metadata, str(path))


def stamp_of(metadata: Mapping[bytes, bytes] | None, where: str) -> Stamp:
    """Return the stamp in the metadata of a Parquet file.

    :param metadata: key and value, as pyarrow reads them.
    :param where: the file, for messages.
    :raises DataError: there is no complete stamp, or one of a newer format.
    """
    found = {
        key.decode(errors="replace"): value.decode(errors="replace")
        for key, value in (metadata or {}).items()
    }
    names = [field.name for field in dataclasses.fields(Stamp)]
    missing = [name for name in names if f"{_PREFIX}{name}" not in found]
    written = found.get(f"{_PREFIX}{FORMAT}", "1")
    try:
        STAMP.check(int(written) if written.isdecimal() else written)
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
    if missing:
        raise DataError(
            f"{where} has no complete stamp (missing: {', '.join(missing)}): it is not a predictions file of "
            "this project; remove it and score again"
        )
    return Stamp(**{name: found[f"{_PREFIX}{name}"] for name in names})


def names_rows(path: Path, config: ModelConfig) -> bool:
    """Tell whether a file says which rows its predictions are about, what they weigh, and which classes.

    :param path: a predictions file; one from before the model's rows had keys or weights does not, nor one of
        other classes than ``target.classes`` lists now, or in another order.
    :param config: the model's configuration.
    :raises DataError: it is not a readable Parquet file.
    :raises StorageError: the disk fails to give it.
    """
    with explained_predictions(path), pq.ParquetFile(path) as parquet:
        found = {field.name: field.type for field in parquet.schema_arrow}
        if not _is_of_classes(parquet, config):
            return False
    expected = columns_schema(config, kept_columns(config))
    return all(found.get(field.name) == field.type for field in expected)


def read_scores(path: Path, config: ModelConfig) -> np.ndarray:
    """Return what a model answered, float64 of shape (n,) or (n, k), in the order of the rows.

    :param path: a predictions file.
    :param config: the model's configuration.
    :raises DataError: it is not a readable Parquet file, or has no predictions of this task.
    :raises StorageError: the disk fails to give it.
    """
    with _open(path, config) as (parquet, column):
        return _answers(parquet.read(columns=[column]))


def describe_predictions(path: Path, config: ModelConfig) -> Distribution:
    """Return how the answers in a predictions file are spread.

    :param path: a predictions file.
    :param config: the model's configuration.
    :raises DataError: it is not a readable Parquet file, or has no predictions of this task.
    :raises StorageError: the disk fails to give it.
    """
    with _open(path, config) as (parquet, column):
        summary = summary_of(config)
        for group in range(parquet.num_row_groups):
            summary.add(_answers(parquet.read_row_group(group, columns=[column])))
    return summary.result()


def summary_of(config: ModelConfig) -> ScoreSummary:
    """Return what takes the answers of a model batch by batch and knows their distribution in the end."""
    output = OUTPUTS[config.task]
    return ScoreSummary(words=output.words, classes=config.target.classes, halves=output.halves)


def _answers(table: pa.Table) -> np.ndarray:
    """Return a column of answers as an array: a list of k numbers in each row has the shape (n, k)."""
    column = table.column(0).combine_chunks()
    if pa.types.is_list(column.type):
        return to_numpy(column.flatten()).reshape(len(column), -1)
    return to_numpy(column)


@contextmanager
def explained_predictions(path: Path) -> Iterator[None]:
    """Turn what can go wrong while reading a predictions file into errors that say what to do."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if is_damaged(error):
            raise DataError(
                f"{path} is not a readable Parquet file ({error}): remove it and score its delivery again"
            ) from error
        raise StorageError(f"{path} could not be read ({error}): check the disk, then retry") from error


@contextmanager
def _open(path: Path, config: ModelConfig) -> Iterator[tuple[pq.ParquetFile, str]]:
    """Open a predictions file, and find the column of its answers; what can go wrong is said."""
    output = OUTPUTS[config.task]
    expected = output.columns[output.answers]
    with explained_predictions(path), pq.ParquetFile(path) as parquet:
        types = {field.name: field.type for field in parquet.schema_arrow}
        column = internal(output.answers) if internal(output.answers) in types else output.answers
        found = types.get(column, "no such column")
        if isinstance(found, pa.DataType) and _alike(found, expected):
            if not _is_of_classes(parquet, config):
                raise DataError(
                    f"{path} holds probabilities of other classes than target.classes in model.yaml lists "
                    f"now ({_listed(config)}), or in another order: give it the order back that the version "
                    "was trained with, or train a new one"
                )
            yield parquet, column
            return
    raise DataError(
        f"{path} is not a predictions file ({output.answers}: found {found}, expected {expected}): remove it "
        "and score its delivery again"
    )


def _alike(found: pa.DataType, expected: pa.DataType) -> bool:
    """Tell whether two types are the same, whatever Parquet calls the items of a list."""
    if pa.types.is_list(found) and pa.types.is_list(expected):
        return bool(found.value_type == expected.value_type)
    return bool(found == expected)
