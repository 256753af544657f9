"""The date a run acts on has come: what is remembered of a later one would be remembered for ever."""

from __future__ import annotations

from datetime import date

from include.errors import DataError


def refuse_future(as_of: str, today: date) -> None:
    """Make sure that a date has come.

    The newest date that was decided about is remembered, and no earlier one is acted on again. So one typing
    error, 2999 for 2009, would end all watching without a word.

    :param as_of: ISO date of a run.
    :param today: the date by the clock, in UTC.
    :raises DataError: it is not a date, or is after today.
    """
    try:
        found = date.fromisoformat(as_of)
    except (TypeError, ValueError):
        found = None
    if found is None or found.isoformat() != as_of:
        raise DataError(
            f"the as-of date is {as_of!r}; expected an ISO date such as 2005-08-31. Start a new run."
        )
    if found > today:
        raise DataError(
            f"the as-of date {as_of} is in the future: today is {today.isoformat()} (UTC). Nothing is stored "
            "for this run; start a new one with a date up to today, or without one."
        )
