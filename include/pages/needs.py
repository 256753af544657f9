"""What of a model needs somebody, the most urgent first, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.pages.alerts import BAD
from include.pages.entry import NOWHERE, Place
from include.pages.overview import KINDS, tone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.pages.overview import Overview

URGENT = 60  # the weight from which on it is shown in red
_DO = {
    "readiness": "The newest delivery can't be used: read the rules that failed, then ask the source.",
    "gate": "The champion stays, and this data is not trained on again. Read the rule that failed.",
    "drift": "Look at the columns below. Monitoring decides whether that is a reason to train anew.",
    "performance": "The policy weighs it. Retrain if it can't wait; Roll back if it began with the champion.",
    "probation": "Compare what the promotion promised and delivered, then roll back or leave it.",
    "policy": "Nothing is started by itself. Read what would change it; Retrain or Roll back if you know.",
    "smoke test": "It does not answer as when it was trained: Roll back, then look at its environment.",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Need:
    """Something that needs somebody.

    :param weight: the higher, the sooner.
    :param text: what it is.
    :param act: what to do.
    :param place: the run or the task to look at.
    """

    weight: int
    text: str
    act: str = ""
    place: Place = NOWHERE


def needs_of(model: Overview) -> tuple[Need, ...]:
    """Return what needs somebody, the most urgent first.

    :param model: the model.
    """
    found = [*_of_airflow(model), *_of_decisions(model)]
    if model.champion is None:
        act = f"{model.model}_training makes one: trigger it, and read why if its gate says no."
        found.append(Need(weight=40, text="no champion is known yet", act=act))
    return tuple(sorted(found, key=lambda need: -need.weight))


def by_attention(models: Sequence[Overview]) -> list[tuple[Overview, tuple[Need, ...]]]:
    """Return models with their needs, those first that need somebody most; of two alike by name.

    :param models: in any order.
    """
    found = [(one, needs_of(one)) for one in models]
    return sorted(found, key=lambda pair: (-sum(need.weight for need in pair[1]), pair[0].model))


def _of_airflow(model: Overview) -> Iterator[Need]:
    """Yield what waits, has failed or is switched off."""
    for approval in model.approvals:
        yield Need(
            weight=80, text=f"{approval.subject} Asked {approval.since:%Y-%m-%d %H:%M} UTC",
            act="Answer on the task's page, under Required Actions.", place=approval.place,
        )  # fmt: skip
    for alert in model.alerts:
        looked_after = f" {alert.by} looks after it." if alert.by else ""
        yield Need(
            weight=10 if alert.by else 70 if alert.severity == BAD else 35,
            text=f"alert since {alert.when:%Y-%m-%d %H:%M} UTC: {alert.words}.{looked_after}",
            act="" if alert.by else "Read it, then acknowledge it below: it is closed when its cause ends.",
        )  # fmt: skip
    for dag in model.dags.values():
        if dag.last_state == "failed":
            yield Need(
                weight=100, text=f"the last run of {dag.kind} failed",
                act="Read the failed task's last lines. The cause gone, clear that task: the run goes on.",
                place=Place(dag_id=dag.dag_id, run_id=dag.last_run),
            )  # fmt: skip
        if dag.paused:
            yield Need(
                weight=30, text=f"{dag.kind} is paused", act="Unpause it, or it does nothing.",
                place=Place(dag_id=dag.dag_id),
            )  # fmt: skip


def _of_decisions(model: Overview) -> Iterator[Need]:
    """Yield what was decided badly, and what can't be read."""
    for kind in KINDS:
        kept = model.kept.get(kind)
        if kept is None:
            continue
        if kept.entry is None:
            act = f"Clear the key of {kind} in the state store of the model's asset."
            yield Need(weight=20, text=f"{kind}: unknown ({kept.problem})", act=act)
        elif kept.entry.verdict and tone(kept.entry.verdict.decision) == "bad":
            said = kept.entry.verdict
            yield Need(
                weight=URGENT, text=f"{kind}: {said.decision}. {said.summary}", act=_DO.get(kind, ""),
                place=kept.entry.place,
            )  # fmt: skip
