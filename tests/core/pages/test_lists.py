"""What grows by a line at a time: each line once, as many as fit, and only what it should be."""

from __future__ import annotations

import dataclasses
from typing import Any
from xml.etree import ElementTree

import pytest

from include.errors import DataError
from include.pages.accounts import MOST_ACCOUNTS, PageAccounts
from include.pages.bounded import MOST_BYTES
from include.pages.columns import NO_COLUMNS, Column, ColumnDay, ColumnDays
from include.pages.decisions import MOST_DECISIONS, Decided, Decisions
from include.pages.entry import Entry, Place
from include.pages.heatmap import heatmap
from include.pages.quarantine import PageQuarantine, Quarantined
from include.strict_json import to_json

pytestmark = pytest.mark.core


def decided(run: int = 0, decision: str = "reject", at: str = "2026-01-05T06:00:00+00:00") -> Decided:
    return Decided(
        at=at, as_of="2026-01-05", decision=decision, subject="version 2", summary="why",
        place=Place(dag_id="m_training", run_id=f"r{run}", task_id="gate"),
    )  # fmt: skip


def columns(day: str = "2026-01-01", **severities: float) -> ColumnDays:
    return ColumnDays(
        columns=tuple(Column(label=name, importance=0.5) for name in severities),
        days=(
            ColumnDay(
                day=day, severities=tuple(severities.values()),
                drifted=tuple(one > 1 for one in severities.values()),
            ),
        ),
    )  # fmt: skip


def test_a_task_that_decides_the_same_again_is_one_decision() -> None:
    first, later = decided(), decided(at="2026-01-05T07:00:00+00:00")
    assert Decisions(decided=(later,)).after((first,)).decided == (first,)
    other = decided(decision="promote", at="2026-01-05T07:00:00+00:00")
    assert Decisions(decided=(other,)).after((first,)).decided == (other,)
    assert len(Decisions(decided=(decided(run=1),)).after((first,)).decided) == 2


def test_decisions_are_bounded_and_come_back() -> None:
    many = Decisions()
    for run in range(MOST_DECISIONS + 5):
        one = dataclasses.replace(
            decided(run=run, at=f"2026-01-05T06:{run % 60:02}:00+00:00"), summary="x" * 900
        )
        many = Decisions(decided=(one,)).after(many.decided)
    stored = many.to_dict()
    assert len(to_json(stored).encode()) <= MOST_BYTES
    assert len(Decisions.from_dict(stored).decided) == MOST_DECISIONS
    assert Decisions.from_dict(stored).decided[-1].summary.endswith("…")


def test_a_column_keeps_its_past_where_the_order_changes() -> None:
    found = columns("2026-01-02", b=2.0, new=0.1).after(columns("2026-01-01", a=0.5, b=1.5))
    assert [one.label for one in found.columns] == ["b", "new"]
    assert [(one.day, one.severities, one.drifted) for one in found.days] == [
        ("2026-01-01", (1.5, None), (True, False)), ("2026-01-02", (2.0, 0.1), (True, False)),
    ]  # fmt: skip
    assert ColumnDays.from_dict(found.to_dict()) == dataclasses.replace(found)


def test_a_year_of_many_columns_fits() -> None:
    wide = {f"column {one} of a long name": 123.45 for one in range(30)}
    found = NO_COLUMNS
    for number in range(400):
        found = columns(f"2025-{1 + number // 31 % 12:02}-{1 + number % 28:02}", **wide).after(found)
    stored = found.to_dict()
    assert len(to_json(stored).encode()) <= MOST_BYTES
    assert ColumnDays.from_dict(stored).days[-1] == found.days[-1], "the newest are kept"


def test_the_heatmap_shows_a_cell_for_each_column_and_delivery() -> None:
    found = columns("2026-01-02", **{"<b>": 2.0, "still": 0.1}).after(columns("2026-01-01", **{"<b>": 0.5}))
    drawn = ElementTree.fromstring(heatmap(found))
    cells = list(drawn.iter("rect"))
    assert [one[0].text for one in cells] == [
        "<b> 2026-01-01: 0.50 of its threshold", "<b> 2026-01-02: 2.00 of its threshold, drifted",
        "still 2026-01-02: 0.10 of its threshold",
    ]  # fmt: skip
    assert [one.attrib["fill"] for one in cells] == ["var(--line)", "var(--bad)", "var(--line)"]
    assert heatmap(NO_COLUMNS) == ""


def test_an_account_is_replaced_by_its_newer_state() -> None:
    old = PageAccounts(rows={str(one): ("x",) * 8 for one in range(MOST_ACCOUNTS)})
    found = PageAccounts(rows={"5": ("y",) * 8, "new": ("z",) * 8}).after(old)
    assert len(found.rows) == MOST_ACCOUNTS
    assert found.rows["5"] == ("y",) * 8
    assert PageAccounts.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Decisions, {"decided": [{"at": "never"}]}),
        (Decisions, {"decided": [{**decided().to_dict(), "at": "2026-01-05T06:00:00"}]}),
        (Decisions, {"decided": [{**decided().to_dict(), "decision": 5}]}),
        (Decisions, {"decided": [{**decided().to_dict(), "place": {"dag_id": []}}]}),
        (ColumnDays, {"columns": [["a", 0.5]], "days": [["2026-01-01", "dd", [1, 2]]]}),
        (ColumnDays, {"columns": [["a", 0.5]], "days": [["2026-01-01", "d", ["NaN"]]]}),
        (ColumnDays, {"columns": [[5, 0.5]], "days": []}),
        (PageAccounts, {"rows": [["1", ["too", "few"]]]}),
        (PageAccounts, {"rows": [["1", [1] * 8]]}),
        (PageAccounts, {"rows": 5}),
        (PageQuarantine, {"place": {}, "deliveries": [["md5", "path", 5]]}),
        (PageQuarantine, {"place": {}, "deliveries": [["md5"]]}),
    ],
)
def test_what_somebody_has_edited_is_refused(kind: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="clear this key"):
        kind.from_dict({"format": 1, **fields})


def test_a_delivery_that_was_released_is_gone_from_the_list() -> None:
    kept = tuple(Quarantined(md5=md5, path="p", why="w" * 900) for md5 in ("a", "b"))
    found = PageQuarantine(place=Place(dag_id="m_training"), deliveries=kept)
    stored = PageQuarantine.from_dict(found.to_dict())
    assert [one.md5 for one in stored.without("a").deliveries] == ["b"]
    assert stored.deliveries[0].why.endswith("…")


def test_an_entry_keeps_addresses_of_the_web_only() -> None:
    links: dict[str, Any] = {"MLflow run": "https://mlflow/x", "bad": "javascript:alert(1)", "odd": 5}
    kept = Entry(as_of="2026-01-05", links=links).to_dict()
    assert kept["links"] == {"MLflow run": "https://mlflow/x"}
    edited = {**kept, "links": links}
    assert Entry.from_dict(edited).links == {"MLflow run": "https://mlflow/x"}
    del kept["links"]
    assert Entry.from_dict(kept).links == {}, "what was written before there were links"
