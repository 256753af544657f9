"""One day of the policy: from what the checks found and what is remembered to a decision and a new memory.

The task ``policy`` and a replay call the same function. Only where memory is kept, and who knows whether a
retraining was started, differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.monitoring.drift.decision import DriftDecision, rename_decision
from include.monitoring.policy.decide import decide
from include.monitoring.policy.exactly_once import decide_once
from include.monitoring.policy.inputs import Champion, WindowFinding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from include.config.schema import ModelConfig
    from include.monitoring.policy.decide import Decision
    from include.monitoring.policy.inputs import PolicyState
    from include.monitoring.policy.missing import MissingDelivery


@dataclass(frozen=True, kw_only=True)
class NewestDrift:
    """What the drift check found about the newest delivery.

    :param partition: the delivery.
    :param decision: the decision; None without a champion.
    :param version: the champion that it was checked against; None without one.
    """

    partition: str
    decision: str | None
    version: str | None


@dataclass(frozen=True, kw_only=True)
class DayDecision:
    """What the policy decided on a day.

    :param decision: the decision, whose state is to be remembered.
    :param drift: the drift decisions to remember, partition to decision; None where memory stays as it is.
    """

    decision: Decision
    drift: dict[str, DriftDecision] | None


def decide_day(
    config: ModelConfig,
    *,
    as_of: str,
    champion: Champion | None,
    windows: Iterable[Mapping[str, Any]],
    newest: NewestDrift,
    remembered: Mapping[str, DriftDecision],
    missing: Sequence[MissingDelivery],
    new_labels: int,
    state: PolicyState,
    exists: Callable[[str], bool],
    today: date | None = None,
) -> DayDecision:
    """Decide as of a day.

    :param config: the model's configuration.
    :param as_of: ISO date.
    :param champion: the version in production; None before the first promotion.
    :param windows: ``partition`` and ``status`` of the champion's performance in each window.
    :param newest: what the drift check found today.
    :param remembered: what it found before against this champion: partition to decision.
    :param missing: deliveries that were not looked at.
    :param new_labels: labelled rows that the champion has not learned from.
    :param state: what was decided before.
    :param exists: whether there is a retraining run of an id.
    :param today: the date by the clock, in UTC; None where the past is replayed.
    :raises DataError: as :func:`include.monitoring.policy.decide.decide`.
    """
    drift = _drift_decisions(champion, remembered, newest)
    findings = find_windows(windows, drift, missing)
    decision = decide_once(
        lambda known: decide(
            findings,
            model=config.name,
            champion=champion,
            as_of=as_of,
            new_labels=new_labels,
            limits=config.monitoring.policy,
            missing=missing,
            today=today,
            state=known,
        ),
        state,
        exists,
    )
    kept = None
    if champion is not None and decision.state.watermark == as_of:
        kept = {day: drift[day] for day in sorted(drift)[-config.monitoring.policy.windows :]}
    return DayDecision(decision=decision, drift=kept)


def find_windows(
    windows: Iterable[Mapping[str, Any]],
    drift: Mapping[str, DriftDecision],
    missing: Iterable[MissingDelivery],
) -> list[WindowFinding]:
    """Return what was found, window by window, oldest first.

    :param windows: ``partition`` and ``status`` of the champion's performance in each window.
    :param drift: partition to decision of the drift check.
    :param missing: deliveries that were not looked at.
    """
    performance = {window["partition"]: window["status"] for window in windows}
    bad = {one.partition for one in missing if one.table == "features" and one.blocks}
    return [
        WindowFinding(
            partition=partition,
            drift=drift.get(partition),
            performance=performance.get(partition),
            bad_data=partition in bad,
        )
        for partition in sorted({*performance, *drift, *bad})
    ]


def _drift_decisions(
    champion: Champion | None, remembered: Mapping[str, DriftDecision], newest: NewestDrift
) -> dict[str, DriftDecision]:
    """Return what the drift check found against the champion, today and before: partition to decision."""
    if champion is None:
        return {}
    known = dict(remembered)
    if newest.decision is not None and newest.version == champion.version:
        known[newest.partition] = rename_decision(newest.decision)
    return known
