"""Read what only a model's own page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.pages.accounts import PageAccounts
from include.pages.columns import ColumnDays
from include.pages.decisions import Decisions
from include.pages.known import Details
from include.pages.overview import LISTED
from include.pages.quarantine import PageQuarantine
from mlops.page_state.keys import ACCOUNTS, COLUMNS, QUARANTINE, decisions_key
from mlops.pages.stored import read_value, values_under

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from include.pages.decisions import Decided


def read_details(session: Session, model: str) -> Details:
    """Return what only a model's own page shows; what can't be read is left out.

    :param session: of the metadata database.
    :param model: its name.
    """
    keys = {decisions_key(kind): kind for kind in LISTED}
    keys |= {key: key for key in (COLUMNS, ACCOUNTS, QUARANTINE)}
    decisions: list[tuple[str, Decided]] = []
    columns, accounts, quarantine = ColumnDays(), PageAccounts(rows={}), PageQuarantine()
    for _, kind, value, _ in values_under(session, keys, model):
        if kind == COLUMNS:
            columns = read_value(value, ColumnDays)[0] or columns
        elif kind == ACCOUNTS:
            accounts = read_value(value, PageAccounts)[0] or accounts
        elif kind == QUARANTINE:
            quarantine = read_value(value, PageQuarantine)[0] or quarantine
        elif (found := read_value(value, Decisions)[0]) is not None:
            decisions += [(kind, one) for one in found.decided]
    decisions.sort(key=lambda pair: pair[1].when, reverse=True)
    return Details(
        decisions=tuple(decisions),
        columns=columns,
        accounts=tuple(reversed(accounts.rows.values())),
        quarantine=quarantine,
    )
