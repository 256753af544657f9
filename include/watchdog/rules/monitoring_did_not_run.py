"""Monitoring did not run: its schedule came, and Airflow has no run that has begun."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from include.watchdog.silence import Rule, Silence, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.watchdog.facts import Facts

_LOOKED_AT = 10


def find(facts: Facts) -> Iterator[Silence]:
    """Yield that there is no run for the newest moment of the schedule at which there should be one.

    A run that has failed, or goes on for too long, is not silent.

    :param facts: what is known.
    """
    ticks = facts.due_ticks("monitoring", _LOOKED_AT)
    runs = facts.runs.get("monitoring", {})
    missing = []
    for tick in reversed(ticks):
        if tick in runs:
            break
        missing.append(tick)
    if not missing:
        return
    first = missing[-1]
    due = first + timedelta(hours=facts.settings.run_late)
    yield Silence(
        subject="monitoring",
        what=f"{facts.model}_monitoring has not run",
        since=first,
        expected=f"a run of {show(first)}, by {show(due)} (schedule, run_late)",
        to_do="Look whether Airflow's scheduler runs, and whether dags/monitoring.py can be read (`airflow "
        f"dags list-import-errors`); then trigger {facts.model}_monitoring.",
        resolved="the next scheduled run",
        effect="The champion keeps serving, and nobody checks it for drift and performance.",
    )


RULE = Rule(name="monitoring did not run", needs=("runs", "memory", "dags"), find=find)
