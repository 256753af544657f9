"""``bin/mlops account``: what the promotions of a model promised, delivered and cost."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from include.promotion.probation.report import NOTE, accounts_table, totals_to_plain, years_table
from include.promotion.probation.year_total import total_by_year
from include.strict_json import to_json
from mlops.cli.ledger import open_ledger
from mlops.tracking.accounts import read_accounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.promotion.probation.account import Account


def run(model: str, *, as_json: bool = False) -> int:
    """Print the accounts of a model's promotions, newest first, and the totals of each year.

    :param model: its name.
    :param as_json: whether to print JSON.
    :raises ConfigError: there is no decision about such a model.
    """
    accounts = read_accounts(open_ledger(model).entries())
    sys.stdout.write((accounts_json(accounts) if as_json else accounts_text(accounts)) + "\n")
    return 0


def accounts_text(accounts: Sequence[Account]) -> str:
    """Return accounts and totals for people.

    :param accounts: newest promotion first.
    """
    if not accounts:
        return "nothing has been promoted yet"
    return "\n\n".join([accounts_table(accounts), years_table(total_by_year(accounts)), NOTE])


def accounts_json(accounts: Sequence[Account]) -> str:
    """Return accounts and totals as JSON.

    :param accounts: newest promotion first.
    """
    years = [totals_to_plain(one) for one in total_by_year(accounts)]
    return to_json({"promotions": [one.to_dict() for one in accounts], "years": years}, indent=1)
