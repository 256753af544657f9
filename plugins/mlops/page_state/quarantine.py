"""Which deliveries may not be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.pages.quarantine import PageQuarantine, Quarantined
from mlops.page_state.keys import QUARANTINE
from mlops.page_state.task_notes import known

if TYPE_CHECKING:
    from mlops.data.quarantine import Checked
    from mlops.page_state.task_notes import TaskNotes, Values


def leave_quarantine(values: Values, task: TaskNotes) -> None:
    """Leave what a validation kept out, and take out what somebody has released.

    :param values: the asset's state.
    :param task: what it has noted: ``checked`` are the snapshots that it validated.
    """
    checked: list[Checked] | None = task.noted.get("checked")
    if checked is not None:
        bad = [
            Quarantined(
                md5=one.ref.md5, path=one.ref.path,
                why=f"by hand: {one.by_hand}" if one.by_hand else one.report.summary(1),
            )
            for one in reversed(checked) if not one.usable
        ]  # fmt: skip
        values.set(QUARANTINE, PageQuarantine(place=task.place, deliveries=tuple(bad)).to_dict())
    elif (verdict := task.verdict) and verdict.kind == "release":
        found = known(values, QUARANTINE, PageQuarantine)
        if found is not None:
            values.set(QUARANTINE, found.without(verdict.inputs["md5"]).to_dict())
