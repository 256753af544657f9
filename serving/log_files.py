"""The files of the request log: which columns they have, and how each is there whole or not at all."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import S3FileSystem

from include.data.atomic_file import whole_file
from include.data.schema import COMPRESSION
from include.errors import ConfigError, StorageError
from include.names import internal
from include.scoring.outputs import OUTPUTS
from include.training.predictors import PREDICTORS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from include.config.schema import ModelConfig
    from serving.lineup import Answer

VERSION, REQUEST, RECEIVED = internal("version"), internal("request"), internal("received")
_MOMENT = pa.timestamp("us", "UTC")
_ENTITY_TYPES = {"integer": pa.int64(), "string": pa.string()}


class Logged(NamedTuple):
    """A request with its answer.

    :param received: seconds since 1970.
    :param request: its id, which the answer's header ``x-request-id`` shows.
    :param frame: the features, as the model was asked.
    :param keys: entity and row key of each row, where the request names them.
    :param answer: what it was answered.
    """

    received: float
    request: str
    frame: pd.DataFrame
    keys: Mapping[str, Sequence[Any]]
    answer: Answer


def logged_features(config: ModelConfig) -> tuple[str, ...]:
    """Return the features that are logged: all but the sensitive ones.

    :param config: the model's configuration, which names those.
    """
    return tuple(name for name in config.feature_names if name not in config.sensitive)


def log_table(requests: Sequence[Logged], config: ModelConfig) -> pa.Table:
    """Return requests and answers as a table, a row for each row that was asked about.

    Entity, row key and time come first, as in a delivery; then the features that are not sensitive, the
    answer as a file of predictions has it, and which version gave it, in which request, and when.

    :param requests: at least one.
    :param config: the model's configuration.
    """
    lengths = [len(one.frame) for one in requests]
    received = [datetime.fromtimestamp(one.received, UTC) for one in requests]
    columns: dict[str, pa.Array | pa.ChunkedArray] = _keys(requests, config)
    columns[config.time.column] = _times(received, lengths, config)
    for name in logged_features(config):
        kind = pa.float64() if name in config.features.numeric else pa.string()
        chunks = [pa.array(one.frame[name].to_numpy(), from_pandas=True, type=kind) for one in requests]
        columns[name] = pa.chunked_array(chunks)
    output = OUTPUTS[config.task]
    answers = PREDICTORS[config.task].answer(np.concatenate([one.answer.values for one in requests]))
    for name, column in zip(output.columns, output.write(answers, config), strict=True):
        columns[internal(name) if name in columns else name] = column
    columns[VERSION] = pa.array(list(chain.from_iterable(map(_versions, requests))), pa.string())
    columns[REQUEST] = _repeat([one.request for one in requests], lengths, pa.string())
    columns[RECEIVED] = _repeat(received, lengths, _MOMENT)
    return pa.table(columns)


def _keys(requests: Sequence[Logged], config: ModelConfig) -> dict[str, pa.Array]:
    """Return the columns that say whose row it is and which; null where the request did not."""
    found = {}
    for name in dict.fromkeys((config.entity.column, config.row_key)):
        kind = _ENTITY_TYPES[config.entity.type] if name == config.entity.column else pa.string()
        values = chain.from_iterable(one.keys.get(name) or [None] * len(one.frame) for one in requests)
        found[name] = pa.array([_as(value, kind) for value in values], kind)
    return found


def _times(received: Sequence[datetime], lengths: Sequence[int], config: ModelConfig) -> pa.Array:
    """Return the column of the time that rows are of: when they were asked about."""
    if config.time.type == "date":
        return _repeat([moment.date() for moment in received], lengths, pa.date32())
    return _repeat(received, lengths, _MOMENT)


def _as(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    return int(value) if pa.types.is_integer(kind) else str(value)


def _repeat(values: Sequence[Any], times: Sequence[int], kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind).take(pa.array(np.repeat(np.arange(len(values)), times)))


def _versions(one: Logged) -> list[str]:
    """Return for each row of a request the version that answered it."""
    answer = one.answer
    if answer.challenged is None:
        return [answer.version] * len(one.frame)
    return [answer.challenger if challenged else answer.version for challenged in answer.challenged.tolist()]


@dataclass(frozen=True)
class LogFolder:
    """Where the files go: ``<root>/models/<model>/requests/as_of=<day>/<time>-<server>-<number>.parquet``.

    :param root: ``file:///folder`` or ``s3://bucket/prefix``; S3 is reached with the variables of AWS.
    :param model: the model's name.
    """

    root: str
    model: str
    _server: str = field(default_factory=lambda: secrets.token_hex(4), repr=False)

    def __post_init__(self) -> None:
        where = urlsplit(self.root)
        if where.scheme not in {"file", "s3"} or (where.scheme == "s3") != bool(where.netloc):
            raise ConfigError(f"--log-to is {self.root!r}; expected file:///a/folder or s3://bucket/prefix.")

    def write(self, table: pa.Table, day: str) -> str:
        """Write a file, which is there whole or not at all; return where it is.

        :param table: what goes into it.
        :param day: ISO date that the requests are of.
        :raises StorageError: the disk or the store does not take it.
        """
        now = datetime.now(UTC).strftime("%H%M%S%f")
        key = f"models/{self.model}/requests/as_of={day}/{now}-{self._server}.parquet"
        where = urlsplit(self.root)
        if where.scheme == "file":
            target = Path(unquote(where.path)) / key
            with whole_file(target) as temporary:
                pq.write_table(table, temporary, compression=COMPRESSION)
            return str(target)
        return _write_s3(table, f"{where.netloc}/{where.path.strip('/')}/{key}".replace("//", "/"))


def _write_s3(table: pa.Table, path: str) -> str:
    """Write an object in one request: S3 shows it when all of it is there."""
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, compression=COMPRESSION)
    try:
        store = S3FileSystem(
            endpoint_override=os.environ.get("AWS_ENDPOINT_URL") or None,
            region=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
        )
        with store.open_output_stream(path) as stream:
            stream.write(buffer.getvalue())
    except OSError as error:
        raise StorageError(
            f"s3://{path} could not be written ({error}): requests are kept and tried again"
        ) from error
    return f"s3://{path}"
