"""Read what only a model's own page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.models.asset import AssetModel
from airflow.models.asset_state_store import AssetStateStoreModel
from sqlalchemy import select

from include.pages.accounts import PageAccounts
from include.pages.columns import ColumnDays
from include.pages.decisions import Decisions
from include.pages.known import Details
from include.pages.overview import LISTED
from include.pages.quarantine import PageQuarantine
from mlops.page_state.keys import ACCOUNTS, COLUMNS, QUARANTINE, decisions_key
from mlops.pages.stored import is_of, read_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from include.pages.decisions import Decided


def read_details(session: Session, model: str) -> Details:
    """Return what only a model's own page shows; what can't be read is left out.

    :param session: of the metadata database.
    :param model: its name.
    """
    keys = {decisions_key(kind): kind for kind in LISTED}
    decisions: list[tuple[str, Decided]] = []
    columns, accounts, quarantine = ColumnDays(), PageAccounts(rows={}), PageQuarantine()
    for key, value in _kept(session, model, [*keys, COLUMNS, ACCOUNTS, QUARANTINE]):
        if key == COLUMNS:
            columns = read_value(value, ColumnDays)[0] or columns
        elif key == ACCOUNTS:
            accounts = read_value(value, PageAccounts)[0] or accounts
        elif key == QUARANTINE:
            quarantine = read_value(value, PageQuarantine)[0] or quarantine
        elif (found := read_value(value, Decisions)[0]) is not None:
            decisions += [(keys[key], one) for one in found.decided]
    decisions.sort(key=lambda pair: pair[1].when, reverse=True)
    return Details(
        decisions=tuple(decisions),
        columns=columns,
        accounts=tuple(reversed(accounts.rows.values())),
        quarantine=quarantine,
    )


def _kept(session: Session, model: str, keys: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Yield key and value of what stands under some keys of one model."""
    query = (
        select(AssetStateStoreModel.key, AssetStateStoreModel.value)
        .join(AssetModel, AssetStateStoreModel.asset_id == AssetModel.id)
        .where(is_of(model))
        .where(AssetStateStoreModel.key.in_(keys))
    )
    yield from ((row.key, row.value) for row in session.execute(query))
