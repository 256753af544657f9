"""Every run skips: a DAG is green, run after run, and its work is never done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.schedule import ticks_before
from include.watchdog.facts import MOST_TICKS, SCHEDULED, WORK, gap_of_features
from include.watchdog.silence import Rule, Silence, show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from include.watchdog.facts import Facts

SKIPPED = "skipped"


def find(facts: Facts) -> Iterator[Silence]:
    """Yield each DAG whose newest runs have all skipped their work, although there was some to do.

    Before the first champion there is nothing to score. Training skips as long as no labels are new; so it
    counts only if it has skipped through two deliveries, and newer labels have come meanwhile.

    :param facts: what is known.
    """
    if facts.champion is None:
        return
    for kind in SCHEDULED:
        runs = facts.runs.get(kind, {})
        if any(runs.get(tick) != SKIPPED for tick in facts.due_ticks(kind, facts.settings.skipped_runs)):
            continue
        count = ticks_to_look_at(facts, kind)
        ticks = facts.due_ticks(kind, count)
        if len(ticks) < count or any(runs.get(tick) != SKIPPED for tick in ticks):
            continue
        if kind == "training" and not _has_new_labels(facts, ticks):
            continue
        yield Silence(
            subject=kind,
            what=f"the newest {count} runs of {facts.model}_{kind} have all skipped {WORK[kind]}",
            since=ticks[0],
            expected=f"{WORK[kind]} in one of them, as there is a champion"
            + (f", and labels have come since {show(ticks[0])}" if kind == "training" else "")
            + " (skipped_runs)",
            to_do=f"Look at the log of the task before {WORK[kind]} in the newest run: its verdict says why.",
            resolved=f"a run in which {WORK[kind]} is not skipped",
        )


def ticks_to_look_at(facts: Facts, kind: str) -> int:
    """Return how many runs of a DAG have to skip before anybody is notified.

    :param facts: what is known.
    :param kind: of the DAG.
    """
    fewest = facts.settings.skipped_runs
    if kind != "training" or facts.schedule is None:
        return fewest
    span = 2 * gap_of_features(facts)
    ticks = ticks_before(facts.schedule, facts.now, MOST_TICKS)
    within = sum((facts.now - tick).days < span for tick in ticks)
    return min(max(fewest, within + 1), MOST_TICKS)


def _has_new_labels(facts: Facts, ticks: list[datetime]) -> bool:
    """Tell whether labels came between the first and the last of some runs."""
    delivered = facts.features if facts.labels is None else facts.labels
    first, last = ticks[0].date().isoformat(), ticks[-1].date().isoformat()
    return any(first < one < last for one in delivered)


RULE = Rule(
    name="every run skips", needs=("runs", "champion", "features", "labels", "memory", "dags"), find=find
)
