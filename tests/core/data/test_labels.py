"""Which labels of a partition are known on a day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.labels import Labels
from include.data.labels.delivered import DeliveredLabels
from include.data.labels.in_features import TargetInFeatures
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core

APRIL, MAY, JUNE, JULY = "2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31"


@pytest.fixture
def config(make_config):
    return make_config(target={"delay_days": 31})


@pytest.fixture
def delivery(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes one delivery of (entity, date, target)."""

    def write(name: str, *rows: tuple[int | None, str, int | None], moments=date.fromisoformat) -> Path:
        ids, dates, targets = zip(*rows, strict=True)
        table = {
            "customer_id": pa.array(ids, pa.int64()),
            "as_of": pa.array([moments(one) for one in dates], pa.date32()),
            "defaulted": pa.array(targets, pa.int8()),
        }
        pq.write_table(pa.table(table), tmp_path / f"{name}.parquet")
        return tmp_path / f"{name}.parquet"

    return write


def known(labels) -> dict[int, int]:
    return dict(sorted(zip(labels.keys.to_pylist(), labels.targets.tolist(), strict=True)))


def test_each_partition_gets_its_own_labels(config, delivery):
    deliveries = {JUNE: delivery("june", (2, MAY, 1), (1, MAY, 0), (1, APRIL, 1), (3, APRIL, 0))}
    labels = DeliveredLabels(deliveries, config, JUNE)
    assert known(labels.of(MAY)) == {1: 0, 2: 1}
    assert known(labels.of(APRIL)) == {1: 1, 3: 0}
    assert labels.of("2005-03-31") is None


@pytest.mark.parametrize(("as_of", "there"), [("2005-06-29", False), (JUNE, True), (JULY, True)])
def test_a_delivery_is_known_from_its_day_on(config, delivery, as_of, there):
    labels = DeliveredLabels({JUNE: delivery("june", (1, APRIL, 1))}, config, as_of)
    assert (labels.of(APRIL) is not None) is there


def test_a_label_may_come_on_the_day_it_is_about_and_not_before(config, delivery):
    same = DeliveredLabels({APRIL: delivery("same", (1, APRIL, 1))}, config, JUNE)
    assert known(same.of(APRIL)) == {1: 1}
    early = DeliveredLabels({MAY: delivery("early", (1, JUNE, 1), (2, JUNE, 0))}, config, JUNE)
    with pytest.raises(DataError, match=r"labels of 2005-05-31 hold 2 labels about 2005-06-30"):
        early.of(MAY)


def test_a_later_delivery_corrects_an_earlier_one(config, delivery):
    deliveries = {
        MAY: delivery("may", (1, APRIL, 0), (2, APRIL, 1), (3, APRIL, 1)),
        JUNE: delivery("june", (2, APRIL, 0), (3, APRIL, 1), (4, APRIL, 1)),
    }
    labels = DeliveredLabels(deliveries, config, JULY).of(APRIL)
    assert known(labels) == {1: 0, 2: 0, 3: 1, 4: 1}
    assert (labels.corrected, labels.repeated, labels.known_on) == (1, 1, JUNE)


def test_corrections_and_repeats_add_up_over_three_deliveries(config, delivery):
    deliveries = {
        MAY: delivery("may", (1, APRIL, 0), (1, APRIL, 0), (2, APRIL, 0), (3, APRIL, 1)),
        JUNE: delivery("june", (1, APRIL, 1), (1, APRIL, 1), (1, APRIL, 1), (2, APRIL, 1), (4, APRIL, 0)),
        JULY: delivery("july", (3, APRIL, 1), (4, APRIL, 1)),
    }
    labels = DeliveredLabels(deliveries, config, JULY).of(APRIL)
    assert known(labels) == {1: 1, 2: 1, 3: 1, 4: 1}
    assert labels.corrected == 2 + 1  # customers 1 and 2 in June, customer 4 in July
    assert labels.repeated == 1 + 2 + 1  # within May, within June, and customer 3 in July
    assert labels.known_on == JULY


def test_labels_of_one_delivery_are_neither_repeated_nor_corrected():
    labels = Labels(keys=pa.array([1]), targets=np.array([1], dtype=np.int8), known_on=MAY)
    assert (labels.repeated, labels.corrected) == (0, 0)


def test_labels_that_nobody_asked_for_are_counted(config, delivery):
    deliveries = {
        "2005-05-15": delivery("may", (1, APRIL, 0), (2, APRIL, 1)),
        JUNE: delivery("june", (1, MAY, 0), (3, APRIL, 1), (4, "2005-04-29", 1)),
    }
    labels = DeliveredLabels(deliveries, config, JUNE)
    assert labels.of(MAY) is not None
    assert labels.unclaimed() == {"2005-04-29": 1, APRIL: 1}, "the delivery of May was not read yet"
    assert labels.of(APRIL) is not None
    assert labels.unclaimed() == {"2005-04-29": 1}


def test_two_values_in_one_delivery_are_refused_with_some_of_the_entities(config, delivery):
    rows = [(one, APRIL, value) for one in range(7) for value in (0, 1)]
    labels = DeliveredLabels({MAY: delivery("may", *rows, (9, APRIL, 1), (9, APRIL, 1))}, config, MAY)
    with pytest.raises(DataError, match=r"7 rows have two different values.*such as 0, 1, 2, 3, 4\)"):
        labels.of(APRIL)


def test_a_value_that_is_not_a_class_is_refused_with_what_was_found(config, delivery):
    rows = [(0, APRIL, 0), (1, APRIL, 1), *((one, APRIL, one) for one in range(2, 9))]
    labels = DeliveredLabels({MAY: delivery("may", *rows)}, config, MAY)
    with pytest.raises(DataError, match=r"7 of 9 are neither 0 nor 1 \(found \[2, 3, 4, 5, 6\]\)"):
        labels.of(APRIL)


@pytest.mark.parametrize(
    ("row", "column"),
    [((None, APRIL, 1), "customer_id"), ((1, APRIL, None), "defaulted"), ((1, None, 1), "as_of")],
)
def test_a_label_without_entity_date_or_value_is_refused(config, delivery, row, column):
    moments = {None: None, APRIL: date(2005, 4, 30)}.__getitem__
    path = delivery("may", (5, APRIL, 0), row, moments=moments)
    with pytest.raises(DataError, match=rf"labels of 2005-05-31: 1 of 2 rows have no '?{column}"):
        DeliveredLabels({MAY: path}, config, MAY).of(APRIL)


class TestTargetInFeatures:
    """A label inside a feature row is known a number of days after the row's date."""

    @pytest.mark.parametrize(("as_of", "there"), [("2005-05-30", False), (MAY, True), (JUNE, True)])
    def test_it_is_known_after_the_delay(self, config, delivery, as_of, there):
        labels = TargetInFeatures({APRIL: delivery("april", (1, APRIL, 1))}, config, as_of).of(APRIL)
        assert (labels is not None) is there

    def test_a_row_without_a_target_is_left_out(self, config, delivery):
        path = delivery("april", (2, APRIL, None), (1, APRIL, 1), (3, APRIL, 0))
        labels = TargetInFeatures({APRIL: path}, config, JULY).of(APRIL)
        assert known(labels) == {1: 1, 3: 0}
        assert (labels.known_on, labels.repeated, labels.corrected) == (MAY, 0, 0)

    def test_a_partition_without_any_target_has_no_labels(self, config, delivery):
        path = delivery("april", (2, APRIL, None))
        labels = TargetInFeatures({APRIL: path}, config, JULY)
        assert labels.of(APRIL) is None
        assert labels.unclaimed() == {}
