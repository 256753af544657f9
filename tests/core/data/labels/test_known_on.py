"""Labels whose rows say since when each is known."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.labels import open_labels, what_day_decides
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core

APRIL, MAY, JUNE, JULY = "2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31"


@pytest.fixture
def config(make_config):
    return make_config(source={"labels": {"known_on": "known_on"}})


@pytest.fixture
def delivery(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes one delivery of (entity, date, target, known on)."""

    def write(name: str, *rows: tuple[int, str, int, str | None]) -> Path:
        ids, dates, targets, since = zip(*rows, strict=True)
        table = {
            "customer_id": pa.array(ids, pa.int64()),
            "as_of": pa.array(map(date.fromisoformat, dates), pa.date32()),
            "defaulted": pa.array(targets, pa.int8()),
            "known_on": pa.array([one and date.fromisoformat(one) for one in since], pa.date32()),
        }
        pq.write_table(pa.table(table), tmp_path / f"{name}.parquet")
        return tmp_path / f"{name}.parquet"

    return write


def known(labels) -> dict[int, int]:
    return dict(sorted(zip(labels.keys.to_pylist(), labels.targets.tolist(), strict=True)))


def test_a_label_counts_from_its_own_day(of_april, delivery):
    june = {JUNE: delivery("june", (1, APRIL, 1, MAY), (2, APRIL, 0, "2005-07-15"))}
    assert of_april(june, MAY) is None, "the delivery is not there yet"
    labels = of_april(june, JUNE)
    assert (known(labels), labels.known_on) == ({1: 1}, MAY)
    labels = of_april(june, "2005-07-15")
    assert (known(labels), labels.known_on) == ({1: 1, 2: 0}, "2005-07-15")


def test_a_label_may_be_known_on_the_day_of_its_row(of_april, delivery):
    assert known(of_april({APRIL: delivery("april", (1, APRIL, 1, APRIL))}, APRIL)) == {1: 1}


def test_the_last_day_wins_and_then_the_last_delivery(of_april, delivery):
    deliveries = {
        MAY: delivery("may", (1, APRIL, 0, "2005-05-20"), (2, APRIL, 0, "2005-05-10"), (3, APRIL, 1, MAY)),
        JUNE: delivery("june", (1, APRIL, 1, "2005-05-10"), (2, APRIL, 1, "2005-05-10"), (3, APRIL, 1, JUNE)),
    }
    labels = of_april(deliveries, JULY)
    assert known(labels) == {1: 0, 2: 1, 3: 1}, "of 1 the later day, of 2 the later delivery"
    assert (labels.corrected, labels.repeated) == (2, 1)
    assert known(of_april(deliveries, MAY)) == {1: 0, 2: 0, 3: 1}


def test_a_delivery_may_hold_the_history_of_a_row(of_april, delivery):
    history = [(1, APRIL, 0, MAY), (1, APRIL, 1, JUNE), (1, APRIL, 0, JULY)]
    april = {APRIL: delivery("april", *history)}
    for as_of, label in ((MAY, 0), (JUNE, 1), (JULY, 0)):
        assert known(of_april(april, as_of)) == {1: label}


def test_two_values_since_one_day_are_refused(of_april, delivery):
    rows = [(1, APRIL, 0, MAY), (1, APRIL, 1, MAY), (2, APRIL, 0, MAY), (2, APRIL, 1, "2005-05-30")]
    with pytest.raises(
        DataError,
        match=r"labels of 2005-06-30 about 2005-04-30: 1 rows have two different values that are known since "
        r"one day \(such as 1\): expected a later day for a correction",
    ):
        of_april({JUNE: delivery("june", *rows)}, JULY)


def test_a_label_known_before_its_row_is_refused_with_the_row(of_april, delivery):
    rows = [(1, APRIL, 0, MAY), (2, APRIL, 1, "2005-04-29"), (3, APRIL, 1, "1970-01-01")]
    with pytest.raises(
        DataError,
        match=r"labels of 2005-06-30: 2 of 3 dates of known_on are earlier than their row \(row 2: known_on "
        r"2005-04-29, as_of 2005-04-30; row 3: known_on 1970-01-01.*\): expected the day on which the label "
        "became known",
    ):
        of_april({JUNE: delivery("june", *rows)}, JULY)


def test_a_label_without_a_day_is_refused(of_april, delivery):
    with pytest.raises(DataError, match="labels of 2005-06-30: 1 of 1 rows have no known_on"):
        of_april({JUNE: delivery("june", (1, APRIL, 0, None))}, JULY)


def test_labels_about_a_day_after_the_delivery_are_refused(of_april, delivery):
    with pytest.raises(DataError, match=r"labels of 2005-05-31 hold 1 labels about 2005-06-30"):
        of_april({MAY: delivery("may", (1, JUNE, 0, JUNE))}, JULY)


def test_labels_that_nobody_asked_for_are_counted(config, delivery):
    files = {JUNE: delivery("june", (1, MAY, 0, JUNE), (3, APRIL, 1, MAY), (4, APRIL, 1, JULY))}
    labels = open_labels({"labels": files}, config, JUNE)
    assert labels.of(MAY) is not None
    assert labels.unclaimed() == {APRIL: 1}, "one of the two is not known yet"


def test_the_day_itself_decides_what_is_known(config, make_config):
    assert what_day_decides([APRIL, MAY], config, JUNE) == [JUNE]
    assert what_day_decides([APRIL, MAY], make_config(target={"delay_days": 31}), JUNE) == [APRIL]
