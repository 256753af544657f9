"""Tell whether a schedule is one that Airflow takes, by the library that Airflow reads schedules with.

Airflow takes any text when a DAG is built; the library is asked when the scheduler looks for the next run,
and an error there keeps every DAG of the file from being updated. So the same question is asked here first.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from croniter import CroniterBadDateError, croniter

ON_ARRIVAL = "on_arrival"  # no clock: an event says that data has arrived
PRESETS = ("@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")

_FIELDS = 5
_LONGEST = 120  # Airflow keeps the schedule in words, in a column of 1,000 characters
_TICKS, _DAY = 13, 86_400
_AS_CRON = {"@quarterly": "0 0 1 */3 *"}  # the preset of Airflow's that croniter does not know
_START = datetime(2000, 1, 1, tzinfo=UTC)  # a leap year follows within the library's reach of any other
_DRAWN = re.compile(r"(?<![a-z])[hr](?![a-z])")  # croniter's own: a value drawn anew at each reading


def explain_schedule(schedule: str) -> str | None:
    """Return what is wrong with a schedule; None for ``on_arrival``, a preset or a cron expression.

    A cron expression has five fields. The grammar is that of croniter (https://pypi.org/project/croniter/),
    which is Airflow's; a date that never comes, such as 31 April, is wrong too.

    :param schedule: such as ``@daily`` or ``30 5 * * mon-fri``.
    """
    if schedule == ON_ARRIVAL:
        return None
    if schedule.startswith("@"):
        return None if schedule in PRESETS else f"unknown preset {schedule!r}"
    parts = schedule.split()
    if len(parts) != _FIELDS:
        return f"{_shown(schedule)} has {len(parts)} fields where a cron expression has {_FIELDS}"
    if len(schedule) > _LONGEST:
        return f"{_shown(schedule)} has {len(schedule)} characters; at most {_LONGEST}"
    if _DRAWN.search(schedule.lower()):
        return f"{schedule!r} has a field that is drawn at random, anew each time it is read"
    return _ask_croniter(schedule)


def clock_of(schedule: str | None) -> str | None:
    """Return the cron expression or preset of a schedule; None where no clock starts a run.

    :param schedule: one that :func:`explain_schedule` has nothing against.
    """
    return None if schedule == ON_ARRIVAL else schedule


def days_between(schedule: str | None) -> float | None:
    """Return the days from one run of a schedule to the next, on average over some; None without a clock.

    :param schedule: one that :func:`explain_schedule` has nothing against.
    """
    clock = clock_of(schedule)
    if clock is None:
        return None
    ticks = _ticks(clock, _START)
    first, *_, last = [ticks.get_next(datetime) for _ in range(_TICKS)]
    found: float = (last - first).total_seconds() / _DAY / (_TICKS - 1)
    return found


def ticks_before(schedule: str, moment: datetime, count: int) -> list[datetime]:
    """Return the newest moments up to another at which a schedule starts a run, oldest first.

    On arrival there are none that anybody knows.

    :param schedule: one that :func:`explain_schedule` has nothing against, in UTC.
    :param moment: with its time zone; one on which a run starts counts.
    :param count: how many.
    """
    found, before = [], moment + timedelta(microseconds=1)
    for _ in range(count if clock_of(schedule) else 0):
        before = _tick_before(schedule, before)
        found.append(before)
    return found[::-1]


def tick_from(schedule: str, moment: datetime) -> datetime:
    """Return the first moment from another on at which a schedule starts a run; on arrival, that moment.

    :param schedule: as for :func:`ticks_before`.
    :param moment: with its time zone; if a run starts then, it is the one.
    """
    return _tick_after(schedule, moment - timedelta(microseconds=1)) if clock_of(schedule) else moment


@lru_cache(maxsize=4096)  # the library takes a millisecond for each
def _tick_before(schedule: str, moment: datetime) -> datetime:
    found: datetime = _ticks(schedule, moment).get_prev(datetime)
    return found


@lru_cache(maxsize=4096)
def _tick_after(schedule: str, moment: datetime) -> datetime:
    found: datetime = _ticks(schedule, moment).get_next(datetime)
    return found


def _ticks(schedule: str, start: datetime) -> croniter:
    return croniter(_AS_CRON.get(schedule, schedule), start)


def _ask_croniter(schedule: str) -> str | None:
    """Return what the library says against an expression."""
    try:
        croniter(schedule, _START).get_next(datetime)
    except CroniterBadDateError:
        return f"{schedule!r} names a date that never comes"
    except Exception as error:  # it lets errors of its own parsing through, such as an IndexError
        return f"{schedule!r} can't be read: {error}"
    return None


def _shown(schedule: str) -> str:
    """Return a schedule as a message quotes it, cut where it is long."""
    return repr(schedule if len(schedule) <= _LONGEST else f"{schedule[:_LONGEST]}...")
