"""Settings beside each other: how often they trained, promoted and alarmed, and what they cost in quality."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from include.evaluation.confidence_interval import ConfidenceInterval
from include.evaluation.figures import show_gain
from include.evaluation.interval import bucketed_interval
from include.replay.hindsight import weigh
from include.replay.outcome import Kind, Result
from include.rounding import exceeds
from include.strict_json import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.evaluation.buckets import BucketedGain
    from include.replay.hindsight import Hindsight
    from include.replay.walked import Served, Walked

_UNKNOWN = ConfidenceInterval(
    value=math.nan, low=math.nan, high=math.nan, note="no labels of a day that was served are known yet"
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a setting would have come to.

    :param name: the setting.
    :param changes: dotted key to value.
    :param in_force: whether it is the one of ``model.yaml``.
    :param retrainings: candidates that monitoring asked for.
    :param trainings: candidates of the training DAG.
    :param promotions: candidates that became champion.
    :param rejections: candidates that the gate rejected, or could not compare.
    :param alarms: how often people would have been notified.
    :param days: days on which a champion served.
    :param evaluated: those of them whose labels are known by now.
    :param worse: evaluated days served by a model that another available one surely beat.
    :param regret: mean over evaluated days of what the best available model would have gained, in the primary
        metric, with its interval.
    :param over_in_force: mean gain over what the setting in force served on the same days.
    :param cpu: seconds of CPU of its candidates.
    :param champions: ISO date to the version that took over.
    :param metric: the primary metric; in one of the target's unit gains are shares.
    """

    name: str
    changes: dict[str, Any]
    in_force: bool
    retrainings: int
    trainings: int
    promotions: int
    rejections: int
    alarms: int
    days: int
    evaluated: int
    worse: int
    regret: ConfidenceInterval
    over_in_force: ConfidenceInterval
    cpu: float
    champions: dict[str, str]
    metric: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, NaN as None."""
        values: dict[str, Any] = plain(asdict(self))
        return values


def take_account(walked: Sequence[Walked], hindsight: Hindsight, confidence: float) -> list[Account]:
    """Return what each setting would have come to.

    Which models were available on a day is the same for all: those that any of the settings had fitted by
    then. The level of the intervals is raised with their number (Bonferroni), since the best of many is
    looked for.

    :param walked: the settings; the one in force is the first.
    :param hindsight: compares models.
    :param confidence: level of the intervals together.
    """
    level = 1 - (1 - confidence) / len(walked)
    since: dict[str, str] = {}
    for one in walked:
        for fitted in one.fitted:
            since[fitted.model] = min(fitted.since, since.get(fitted.model, "~"))
    force = {served.day: served for served in walked[0].served}
    return [_account(one, since, force, hindsight, level) for one in walked]


def recommend(accounts: Sequence[Account]) -> str:
    """Return in a sentence which setting is to be preferred; none while intervals overlap.

    :param accounts: the settings; one is in force.
    """
    known = [one for one in accounts if math.isfinite(one.regret.high)]
    force = next((one for one in known if one.in_force), None)
    if len(accounts) == 1:
        return "Only the setting in force was replayed: name others with --set."
    if force is None or len(known) < len(accounts):
        return "No recommendation: the labels of the days that were served are not known yet."
    best = min(known, key=lambda one: (one.regret.value, not one.in_force))
    if best is force or best.regret.high >= force.regret.low:
        return (
            "No recommendation: no setting has an interval of its regret below that of the setting in force; "
            "where intervals overlap, chance alone may have made the difference."
        )
    return (
        f"{best.name} would have served better than the setting in force: a regret of "
        f"{_interval(best.metric, best.regret)} in place of {_interval(best.metric, force.regret)} a day."
    )


def _account(
    one: Walked, since: dict[str, str], force: dict[str, Served], hindsight: Hindsight, level: float
) -> Account:
    regrets: dict[int, tuple[int, BucketedGain]] = {}
    gains: dict[int, tuple[int, BucketedGain]] = {}
    evaluated = worse = 0
    for served in one.served:
        available = {model for model, day in since.items() if day <= served.day} | {served.model}
        found = hindsight.regret(served.ref, served.model, available)
        if found is None:
            continue
        evaluated += 1
        regrets[id(found)] = (regrets.get(id(found), (0, found))[0] + 1, found)
        worse += exceeds(bucketed_interval(found, level).low, 0)
        other = force.get(served.day)
        if other is not None and other.ref.md5 == served.ref.md5:
            gain = hindsight.gain(served.ref, served.model, other.model)
            if gain is not None:
                gains[id(gain)] = (gains.get(id(gain), (0, gain))[0] + 1, gain)
    champions: dict[str, str] = {}
    for day in one.days:
        if day.champion is not None and day.champion not in champions.values():
            champions[day.day] = day.champion
    return Account(
        name=one.setting.name,
        changes=dict(one.setting.changes),
        in_force=one.setting.in_force,
        retrainings=one.count(Kind.RETRAINING),
        trainings=one.count(Kind.TRAINING),
        promotions=sum(one.count(kind, Result.PROMOTED) for kind in Kind),
        rejections=sum(one.count(kind, Result.REJECTED, Result.BLOCKED) for kind in Kind),
        alarms=one.alarms,
        days=len(one.served),
        evaluated=evaluated,
        worse=worse,
        regret=_mean(list(regrets.values()), level),
        over_in_force=_mean(list(gains.values()), level),
        cpu=one.cpu,
        champions=champions,
        metric=hindsight.metric,
    )


def _mean(parts: list[tuple[int, BucketedGain]], level: float) -> ConfidenceInterval:
    """Return the mean over days of some gains, with its interval."""
    days = sum(number for number, _ in parts)
    if not days:
        return _UNKNOWN
    return bucketed_interval(weigh([(number / days, gain) for number, gain in parts]), level)


def _interval(metric: str, found: ConfidenceInterval) -> str:
    value, low, high = (show_gain(metric, one, "") for one in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}]"
