from __future__ import annotations

import pytest

from include.data.maturity import assess_labels, due_date, settings_to_change

pytestmark = pytest.mark.core

APRIL, DUE = "2005-04-30", "2005-05-31"


@pytest.fixture
def assess(make_config):
    config = make_config(target={"delay_days": 31, "min_coverage": 0.8})

    def assess(labelled, as_of=DUE, rows=1_000):
        return assess_labels(APRIL, rows=rows, labelled=labelled, as_of=as_of, config=config)

    return assess


@pytest.mark.parametrize(
    ("labelled", "as_of", "mature"),
    [
        (138, "2005-05-15", False),  # what has come so far says nothing about the rest
        (999, "2005-05-30", False),
        (1_000, "2005-05-01", True),  # nothing is left that could come
        (799, DUE, False),
        (800, DUE, True),
        (799, "2006-05-31", False),
    ],
)
def test_a_partition_is_mature_when_its_labels_are_due_and_enough_of_them_are_known(
    assess, labelled, as_of, mature
):
    found = assess(labelled, as_of)
    assert found.mature is mature
    assert bool(found.explain()) is not mature


def test_a_partition_without_rows_is_never_mature(assess):
    assert not assess(0, rows=0).mature
    assert assess(0, rows=0).coverage == 0.0


@pytest.mark.parametrize(("rows", "in_time"), [(0, False), (1, True), (2, True)])
def test_a_complete_partition_need_not_wait_and_an_empty_one_does(assess, rows, in_time):
    assert assess(rows, "2005-05-01", rows=rows).in_time is in_time
    assert assess(rows, DUE, rows=rows).in_time


def test_it_says_what_is_missing_and_which_key_says_so(assess):
    assert assess(138, "2005-05-15").explain() == (
        "its labels are due on 2005-05-31: 138 of 1,000 labels are known (13.8%)"
    )
    assert assess(600, "2005-06-10").explain() == (
        "its labels were due on 2005-05-31, 10 days ago, but only 600 of 1,000 labels are known (60.0%), at "
        "least 80% are needed (target.min_coverage)"
    )


def test_the_due_date_is_the_delay_after_the_partition(make_config):
    assert due_date(APRIL, make_config(target={"delay_days": 31})) == DUE
    assert due_date(APRIL, make_config(target={"delay_days": 0})) == APRIL


@pytest.mark.parametrize(
    ("coverage", "said"),
    [
        (0.0, None),
        (0.009, None),  # a share of 0.00 would ask for nothing
        (0.01, "at most 0.01"),
        (0.1389, "at most 0.13"),  # rounded up it would still not be reached
        (0.799, "at most 0.79"),
    ],
)
def test_the_settings_that_would_have_made_it_mature(coverage, said):
    found = settings_to_change(coverage)
    assert found.endswith("if they come later, a larger target.delay_days")
    assert ("target.min_coverage" in found) is (said is not None)
    assert said is None or f"target.min_coverage {said};" in found
