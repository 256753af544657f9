"""A delivery with days that can't be is refused when it is read, with its file and its rows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.labels.base import Rows
from include.data.labels.impossible_days import check_delivery, refuse_impossible
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.core

APRIL, JUNE = "2005-04-30", "2005-06-30"
EVENT = {"event": "lost_on", "horizon_days": 60, "delay_days": 0, "column": "lost_on_within_60_days"}
LABELS = {"uri": "labels/{partition}.csv", "format": "csv"}
NOW = datetime(2005, 7, 1, 9, tzinfo=UTC)


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., None]:
    """Return a function that checks rows of (time, day) as one delivery."""

    def run(config: ModelConfig, *rows: tuple[Any, str | None], now: datetime | None = NOW) -> None:
        times, days = zip(*rows, strict=True)
        own = config.target.event or "decided_on"
        clock = pa.timestamp("us", "UTC") if config.time.type == "timestamp" else pa.date32()
        table = {
            "as_of": pa.array([_day(one) for one in times], clock),
            own: pa.array([_day(one) for one in days], pa.date32()),
        }
        pq.write_table(pa.table(table), tmp_path / "snapshot.parquet")
        table_name = "labels" if config.source.labels else "features"
        check_delivery(
            tmp_path / "snapshot.parquet", table=table_name, partition=JUNE, config=config, now=now,
            origin="s3://bucket/june.csv",
        )  # fmt: skip

    return run


def _day(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


def test_events_before_their_row_and_of_1970_are_refused_with_file_and_rows(make_config, check):
    config = make_config(source={"labels": None}, target=EVENT)
    check(config, (APRIL, APRIL), (APRIL, None))
    with pytest.raises(
        DataError,
        match=r"^s3://bucket/june.csv: 2 of 4 dates of lost_on are earlier than their row \(row 2: lost_on "
        r"2005-04-29, as_of 2005-04-30; row 4: lost_on 1970-01-01, .*\): expected the day of an event on or "
        r"after the row's own as_of, one that has happened, or nothing; correct the column",
    ):
        check(config, (APRIL, APRIL), (APRIL, "2005-04-29"), (APRIL, None), (APRIL, "1970-01-01"))


def test_an_event_that_has_not_happened_anywhere_is_refused_among_the_features(make_config, check):
    config = make_config(source={"labels": None}, target=EVENT)
    check(config, (APRIL, "2005-07-01"))
    check(config, (APRIL, "2005-07-02"), now=datetime(2005, 7, 1, 10, tzinfo=UTC))
    with pytest.raises(DataError, match=r"1 of 1 dates of lost_on lie in the future of 2005-07-01 \(row 1:"):
        check(config, (APRIL, "2005-07-02"))
    check(config, (APRIL, "9999-12-31"), now=None)


@pytest.mark.parametrize(("day", "shown"), [(3_663_691, "12000-11-05"), (-800_000, "-221-09-04")])
def test_a_day_beyond_the_calendar_of_python_is_shown(make_config, day, shown):
    config = make_config(source={"labels": None}, target=EVENT)
    rows = Rows(where="june", days=np.array([12_903]), places=np.array([0]), latest=JUNE)
    with pytest.raises(DataError, match=f"row 1: lost_on {shown}"):
        refuse_impossible(np.array([day]), rows, config)


def test_a_delivery_named_by_its_day_knows_no_later_event(make_config, check):
    config = make_config(source={"labels": LABELS}, target=EVENT)
    check(config, (APRIL, JUNE))
    with pytest.raises(DataError, match=r"lie in the future of 2005-06-30 \(row 1: lost_on 2005-07-01"):
        check(config, (APRIL, "2005-07-01"))
    with pytest.raises(DataError, match="lie in the future of 2005-06-30"):
        check(config, (APRIL, "2005-07-01"), now=None)


def test_a_label_is_known_on_the_day_of_its_row_at_the_earliest_and_today_at_the_latest(make_config, check):
    config = make_config(source={"labels": LABELS | {"known_on": "decided_on"}})
    check(config, (APRIL, APRIL), (APRIL, "2005-07-01"))
    with pytest.raises(DataError, match=r"expected the day on which the label became known, the row's own"):
        check(config, (APRIL, APRIL), (APRIL, "2005-04-29"))
    with pytest.raises(DataError, match=r"decided_on lie in the future of 2005-07-01 \(row 2"):
        check(config, (APRIL, APRIL), (APRIL, "2005-07-03"))
    check(config, (APRIL, "2005-07-03"), now=None)


def test_a_row_is_of_the_day_by_its_own_clocks(make_config, check):
    clock = {"type": "timestamp", "timezone": "America/Los_Angeles"}
    config = make_config(time=clock, source={"labels": None}, target=EVENT)
    late_evening = datetime(2005, 5, 1, 6, 30, tzinfo=UTC)
    check(config, (late_evening, APRIL))
    with pytest.raises(DataError, match=r"row 1: lost_on 2005-04-30, as_of 2005-05-01"):
        check(config, (datetime(2005, 5, 1, 7, tzinfo=UTC), APRIL))


def test_other_tables_and_other_targets_have_no_such_days(make_config, tmp_path):
    nothing = tmp_path / "nothing.parquet"
    for config, table in (
        (make_config(), "labels"),
        (make_config(source={"labels": LABELS}, target=EVENT), "features"),
    ):
        check_delivery(nothing, table=table, partition=JUNE, config=config, now=NOW, origin="o")
