"""Requests and answers, kept as a delivery that monitoring can read: Parquet files below one folder a day.

Answering never waits for it: a request is offered to a queue that holds so many rows, and what finds no room
is counted and dropped. One thread turns the queue into files.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.errors import MlopsError, outside_task
from serving.log_files import log_table

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from serving.log_files import LogFolder, Logged
    from serving.metrics import Metrics

logger = logging.getLogger(__name__)

_ROWS_PER_FILE = 100_000
_ROWS_KEPT = 500_000  # while they can't be written


class RequestLog:
    """Takes requests without waiting, and writes them in a thread of its own.

    :param folder: where files go.
    :param config: the model's configuration, which says what is sensitive.
    :param metrics: told what was written and dropped.
    :param share: of the requests that are kept, from 0 to 1.
    :param seconds: between two files.
    :param room: rows that may wait.
    """

    def __init__(
        self,
        folder: LogFolder,
        config: ModelConfig,
        metrics: Metrics,
        *,
        share: float,
        seconds: float,
        room: int,
    ) -> None:
        self._folder, self._config, self._metrics = folder, config, metrics
        self._share, self._seconds = share, seconds
        self._queue: queue.SimpleQueue[Logged | None] = queue.SimpleQueue()
        self._room, self._lock = room, threading.Lock()
        self._chance = random.Random()  # noqa: S311 - which requests are kept is no secret
        self._kept: list[Logged] = []
        self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
        self._thread.start()

    def offer(self, one: Logged) -> None:
        """Take a request, or drop it: where the share leaves it out, and where there is no room.

        :param one: the request with its answer; nothing of it may change afterwards.
        """
        if self._share < 1 and self._chance.random() >= self._share:
            return
        rows = len(one.frame)
        with self._lock:
            fits = self._room >= rows
            self._room -= rows if fits else 0
        if fits:
            self._queue.put(one)
        else:
            self._metrics.dropped_rows.inc(rows)

    def close(self, timeout: float = 30.0) -> None:
        """Write what waits, and end.

        :param timeout: seconds to wait for that.
        """
        self._queue.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        due, open_ = time.monotonic() + self._seconds, True
        while open_:
            try:
                one = self._queue.get(timeout=max(0.0, due - time.monotonic()))
                open_ = one is not None
                if one is not None:
                    self._take(one)
            except queue.Empty:
                pass
            self._metrics.queued.set(self._queue.qsize())
            rows = sum(len(one.frame) for one in self._kept) if len(self._kept) % 64 == 0 else 0
            if not open_ or time.monotonic() >= due or rows >= _ROWS_PER_FILE:
                self._write()
                due = time.monotonic() + self._seconds

    def _take(self, one: Logged) -> None:
        """Make room for another."""
        self._kept.append(one)
        with self._lock:
            self._room += len(one.frame)

    def _write(self) -> None:
        """Write a file for each day that what was kept is of; what can't be written is kept a while."""
        days: dict[str, list[Logged]] = {}
        for one in self._kept:
            days.setdefault(datetime.fromtimestamp(one.received, UTC).date().isoformat(), []).append(one)
        failed: list[Logged] = []
        for day, requests in days.items():
            try:
                table = log_table(requests, self._config)
                self._folder.write(table, day)
                self._metrics.logged_rows.inc(table.num_rows)
            except MlopsError as error:
                logger.warning("%s", outside_task(error, "The next write tries again"))
                failed += requests
            except Exception:
                logger.exception("Requests could not be logged and are lost")
                self._metrics.dropped_rows.inc(sum(len(one.frame) for one in requests))
        self._kept = failed
        self._forget()

    def _forget(self) -> None:
        """Drop the oldest requests where more wait to be written than memory is meant for."""
        rows = sum(len(one.frame) for one in self._kept)
        while rows > _ROWS_KEPT:
            lost = len(self._kept.pop(0).frame)
            rows -= lost
            self._metrics.dropped_rows.inc(lost)
