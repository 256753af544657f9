"""Accounts of promotions, as the page shows them: what the gate promised, and what was delivered since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.pages.bounded import REMEDY, cut, fit
from include.promotion.probation.report import HEADS, account_cells
from include.records import Record, RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.promotion.probation.account import Account

MOST_ACCOUNTS = 40

PAGE_ACCOUNTS = RecordKind(name="page accounts", remedy=REMEDY)


@dataclass(frozen=True, kw_only=True)
class PageAccounts(Record, kind=PAGE_ACCOUNTS):
    """The newest accounts.

    :param rows: id of the promotion to its cells, in the order of ``HEADS``; oldest first.
    """

    rows: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, accounts: Iterable[Account]) -> PageAccounts:
        """Return accounts as the cells of a table.

        :param accounts: in the order of the table.
        """
        return cls(rows={one.decision_id: tuple(map(cut, account_cells(one))) for one in accounts})

    def after(self, earlier: PageAccounts) -> PageAccounts:
        """Return these accounts with those before, each promotion once.

        :param earlier: what was known.
        """
        rows = {**earlier.rows, **self.rows}
        return PageAccounts(rows=dict(list(rows.items())[-MOST_ACCOUNTS:]))

    def _plain(self) -> dict[str, Any]:
        rows = [[name, list(cells)] for name, cells in self.rows.items()]
        return fit({"rows": rows}, oldest_first=[rows])

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> PageAccounts:
        rows = {str(name): tuple(cells) for name, cells in fields["rows"]}
        for cells in rows.values():
            if len(cells) != len(HEADS) or not all(isinstance(one, str) for one in cells):
                raise ValueError(f"an account has the {len(HEADS)} texts {', '.join(HEADS)}")
        return cls(rows=rows)
