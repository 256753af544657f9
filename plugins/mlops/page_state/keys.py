"""The keys in the asset state store under which tasks leave what the pages show."""

from __future__ import annotations

COLUMNS = "page-columns.drift"
ACCOUNTS = "page-accounts.promotion"
QUARANTINE = "page-quarantine.deliveries"


def page_key(kind: str) -> str:
    """Return the key of an entry.

    :param kind: what kind of decision, or ``scoring`` or ``champion``.
    """
    return f"page.{kind.replace(' ', '-')}"


def history_key(kind: str) -> str:
    """Return the key of a year of days.

    :param kind: what kind of decision, or ``scoring``.
    """
    return f"page-history.{kind.replace(' ', '-')}"


def decisions_key(kind: str) -> str:
    """Return the key of the newest decisions of a kind, with their tasks.

    :param kind: what kind of decision.
    """
    return f"page-decisions.{kind.replace(' ', '-')}"
