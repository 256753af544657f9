"""Which alerts are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.pages.alerts import PageAlerts
from mlops.page_state.keys import ALERTS

if TYPE_CHECKING:
    from mlops.page_state.task_notes import TaskNotes, Values


def leave_alerts(values: Values, task: TaskNotes) -> None:
    """Leave the open alerts of the model.

    :param values: the asset's state.
    :param task: what it has noted: ``open_alerts`` returns them, with the digests of their causes.
    """
    if (open_alerts := task.noted.get("open_alerts")) is not None:
        values.set(ALERTS, PageAlerts.of(open_alerts()).to_dict())
