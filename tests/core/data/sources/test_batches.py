"""Batches are as large as memory has room for, and a long reading says how far it is."""

from __future__ import annotations

import logging

import pytest

from include.data.sources.batches import BatchSize
from include.data.sources.progress import Progress

pytestmark = pytest.mark.core


def test_batches_grow_to_the_limit_and_shrink_with_long_rows() -> None:
    batch = BatchSize(rows=20_000, size=1_000_000)
    sizes = [batch.rows]
    for text in ("", "", "", "x" * 10_000, "x" * 10_000_000, "x" * 5_000):
        batch.learn([(text,)] * min(batch.rows, 300))
        sizes.append(batch.rows)

    assert sizes[:3] == [500, 2_000, 8_000]
    assert sizes[3] == 20_000
    assert sizes[4] == 1_000_000 // (10_000 + 49)
    assert sizes[5:] == [1, 4], "one row at least, and a step at a time"


def test_a_line_every_half_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    times = iter([0.0, 10.0, 31.0, 59.0, 62.0, 70.0])
    progress = Progress("sql://warehouse", 4000, clock=lambda: next(times))

    for rows in (500, 1000, 2000, 3000):
        progress.show(rows)
    progress.end(4000)

    assert [record.getMessage() for record in caplog.records] == [
        "sql://warehouse: 1,000 of 4,000 rows after 31 s",
        "sql://warehouse: 3,000 of 4,000 rows after 62 s",
        "sql://warehouse: 4,000 rows in 70.0 s",
    ]
