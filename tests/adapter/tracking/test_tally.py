"""Counts by the ledger: what was applied counts, and the newest move says what serves."""

from __future__ import annotations

import pytest

from mlops.operators.base import ModelOperator
from mlops.tracking.ledger import Entry, EntryState
from mlops.tracking.tags import VERSION
from mlops.tracking.tally import tally

pytestmark = pytest.mark.adapter


def entry(
    kind: str, decision: str, time: int, version: str = "1", state: EntryState = EntryState.APPLIED
) -> Entry:
    return Entry(
        run_id=str(time), decision_id=str(time), kind=kind, decision=decision, summary="", decided_by="",
        time=time, state=state, plan={}, tags={VERSION: version},
    )  # fmt: skip


def test_what_was_applied_counts_and_the_newest_move_says_what_serves_since_when() -> None:
    ledger = [
        entry("rejection", "reject", 7000, "4"),
        entry("promotion", "promote", 6000, "3", EntryState.PLANNED),
        entry("promotion", "promote", 5500, "3", EntryState.ABANDONED),
        entry("rollback", "roll back", 5000, "1"),
        entry("approval", "approve", 3500, "2"),
        entry("promotion", "promote", 4000, "2"),
        entry("gate", "reject", 2000),
        entry("promotion", "promote", 1000, "1"),
        entry("probation", "keep", 1500, "1"),
    ]
    assert tally(ledger) == {
        "retrainings": 4, "promotions": 2, "rollbacks": 1, "serves": "1", "since": 5.0,
    }  # fmt: skip


def test_an_empty_ledger_has_counts_and_no_champion() -> None:
    assert tally([]) == {"retrainings": 0, "promotions": 0, "rollbacks": 0}


def test_a_ledger_that_cannot_be_read_fails_no_task(capfd: pytest.CaptureFixture[str]) -> None:
    class Away:
        def entries(self) -> list[Entry]:
            raise ConnectionError("MLflow is away")

    task = ModelOperator(task_id="promote", model_folder="/models/m")
    vars(task)["ledger"] = Away()
    task.note(verdict="kept")
    task.note_tally()
    assert task.noted == {"verdict": "kept"}
    assert "The ledger was not counted: ConnectionError: MLflow is away" in "".join(capfd.readouterr())
