"""What the form of a DAG checks besides its types, before a run is created: dates that have not come yet."""

from __future__ import annotations

from datetime import UTC, date, datetime

from jsonschema import FormatChecker

PAST_DATE = "date up to today (UTC)"  # as a format of JSON schema; its name is all that a refusal shows


def has_come(value: object) -> bool:
    """Return whether a value is a date up to today; the format ``date`` refuses what is not a date."""
    try:
        return not isinstance(value, str) or date.fromisoformat(value) <= datetime.now(UTC).date()
    except ValueError:
        return True


def register_formats() -> None:
    """Teach every JSON schema of this process the format.

    Airflow validates params with a plain ``FormatChecker()``, which knows what its class knows; its
    ``cls_checks`` is deprecated without a successor for that. A process that has not been taught takes any
    date, and the first task of the run refuses it.
    """
    FormatChecker.checkers[PAST_DATE] = (has_come, ())
