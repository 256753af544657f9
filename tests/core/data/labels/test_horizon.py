"""The label of an event within a horizon: what it is, since when it is known, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.labels import open_labels
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core

APRIL, MAY, JUNE, JULY, AUGUST = "2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31", "2005-08-31"
DUE = "2005-07-09"  # 60 days and 10 after April
EVENT = {"event": "lost_on", "horizon_days": 60, "delay_days": 10, "column": "lost_on_within_60_days"}


@pytest.fixture
def config(make_config):
    return make_config(target=EVENT)


@pytest.fixture
def delivery(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes one delivery of (entity, date, date of the event)."""

    def write(name: str, *rows: tuple[int, str, str | None]) -> Path:
        ids, dates, events = zip(*rows, strict=True)
        days = [[one and date.fromisoformat(one) for one in column] for column in (dates, events)]
        table = {
            "customer_id": pa.array(ids, pa.int64()),
            "as_of": pa.array(days[0], pa.date32()),
            "lost_on": pa.array(days[1], pa.date32()),
        }
        pq.write_table(pa.table(table), tmp_path / f"{name}.parquet")
        return tmp_path / f"{name}.parquet"

    return write


def known(labels) -> dict[int, int]:
    return dict(sorted(zip(labels.keys.to_pylist(), labels.targets.tolist(), strict=True)))


def test_the_horizon_begins_and_ends_with_its_days(of_april, delivery):
    rows = [(1, APRIL, APRIL), (2, APRIL, "2005-06-29"), (3, APRIL, JUNE), (4, APRIL, None)]
    labels = of_april({JULY: delivery("july", *rows)}, JULY)
    assert known(labels) == {1: 1, 2: 1, 3: 0, 4: 0}, "29 June is the 60th day, and 30 June is late"


def test_an_early_event_gives_no_label_before_the_end(of_april, delivery):
    deliveries = {MAY: delivery("may", (1, APRIL, "2005-05-20")), JULY: delivery("july", (2, APRIL, None))}
    assert of_april(deliveries, JUNE) is None, "it is seen, and its horizon is not over"
    assert of_april(deliveries, "2005-07-30") is None, "it is over, and no delivery has said what there was"
    labels = of_april(deliveries, JULY)
    assert known(labels) == {1: 1, 2: 0}
    assert (labels.known_on, labels.repeated, labels.corrected) == (JULY, 0, 0)


def test_an_event_that_comes_corrects_nothing_and_one_that_is_revoked_later_does(of_april, delivery):
    deliveries = {
        MAY: delivery("may", (1, APRIL, None), (2, APRIL, "2005-05-20"), (3, APRIL, None)),
        JULY: delivery("july", (1, APRIL, "2005-06-02"), (2, APRIL, None), (3, APRIL, None)),
        AUGUST: delivery("august", (1, APRIL, "2005-06-02"), (2, APRIL, None), (3, APRIL, "2005-06-20")),
    }
    july, august = (of_april(deliveries, as_of) for as_of in (JULY, AUGUST))
    assert (known(july), july.corrected, july.repeated) == ({1: 1, 2: 0, 3: 0}, 0, 0)
    assert (known(august), august.corrected, august.repeated) == ({1: 1, 2: 0, 3: 1}, 1, 0)
    assert known(of_april(deliveries, JULY)) == known(july), "what was known in July stays what it was"


def test_the_lag_of_reporting_comes_after_the_horizon(of_april, delivery):
    rows = (1, APRIL, None)
    before, on = {"2005-07-08": delivery("early", rows)}, {DUE: delivery("due", rows)}
    assert of_april(before, AUGUST) is None
    assert known(of_april(on, DUE)) == {1: 0}


def test_an_event_before_its_row_is_refused_with_the_row(of_april, delivery):
    rows = [(1, APRIL, MAY), (2, APRIL, "1970-01-01"), (3, APRIL, "2005-04-29")]
    with pytest.raises(
        DataError,
        match=r"labels of 2005-07-31 about 2005-04-30: 2 of 3 dates of lost_on are earlier than their row "
        r"\(row 2: lost_on 1970-01-01, as_of 2005-04-30; row 3: .*expected the day of an event.*deliver this",
    ):
        of_april({JULY: delivery("july", *rows)}, JULY)


def test_an_event_after_its_delivery_is_refused_with_the_row(of_april, delivery):
    rows = [(1, APRIL, JULY), (2, APRIL, "2005-08-01")]
    with pytest.raises(DataError, match=r"1 of 2 dates of lost_on lie in the future of 2005-07-31.*\(row 2:"):
        of_april({JULY: delivery("july", *rows)}, AUGUST)


def test_two_events_of_a_row_in_one_delivery_are_refused(of_april, delivery):
    rows = [(1, APRIL, None), (1, APRIL, MAY)]
    with pytest.raises(DataError, match="1 rows have two different values in this delivery"):
        of_april({JULY: delivery("july", *rows)}, JULY)


class TestAmongTheFeatures:
    """The event stands in the features table, which is delivered again when it comes."""

    @pytest.fixture
    def config(self, make_config):
        return make_config(source={"labels": None}, target=EVENT)

    def test_labels_are_known_when_horizon_and_lag_are_over(self, config, delivery):
        april = delivery("april", (1, APRIL, MAY), (2, APRIL, None), (3, APRIL, AUGUST))
        tables = {"features": {APRIL: april}}
        assert open_labels(tables, config, "2005-07-08").of(APRIL) is None
        labels = open_labels(tables, config, DUE).of(APRIL)
        assert known(labels) == {1: 1, 2: 0, 3: 0}
        assert labels.known_on == DUE

    def test_an_event_before_its_row_is_refused(self, config, delivery):
        april = delivery("april", (1, APRIL, None), (2, APRIL, "2005-04-29"))
        with pytest.raises(DataError, match=r"features of 2005-04-30: 1 of 2 .*\(row 2: lost_on 2005-04-29"):
            open_labels({"features": {APRIL: april}}, config, AUGUST).of(APRIL)


def test_a_table_cut_by_the_time_of_its_rows_says_what_there_is_now(make_config, delivery):
    """Its partitions are not named by the day on which they were known: they are found changed."""
    cut = {"uri": "outcomes.csv", "format": "csv", "partition_by": {"column": "as_of", "every": "month"}}
    config = make_config(source={"labels": cut}, target=EVENT)
    tables = {"labels": {APRIL: delivery("april", (1, APRIL, MAY), (2, APRIL, JULY), (3, APRIL, None))}}
    assert open_labels(tables, config, JUNE).of(APRIL) is None
    assert known(open_labels(tables, config, DUE).of(APRIL)) == {1: 1, 2: 0, 3: 0}
