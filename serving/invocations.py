"""From the body of a request to the body of its answer, in one thread and without the server around it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from serving.csv_body import csv_names, read_csv
from serving.frame import build_frame, check_names, read_column
from serving.json_body import read_json
from serving.log_files import Logged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.config.schema import ModelConfig
    from serving.lineup import Answer, Lineup
    from serving.metrics import Metrics
    from serving.request_log import RequestLog

JSON, CSV = "application/json", "text/csv"


@dataclass(frozen=True, kw_only=True)
class Invocations:
    """Answers requests.

    :param config: the model's configuration.
    :param metrics: told which version answered how many rows.
    :param log: takes requests with their answers; None keeps none.
    :param max_rows: rows that one request may have.
    """

    config: ModelConfig
    metrics: Metrics
    log: RequestLog | None
    max_rows: int

    def answer(self, content: bytes, media: str, lineup: Lineup, request: str) -> tuple[bytes, str]:
        """Return the body of the answer, as MLflow's scoring server writes it, and who gave it.

        :param content: the body of the request.
        :param media: :data:`JSON` or :data:`CSV`.
        :param lineup: who answers.
        :param request: id of the request, for the log.
        :raises Refusal: the request can't be answered.
        :raises ModelError: the model fails.
        """
        received = time.time()
        signature = lineup.main.signature
        extras = self._extras(signature.kinds)
        columns: Mapping[str, Sequence[Any]]
        if media == CSV:
            names = csv_names(content)
            check_names(names, signature, extras)
            columns, _ = read_csv(content, names, signature, extras, self.max_rows)
        else:
            columns, _ = read_json(content, self.max_rows)
            check_names(columns.keys(), signature, extras)
        frame = build_frame(columns, signature)
        keys = self._keys(columns, extras, media)
        answer = lineup.answer(frame, keys.get(self.config.entity.column))
        self._count(answer, len(frame))
        if self.log is not None:
            self.log.offer(Logged(received, request, frame, keys, answer))
        values = np.ascontiguousarray(answer.values)
        return orjson.dumps({"predictions": values}, option=orjson.OPT_SERIALIZE_NUMPY), _who(answer)

    def _extras(self, features: Mapping[str, str]) -> dict[str, str]:
        """Return the columns that a request may have besides the features, with their types."""
        config = self.config
        entity = "long" if config.entity.type == "integer" else "string"
        found = {config.time.column: "string", config.row_key: "string", config.entity.column: entity}
        return {name: kind for name, kind in found.items() if name not in features}

    def _keys(
        self, columns: Mapping[str, Sequence[Any]], extras: Mapping[str, str], media: str
    ) -> dict[str, Any]:
        """Return entity and row key of each row, checked, where a request has them."""
        keys: dict[str, Any] = {}
        for name, kind in extras.items():
            if name in columns and name != self.config.time.column:
                read_column(name, columns[name], kind)
                keys[name] = columns[name].to_pylist() if media == CSV else columns[name]  # type: ignore[attr-defined]
        if (entity := self.config.entity.column) in columns and entity not in keys:  # a feature, too
            keys[entity] = columns[entity].to_pylist() if media == CSV else columns[entity]  # type: ignore[attr-defined]
        return keys

    def _count(self, answer: Answer, rows: int) -> None:
        challenged = int(answer.challenged.sum()) if answer.challenged is not None else 0
        if rows > challenged:
            self.metrics.rows.labels(answer.version).inc(rows - challenged)
        if challenged:
            self.metrics.rows.labels(answer.challenger).inc(challenged)
        if answer.fell_back:
            self.metrics.challenger_failures.inc()


def _who(answer: Answer) -> str:
    """Return which version answered; of two, how many rows each."""
    if answer.challenged is None:
        return answer.version
    challenged = int(answer.challenged.sum())
    ours = len(answer.challenged) - challenged
    return f"{answer.challenger}={challenged}" + (f", {answer.version}={ours}" if ours else "")
