"""What monitoring hears is what the records of the pages say; names from data are short words, and few."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.monitoring.drift.decision import ColumnStatus
from include.monitoring.drift.report import ColumnDrift, DriftReport, StatisticResult
from include.pages.entry import Entry
from include.pages.gauge_kinds import GAUGES
from include.pages.gauges import MOST_COLUMNS, OTHERS, PREDICTIONS, gauges_of, severities, tag_of
from include.pages.moment import moments

pytestmark = pytest.mark.core

DAY = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
SCORED = Entry(
    as_of="2026-01-05", facts={"version": "3"},
    history=moments([
        ("2026-01-04", "scored", {"rows": 90, "mean": 0.1}),
        ("2026-01-05", "scored", {"rows": 100, "mean": 0.2}),
    ]),
)  # fmt: skip
PROMOTED = Entry(
    as_of="2026-01-01",
    facts={"version": "3", "serves": "3", "since": 1000.5, "retrainings": 4, "promotions": 3, "rollbacks": 0},
)
REJECTED = Entry(as_of="2026-01-04", facts={"retrainings": 5, "promotions": 3, "rollbacks": 0})


def told(kind: str, entry: Entry, *moves: Entry) -> dict[str, float]:
    """Return each gauge by its name, with its tags besides the model in brackets."""
    found = {}
    for one in gauges_of(kind, entry, moves):
        assert tuple(one.tags) == GAUGES[one.name].tags
        found[one.name.removeprefix("mlops.") + "".join(f"[{tag}]" for tag in one.tags.values())] = one.value
    return found


def test_scoring_tells_of_the_delivery_and_of_what_serves_by_the_newest_that_was_decided() -> None:
    assert told("scoring", SCORED, PROMOTED, REJECTED) == {
        "delivery.newest_timestamp_seconds": DAY, "delivery.rows": 100, "champion.version": 3,
        "champion.since_timestamp_seconds": 1000.5, "ledger.retrainings": 5, "ledger.promotions": 3,
        "ledger.rollbacks": 0,
    }  # fmt: skip


def test_since_when_is_not_said_of_a_version_that_no_record_made_champion() -> None:
    other = replace(PROMOTED, facts={**PROMOTED.facts, "version": "2", "serves": "2"})
    assert "champion.since_timestamp_seconds" not in told("scoring", SCORED, other)
    assert "champion.since_timestamp_seconds" not in told("scoring", SCORED)


def test_a_rollback_that_is_run_again_later_tells_of_what_serves_by_then() -> None:
    again = replace(PROMOTED, facts={**PROMOTED.facts, "version": "1"})
    assert told("rollback", again)["champion.version"] == 3


def test_performance_tells_of_the_newest_window_with_labels() -> None:
    figures = {"value": 0.9, "low": 0.88, "high": 0.92, "expected": 0.91, "rows": 50}
    entry = Entry(
        as_of="2026-01-06", facts={"metric": "roc_auc"},
        history=moments([("2026-01-05", "good", figures), ("2026-01-06", "not mature", {"rows": 60})]),
    )  # fmt: skip
    assert told("performance", entry) == {
        "performance.window_timestamp_seconds[roc_auc]": DAY, "performance.realised[roc_auc]": 0.9,
        "performance.realised_low[roc_auc]": 0.88, "performance.realised_high[roc_auc]": 0.92,
        "performance.expected[roc_auc]": 0.91,
    }  # fmt: skip
    assert told("performance", replace(entry, facts={})) == {}  # an entry of before
    assert told("performance", replace(entry, history=entry.history[1:])) == {}


def test_drift_tells_of_columns_and_of_the_estimated_metric() -> None:
    entry = Entry(
        as_of="2026-01-06", facts={"drift of age": 0.4, "drift of others": 2, "rows": 9, "drift of x": "?"},
        history=moments([("2026-01-06", "no drift", {"value roc_auc": 0.8, "low roc_auc": 0.7})]),
    )  # fmt: skip
    assert told("drift", entry) == {
        "drift.severity[age]": 0.4, "drift.severity[others]": 2,
        "performance.estimated[roc_auc]": 0.8, "performance.estimated_low[roc_auc]": 0.7,
    }  # fmt: skip


@pytest.mark.parametrize("version", ["", None, "latest", "-1", "1.5", float("nan")])
def test_a_version_that_is_not_a_number_is_left_out(version: str | None) -> None:
    assert told("scoring", Entry(as_of="2026-01-01", facts={"version": version})) == {}


def test_a_figure_that_is_not_a_number_is_left_out() -> None:
    facts = {"promotions": float("inf"), "retrainings": 10**400, "rollbacks": 1}
    assert told("gate", Entry(as_of="2026-01-01", facts=facts)) == {"ledger.rollbacks": 1}
    assert told("scoring", replace(SCORED, facts={"version": "9" * 400}, history=())) == {}


def test_of_other_decisions_nothing_is_sent() -> None:
    assert gauges_of("policy", PROMOTED) == []


def column(name: str, effect: float, importance: float | None = None) -> ColumnDrift:
    result = StatisticResult(
        statistic="ks", effect=effect, threshold=0.1, critical_value=0.01, p_value=0.5, rows=9,
        rows_needed=None, status=ColumnStatus.NO_DRIFT,
    )  # fmt: skip
    return ColumnDrift(name=name, results=(result,), changes=(), importance=importance)


def report(*columns: ColumnDrift, predictions: ColumnDrift | None = None) -> DriftReport:
    return DriftReport(
        subject="m", model="m", rows=9, columns=columns, predictions=predictions, shift=None,
        false_discovery_rate=0.05, prediction_shift=0.1,
    )  # fmt: skip


def test_the_columns_that_weigh_most_are_sent_whatever_drifts_and_the_furthest_of_the_others() -> None:
    many = [column(f"c{number:04}", 0.01, 1 / (number + 1)) for number in range(3000)]
    calm = severities(report(*many, predictions=column("prediction", 0.02)))
    assert len(calm) == MOST_COLUMNS + 2
    drifted = severities(report(*reversed(many[:2999]), column("z", 0.5, 0.0), predictions=many[0]))
    assert set(drifted) == set(calm)
    assert drifted[f"drift of {OTHERS}"] == pytest.approx(5)
    assert calm[f"drift of {PREDICTIONS}"] == pytest.approx(0.2)


def test_a_report_without_columns_tells_nothing() -> None:
    assert severities(report()) == {}


@pytest.mark.parametrize("name", ["age", "_x", "7", "loan_amount.sum-30d"])
def test_a_plain_word_stays_as_it_is(name: str) -> None:
    assert tag_of(name) == name


@pytest.mark.parametrize(
    "name", ["", "a b", "a,model=evil", "a:1|g", "<b>", "x\n", "\ud800", "a\u200b", "a" * 61, PREDICTIONS,
             OTHERS, "Größe", "收入", "\u0430ge", "age-0123abcd", "e\u0301", "{{ x }}"],
)  # fmt: skip
def test_any_other_name_is_a_word_with_a_digest(name: str) -> None:
    assert re.fullmatch(r"[0-9A-Za-z_.]{0,40}-[0-9a-f]{8}", tag_of(name))


@given(st.text(), st.text())
def test_two_names_are_never_the_same(first: str, then: str) -> None:
    assert (tag_of(first) == tag_of(then)) == (first == then)
    assert len(tag_of(first)) <= 60
    assert re.fullmatch(r"[0-9A-Za-z_.\-]+", tag_of(first))
