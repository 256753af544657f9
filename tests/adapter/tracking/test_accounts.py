"""Promotions and their accounts as the ledger has them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from include.evaluation.confidence_interval import ConfidenceInterval
from include.promotion.probation.account import Account, Promise
from mlops.tracking.accounts import (
    find_promotions,
    read_account,
    read_accounts,
    read_cost,
    read_moves,
    read_promise,
    write_account,
)
from mlops.tracking.ledger import Entry, EntryState
from mlops.tracking.tags import ACCOUNT, AS_OF_DATE, PROMISED, PROMOTION

pytestmark = pytest.mark.adapter

NOBODY: Any = SimpleNamespace(version=lambda number: None)


def entry(time: int, kind: str = "promotion", decision: str = "promote", **changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "run_id": f"r{time}", "decision_id": f"d{time}", "kind": kind, "decision": decision, "summary": "",
        "decided_by": "", "time": time, "state": EntryState.APPLIED, "plan": {}, "tags": {},
    }  # fmt: skip
    return Entry(**{**fields, **changes})


FIRST = entry(1, plan={"champion": "1", "previous_champion": None}, tags={AS_OF_DATE: "2005-05-01"})
SECOND = entry(2, plan={"champion": "2", "previous_champion": "1"}, tags={AS_OF_DATE: "2005-06-01"})


def word(decision: str, state: EntryState = EntryState.APPLIED, time: int = 3) -> Entry:
    return entry(time, "probation", decision, state=state, tags={PROMOTION: "d2"})


def states(*entries: Entry) -> list[str]:
    newest_first = sorted(entries, key=lambda one: -one.time)
    return [str(life.state) for life in find_promotions(newest_first, NOBODY, "2", on=True)]


def test_what_was_displaced_is_what_the_ledger_says() -> None:
    second, first = find_promotions([SECOND, FIRST], NOBODY, "2", on=True)
    assert (second.move.displaced, second.move.as_of, str(second.state)) == (
        "1",
        "2005-06-01",
        "on probation",
    )
    assert str(first.state) == "nothing displaced"


def test_the_last_word_counts_and_keep_is_final() -> None:
    assert states(FIRST, SECOND, word("ask"))[0] == "asked for a rollback"
    assert states(FIRST, SECOND, word("keep"))[0] == "kept"
    assert states(FIRST, SECOND, word("ask"), word("keep", time=4))[0] == "kept"
    assert states(FIRST, SECOND, word("keep"), word("ask", time=4))[0] == "kept"


def test_a_decision_that_was_only_planned_is_made_again() -> None:
    assert states(FIRST, SECOND, word("keep", EntryState.PLANNED))[0] == "on probation"


def test_what_was_never_applied_moved_nothing() -> None:
    planned = entry(2, plan=SECOND.plan, state=EntryState.PLANNED)
    abandoned = entry(3, plan=SECOND.plan, state=EntryState.ABANDONED)
    assert [move.decision_id for move in read_moves([abandoned, planned, FIRST], NOBODY)] == ["d1"]


def test_an_older_entry_has_the_date_of_the_training() -> None:
    old = entry(2, plan=SECOND.plan)
    registry: Any = SimpleNamespace(version=lambda number: SimpleNamespace(tags={AS_OF_DATE: "2005-05-31"}))
    assert read_moves([old], registry)[0].as_of == "2005-05-31"
    assert read_moves([old], NOBODY)[0].as_of == ""


def account(as_of: str = "2005-07-31", **changes: Any) -> Account:
    fields: dict[str, Any] = {
        "decision_id": "d2", "version": "2", "displaced": "1", "promoted": "2005-06-01", "as_of": as_of,
        "metric": "roc_auc", "state": "on probation",
    }  # fmt: skip
    return Account(**{**fields, **changes})


class Kept:
    """A ledger that remembers what was written."""

    def __init__(self) -> None:
        self.written: list[dict[str, str]] = []
        self.hook = SimpleNamespace(
            set_tags=lambda run_id, tags: self.written.append(tags), log_metrics=lambda run_id, metrics: None
        )


def holding(found: Account) -> Entry:
    return entry(2, plan=SECOND.plan, tags={ACCOUNT: json.dumps(found.to_dict())})


def test_an_account_is_written_unless_it_stands_there_or_is_of_an_earlier_date() -> None:
    ledger: Any = Kept()
    assert write_account(ledger, SECOND, account())
    assert Account.from_dict(json.loads(ledger.written[0][ACCOUNT])) == account()
    assert not write_account(ledger, holding(account()), account())
    assert not write_account(ledger, holding(account("2005-08-31")), account())
    assert write_account(ledger, holding(account("2005-06-30")), account())
    assert len(ledger.written) == 2


def test_a_damaged_account_is_drawn_up_again() -> None:
    damaged = entry(2, tags={ACCOUNT: '{"format": 1}'})
    assert read_account(damaged) is None
    assert write_account(Kept(), damaged, account())  # type: ignore[arg-type]


def test_a_promotion_that_nobody_looked_at_has_an_account_with_its_promise() -> None:
    promise = Promise(metric="roc_auc", gain=ConfidenceInterval(value=0.01, low=0.0, high=0.02), rows=1000)
    new = entry(2, plan=SECOND.plan, tags={PROMISED: json.dumps(promise.to_dict())})
    assert read_promise(new) == promise
    (found, _) = read_accounts([new, FIRST, word("ask")])
    assert (found.promised, found.state) == (promise, "not looked at by monitoring yet")
    assert read_accounts([holding(account())]) == [account()]


def test_the_cost_is_that_of_the_training_run() -> None:
    run = SimpleNamespace(
        info=SimpleNamespace(start_time=1_000, end_time=62_000),
        data=SimpleNamespace(metrics={"train_rows": 15_000.0, "fit_cpu_seconds": 110.5}),
    )
    hook: Any = SimpleNamespace(run=lambda run_id: run)
    version: Any = SimpleNamespace(run_id="r")
    found = read_cost(hook, version)
    assert (found.wall_seconds, found.cpu_seconds, found.rows) == (61.0, 110.5, 15_000)
    assert read_cost(hook, None).wall_seconds is None
    run.info.end_time, run.data.metrics = None, {}
    assert (read_cost(hook, version).wall_seconds, read_cost(hook, version).rows) == (None, None)
