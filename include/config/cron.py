"""Tell whether a schedule is one that Airflow takes, without importing Airflow or a cron library."""

from __future__ import annotations

PRESETS = ("@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NUMBERS_OF_MONTHS = {name: number for number, name in enumerate(_MONTHS, start=1)}
_NUMBERS_OF_DAYS = {name: number for number, name in enumerate(_DAYS)}

# name, lowest, highest, names that stand for a number
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _NUMBERS_OF_MONTHS),
    ("day of week", 0, 7, _NUMBERS_OF_DAYS),
)


def explain_schedule(schedule: str) -> str | None:
    """Return what is wrong with a schedule, or None where it is a preset or a cron expression of five fields.

    The grammar is that of crontab(5): ``*``, numbers, names, ranges, lists and steps.

    :param schedule: such as ``@daily`` or ``30 5 * * mon-fri``.
    """
    if schedule.startswith("@"):
        return None if schedule in PRESETS else f"unknown preset {schedule!r}"
    parts = schedule.split()
    if len(parts) != len(_FIELDS):
        return f"{schedule!r} has {len(parts)} fields where a cron expression has {len(_FIELDS)}"
    for part, (name, lowest, highest, names) in zip(parts, _FIELDS, strict=True):
        for item in part.split(","):
            if not _is_item(item.lower(), lowest, highest, names):
                return f"{item!r} is no {name} ({lowest} to {highest})"
    return None


def _is_item(item: str, lowest: int, highest: int, names: dict[str, int]) -> bool:
    """Tell whether one member of a list is ``*``, a number, a name or a range, with or without a step."""
    span, slash, step = item.partition("/")
    if slash and not (step.isdecimal() and 1 <= int(step) <= highest):
        return False
    if span == "*":
        return True
    first, dash, last = span.partition("-")
    start, end = _number(first, names), _number(last, names) if dash else highest
    return start is not None and end is not None and lowest <= start <= end <= highest


def _number(text: str, names: dict[str, int]) -> int | None:
    """Return the number a text stands for, or None."""
    if text in names:
        return names[text]
    return int(text) if text.isdecimal() and text.isascii() else None
