"""DAG paused: somebody switched a DAG off, and has forgotten it; or Airflow does not have it any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from include.watchdog.facts import SCHEDULED
from include.watchdog.silence import Rule, Silence, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.watchdog.facts import Facts

_EFFECTS = {
    "training": "No candidate is trained on the schedule.",
    "scoring": "New deliveries are not scored.",
    "monitoring": "Nobody checks the champion for drift and performance.",
    "retraining": "Evidence from monitoring can't start a retraining.",
    "rollback": "The champion can't be rolled back.",
}


def find(facts: Facts) -> Iterator[Silence]:
    """Yield each DAG that has been paused for too long.

    A model without a champion whose DAGs have never been switched on is new, and left alone.

    :param facts: what is known.
    """
    memory, patience = facts.memory, timedelta(hours=facts.settings.paused)
    if facts.champion is None and not memory.running.keys() & {*SCHEDULED}:
        return
    for kind, since in sorted(memory.paused.items()):
        due = since + patience
        if kind in facts.settings.may_be_paused or facts.now < due:
            continue
        name = f"{facts.model}_{kind}"
        yield Silence(
            subject=name,
            what=f"{name} is paused, or Airflow does not have it",
            since=since,
            expected=f"that it runs by {show(due)} (paused)",
            to_do=f"Unpause {name} in Airflow. If it is not there: `airflow dags list-import-errors`. "
            f"If it is meant to be paused, add {kind} to monitoring.watchdog.may_be_paused in model.yaml.",
            resolved="the DAG is not paused",
            effect=_EFFECTS.get(kind, "The champion keeps serving."),
        )


RULE = Rule(name="dag paused", needs=("champion", "memory", "dags"), find=find)
