from __future__ import annotations

import pytest

from include.data.time_split import split_time
from include.errors import DataError

pytestmark = pytest.mark.core

MONTHS = ("2005-04-30", "2005-05-31", "2005-06-30")


def test_training_ends_before_the_tested_partition():
    split = split_time(["2005-06-30", "2005-04-30", "2005-05-31"], out_of_time=True)
    assert (split.train, split.test) == (("2005-04-30", "2005-05-31"), ("2005-06-30",))
    assert split.kind == "group and time split"


def test_a_single_partition_is_split_by_entity_alone_and_says_so():
    split = split_time(["2005-04-30"], out_of_time=True)
    assert (split.train, split.test, split.kind) == (("2005-04-30",), ("2005-04-30",), "group split")


def test_without_out_of_time_the_newest_partition_is_trained_on_too():
    split = split_time(["2005-04-30", "2005-05-31"], out_of_time=False)
    assert (split.train, split.test) == (("2005-04-30", "2005-05-31"), ("2005-05-31",))
    assert split.kind == "group split"


@pytest.mark.parametrize(
    ("tested", "out_of_time", "train", "test"),
    [
        (2, True, MONTHS[:1], MONTHS[1:]),
        (3, True, MONTHS[:1], MONTHS[1:]),  # one is left to train on
        (3, False, MONTHS, MONTHS),
        (9, False, MONTHS, MONTHS),
    ],
)
def test_more_of_the_newest_can_be_tested_but_never_all_of_the_past(tested, out_of_time, train, test):
    split = split_time(MONTHS, out_of_time=out_of_time, tested=tested)
    assert (split.train, split.test) == (train, test)


def test_no_partition_at_all_is_refused():
    with pytest.raises(DataError, match="no labelled partition"):
        split_time([], out_of_time=True)


def test_two_partitions_are_one_to_train_on_and_one_to_test_on():
    split = split_time(MONTHS[:2], out_of_time=True, tested=5)
    assert (split.train, split.test) == (MONTHS[:1], MONTHS[1:2])
