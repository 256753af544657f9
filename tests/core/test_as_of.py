from __future__ import annotations

from datetime import date

import pytest

from include.as_of import refuse_future
from include.errors import DataError
from tests.core.monitoring.policy.policy_cases import SEPTEMBER, PolicyState, policy, window

pytestmark = pytest.mark.core

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize("as_of", ["2005-05-31", "2026-11-26"])
def test_a_date_that_has_come_is_taken(as_of: str) -> None:
    refuse_future(as_of, TODAY)


@pytest.mark.parametrize("as_of", ["2999-12-31", "2026-11-27"])
def test_a_date_in_the_future_is_refused_with_the_date_by_the_clock(as_of: str) -> None:
    with pytest.raises(
        DataError, match=rf"the as-of date {as_of} is in the future: today is 2026-11-26 \(UTC\)"
    ):
        refuse_future(as_of, TODAY)


@pytest.mark.parametrize("as_of", ["", "2005-5-31", "31.05.2005", "20050531", "2005-05-31T00:00", "None"])
def test_what_is_not_a_date_is_refused(as_of: str) -> None:
    with pytest.raises(DataError, match="expected an ISO date"):
        refuse_future(as_of, TODAY)


def test_the_policy_decides_about_no_date_in_the_future() -> None:
    with pytest.raises(DataError, match="is in the future"):
        policy(window(SEPTEMBER, "good"), as_of="2999-12-31")


@pytest.mark.parametrize("name", ["watermark", "last_retraining"])
def test_a_date_in_the_future_that_was_remembered_is_reported_with_the_way_out(name: str) -> None:
    state = PolicyState(**{name: "2999-12-31"})
    with pytest.raises(DataError, match=rf"{name} 2999-12-31, .*`bin/mlops policy credit_risk --reset`"):
        policy(window(SEPTEMBER, "worse"), state=state)
