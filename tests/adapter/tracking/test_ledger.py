"""What is read from a ledger's runs, also from those that earlier releases wrote."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from mlops.tracking.ledger import EntryState, Ledger

pytestmark = pytest.mark.adapter


class Page(list):  # type: ignore[type-arg]
    """A page of runs, the last one."""

    token = None


def run(status: str, **tags: str) -> Any:
    written = {
        "mlops.decision_id": "d1", "mlops.kind": "promotion", "mlops.decision": "promote",
        "mlops.decided_by": "loans_training/manual__1/promote", "mlops.summary": "Every rule holds.",
        "mlops.plan": '{"champion": "2", "previous_champion": "1"}', "mlops.version": "2",
        "mlops.training_key": "k", "mlflow.user": "ann",
    }  # fmt: skip
    info = SimpleNamespace(run_id="r", start_time=7, status=status)
    return SimpleNamespace(info=info, data=SimpleNamespace(tags={**written, **tags}))


def ledger(*runs: Any) -> Ledger:
    client = SimpleNamespace(search_runs=lambda *arguments, **options: Page(runs))
    hook = SimpleNamespace(rest=client, find_experiment=lambda name: "1", errors=lambda action: nullcontext())
    return Ledger(hook, "loans")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("RUNNING", EntryState.PLANNED),
        ("KILLED", EntryState.PLANNED),
        ("FINISHED", EntryState.APPLIED),
        ("FAILED", EntryState.ABANDONED),
    ],
)
def test_an_entry_of_any_release_is_read(status: str, state: EntryState) -> None:
    (entry,) = ledger(run(status)).entries()
    assert entry.state is state
    assert (entry.applied, entry.abandoned) == (status == "FINISHED", status == "FAILED")
    assert (entry.decision_id, entry.kind, entry.decision) == ("d1", "promotion", "promote")
    assert (entry.decided_by, entry.summary) == ("loans_training/manual__1/promote", "Every rule holds.")
    assert entry.plan == {"champion": "2", "previous_champion": "1"}
    assert entry.tags == {"mlops.version": "2", "mlops.training_key": "k"}


def test_a_run_that_nobody_holds_yet_is_not_an_entry() -> None:
    assert ledger(run("RUNNING", **{"mlops.claim": "raised"})).entries() == []


def test_an_abandoned_promotion_did_not_change_the_champion() -> None:
    assert [step.version for step in ledger(run("FAILED"), run("RUNNING")).steps()] == ["2"]
