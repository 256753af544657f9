"""Send what a page's entry says to a monitoring system, where Airflow's metrics are on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.pages.entry import Entry
from include.pages.gauges import gauges_of
from mlops.metrics.send import is_on, send_gauges
from mlops.page_state.keys import page_key
from mlops.page_state.task_notes import known

if TYPE_CHECKING:
    from mlops.page_state.task_notes import Values

_DECIDES = ("promotion", "rollback", "gate")  # know the counts of the ledger


def send_entry(values: Values, model: str, kind: str, entry: Entry) -> None:
    """Send an entry's figures, if metrics are on.

    :param values: the asset's state, which has the other entries.
    :param model: its name.
    :param kind: what kind of decision, or ``scoring``.
    :param entry: what was left of it just now.
    """
    if not is_on():
        return
    moves = [known(values, page_key(one), Entry) for one in _DECIDES] if kind == "scoring" else []
    send_gauges(model, gauges_of(kind, entry, [one for one in moves if one is not None]))
