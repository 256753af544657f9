"""Send what a page's entry says to a monitoring system, where Airflow's metrics are on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import DataError
from include.pages.entry import Entry
from include.pages.gauges import gauges_of
from mlops.metrics.send import is_on, send_gauges
from mlops.page_state.keys import page_key

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
    moves = [_read(values, one) for one in _DECIDES] if kind == "scoring" else []
    send_gauges(model, gauges_of(kind, entry, [one for one in moves if one is not None]))


def _read(values: Values, kind: str) -> Entry | None:
    """Return an entry; None where there is none, or none that can be read."""
    try:
        found = values.get(page_key(kind))
        return None if found is None else Entry.from_dict(found)
    except DataError:
        return None
