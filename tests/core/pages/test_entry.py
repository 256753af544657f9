"""What tasks leave for the pages: bounded whatever was decided, and validated when it is read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from include.errors import DataError
from include.pages.bounded import MOST_BYTES
from include.pages.entry import NEWEST_DAYS, Entry, Place
from include.pages.moment import MOST_DAYS, History, moments
from include.strict_json import to_json
from include.verdicts import Reason, Verdict

pytestmark = pytest.mark.core


def days(number: int, first: str = "2025-01-01") -> list[str]:
    start = date.fromisoformat(first)
    return [(start + timedelta(days=one)).isoformat() for one in range(number)]


def entry(*found: str, said: str = "good", verdict: Verdict | None = None) -> Entry:
    return Entry(
        as_of="2026-01-01", place=Place(dag_id="d"), verdict=verdict, facts={"version": "3"},
        history=moments([(day, said, {"value": 0.5}) for day in found]),
    )  # fmt: skip


def test_it_comes_back_as_it_was_written() -> None:
    verdict = Verdict(
        kind="gate", decision="promote", subject="m", summary="better",
        reasons=(Reason(rule="r", passed=None, found="f", required="q"),), counterfactuals=("c",),
    )  # fmt: skip
    written = entry("2026-01-01", verdict=verdict)
    assert Entry.from_dict(written.to_dict()) == written


def test_history_grows_by_days_and_a_day_that_is_run_again_is_one_day() -> None:
    first = entry("2026-01-01", "2026-01-02")
    again = entry("2026-01-02", "2026-01-03", said="worse").after(first.history)
    assert [(one.day, one.said) for one in again.history] == [
        ("2026-01-01", "good"), ("2026-01-02", "worse"), ("2026-01-03", "worse"),
    ]  # fmt: skip
    assert entry("2026-01-01").after(()).history == entry("2026-01-01").history


def test_ten_thousand_deliveries_keep_the_newest_year() -> None:
    kept = entry("2060-01-01").after(entry(*days(10_000)).history)
    stored = History.from_dict(History(moments=kept.history).to_dict())
    assert len(stored.moments) == MOST_DAYS
    assert stored.moments[-1].day == "2060-01-01"
    assert Entry.from_dict(kept.to_dict()).history == stored.moments[-NEWEST_DAYS:]


def test_what_is_not_drawn_keeps_its_newest_day_for_the_page_of_all_models() -> None:
    decided = Entry(as_of="2026-01-03", history=moments([(day, "wait", {}) for day in days(40)]))
    assert Entry.from_dict(decided.to_dict()).history == decided.history[-1:]


def test_no_entry_is_longer_than_airflow_takes() -> None:
    long = "ä" * 5_000
    reasons = tuple(Reason(rule=long, passed=False, found=long, required=long) for _ in range(500))
    verdict = Verdict(
        kind="gate", decision="block", subject=long, summary=long, reasons=reasons,
        counterfactuals=(long,) * 500, inputs={"x": long}, thresholds={"y": long},
    )  # fmt: skip
    written = entry(*days(400), verdict=verdict).to_dict()
    assert len(to_json(written).encode()) <= MOST_BYTES + 100
    found = Entry.from_dict(written)
    assert found.verdict is not None
    assert found.verdict.decision == "block"


@pytest.mark.parametrize("value", [None, 3, [], {}, {"format": 2}, {"as_of": "x"}, {"as_of": "2026-01-01"}])
def test_anything_but_an_entry_is_refused(value: object) -> None:
    with pytest.raises(DataError, match="page entry"):
        Entry.from_dict(value)
