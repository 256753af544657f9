"""N of the last M windows with the newest among them, and which word outranks which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.config.monitoring_schema import Policy
from include.monitoring.drift.decision import DriftDecision
from include.monitoring.performance.status import PerformanceStatus
from include.monitoring.policy.evidence import find_evidence
from include.monitoring.policy.inputs import WindowFinding
from tests.core.monitoring.policy.policy_cases import (
    AUGUST,
    JULY,
    JUNE,
    LIMITS,
    MAY,
    SEPTEMBER,
    TWO_OF_THREE,
    policy,
    window,
)

pytestmark = pytest.mark.core


def evidence(*findings, limits=LIMITS):
    return find_evidence(findings, limits)


@pytest.mark.parametrize("performance", [None, "not mature", "too few rows", "no predictions"])
@pytest.mark.parametrize(
    ("drift", "expected"),
    [
        ("impactful drift", "retrain"),
        ("benign drift", "wait"),
        ("no drift", "wait"),
        ("inconclusive", "wait"),
        (None, "wait"),
    ],
)
def test_drift_stands_in_for_performance_that_is_not_known(performance, drift, expected):
    assert policy(window(SEPTEMBER, performance, drift)).verdict.decision == expected


@pytest.mark.parametrize("drift", [*DriftDecision, None])
def test_good_performance_silences_any_drift(drift):
    assert policy(window(SEPTEMBER, "good", drift)).verdict.decision == "wait"


@pytest.mark.parametrize("drift", [*DriftDecision, None])
def test_worse_performance_retrains_without_any_drift(drift):
    assert policy(window(SEPTEMBER, "worse", drift)).verdict.decision == "retrain"


def test_a_day_without_drift_does_not_hide_the_worse_performance_of_the_month_before():
    found = evidence(window(AUGUST, "worse"), window(SEPTEMBER, "not mature", "no drift"))
    assert (found.kind, found.windows) == ("performance", (AUGUST,))


def test_good_performance_of_the_month_before_does_not_hide_drift_of_today():
    found = evidence(
        window(AUGUST, "good", "impactful drift"), window(SEPTEMBER, "not mature", "impactful drift")
    )
    assert (found.kind, found.windows) == ("drift", (SEPTEMBER,))


def test_old_drift_is_settled_by_good_performance_of_a_newer_window():
    assert evidence(window(AUGUST, "too few rows", "impactful drift"), window(SEPTEMBER, "good")) is None


def test_old_drift_is_settled_by_a_newer_quiet_window():
    assert (
        evidence(window(AUGUST, "not mature", "impactful drift"), window(SEPTEMBER, "not mature", "no drift"))
        is None
    )


def test_a_window_that_nobody_could_evaluate_settles_nothing():
    drifted, unknown = (
        window(AUGUST, "not mature", "impactful drift"),
        window(SEPTEMBER, "too few rows", "inconclusive"),
    )
    assert evidence(drifted, unknown).windows == (AUGUST,)


def test_performance_comes_before_drift_when_both_speak():
    found = evidence(window(AUGUST, "worse"), window(SEPTEMBER, "not mature", "impactful drift"))
    assert (found.kind, found.windows) == ("performance", (AUGUST,))


@pytest.mark.parametrize(
    ("performance", "expected"),
    [
        (["worse"], None),
        (["worse", "worse"], (JULY, AUGUST)),
        (["worse", "good", "worse"], (JUNE, AUGUST)),
        (["worse", "worse", "good"], None),
        (["good", "good", "worse"], None),
        (["worse", "good", "good", "worse"], None),
        (["worse", "worse", "worse", "worse"], (JUNE, JULY, AUGUST)),
    ],
)
def test_two_of_the_last_three_with_the_newest_among_them(performance, expected):
    months = [MAY, JUNE, JULY, AUGUST][-len(performance) :]
    found = evidence(*map(window, months, performance), limits=TWO_OF_THREE)
    assert (found and found.windows) == expected


def test_windows_are_counted_where_labels_are_mature_however_old():
    days = [f"2005-08-{day:02}" for day in range(1, 31)]
    windows = [
        *map(window, days, ["good"] * 8 + ["worse"] * 2),
        *(window(day, "not mature", "no drift") for day in days[10:]),
    ]
    assert evidence(*windows, limits=TWO_OF_THREE).windows == ("2005-08-09", "2005-08-10")


def test_worse_performance_and_drift_add_up():
    found = evidence(
        window(AUGUST, "worse"), window(SEPTEMBER, "not mature", "impactful drift"), limits=TWO_OF_THREE
    )
    assert (found.kind, found.worse, found.drifted) == ("drift", (AUGUST,), (SEPTEMBER,))
    assert found.describe() == "drift is impactful in 2005-09-30 and performance is worse in 2005-08-31"


def test_earlier_drift_and_worse_performance_add_up():
    found = evidence(
        window(AUGUST, "too few rows", "impactful drift"), window(SEPTEMBER, "worse"), limits=TWO_OF_THREE
    )
    assert (found.kind, found.windows) == ("performance", (AUGUST, SEPTEMBER))
    assert found.describe() == "performance is worse in 2005-09-30 and drift is impactful in 2005-08-31"


windows = st.lists(
    st.builds(
        lambda performance, drift: (performance, drift),
        st.sampled_from([None, *PerformanceStatus]),
        st.sampled_from([None, *DriftDecision]),
    ),
    max_size=6,
)


@given(words=windows, total=st.integers(1, 4), data=st.data())
def test_evidence_always_means_what_it_says(words, total, data):
    limits = Policy(windows=total, breaches=data.draw(st.integers(1, total)))
    findings = [
        WindowFinding(partition=f"2005-08-{day:02}", performance=performance, drift=drift)
        for day, (performance, drift) in enumerate(words, 1)
    ]
    found = find_evidence(findings, limits)
    if found is None:
        return
    by_partition = {finding.partition: finding for finding in findings}
    assert limits.breaches <= len(found.windows) <= limits.windows
    assert all(by_partition[partition].performance == "worse" for partition in found.worse)
    for partition in found.drifted:
        assert by_partition[partition].drift == "impactful drift"
        assert by_partition[partition].performance not in {"good", "worse"}
    newer = [finding for finding in findings if finding.partition > found.windows[-1]]
    assert not any(finding.performance == "good" for finding in newer)
    if found.kind == "drift":
        assert not any(finding.drift in {"no drift", "benign drift"} for finding in newer)
        assert found.windows[-1] in found.drifted
