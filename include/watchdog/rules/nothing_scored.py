"""Nothing scored: a delivery is there, a run of scoring was due since, and there are no predictions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from include.config.schedule import tick_from
from include.watchdog.silence import Rule, Silence, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.watchdog.facts import Facts


def find(facts: Facts) -> Iterator[Silence]:
    """Yield the newest delivery, if it should have been scored by now.

    While scoring is paused that is what people are notified of.

    :param facts: what is known.
    """
    since, running = facts.memory.unscored, facts.memory.running.get("scoring")
    if facts.champion is None or facts.schedule is None or not facts.features:
        return
    if since is None or running is None:
        return
    tick = tick_from(facts.schedule, max(since, running))
    due = tick + timedelta(hours=facts.settings.run_late)
    if facts.now < due:
        return
    newest = facts.features[-1]
    yield Silence(
        subject="scoring",
        what=f"no version has scored the newest delivery, {newest}",
        since=since,
        expected=f"its predictions by {show(due)}: {facts.model}_scoring was to run at {show(tick)} "
        f"(schedule, run_late)",
        to_do=f"Look at the newest run of {facts.model}_scoring. If there is none, look whether Airflow's "
        "scheduler runs; otherwise trigger the DAG.",
        resolved="predictions of the newest delivery, by any version",
        effect=f"Whoever uses the predictions has none of {newest}.",
    )


RULE = Rule(name="nothing scored", needs=("features", "champion", "scored", "memory", "dags"), find=find)
