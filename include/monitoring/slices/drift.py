"""Has the distribution of the predictions changed for a group: the same question as for all, one by one.

The distance is Kolmogorov and Smirnov's D between the group's predictions at training and now; of predicted
classes the statistic that ``monitoring.drift.categorical`` names. What chance makes of it is known for all
rows (the null distribution of the predictions, with the rows that customers share and the variation between
training's days); D has no unit, so a group differs from it in its two sample sizes alone, and so does, for
many rows, a statistic of shares. It is read at the size that gives the same error: 1/n + 1/N of all rows as
of the group's. The false discovery rate is that of ``monitoring.drift``, over all groups of a delivery.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from include.monitoring.drift.decision import ColumnStatus
from include.monitoring.drift.measures import REPEATS, Measured
from include.monitoring.histogram.distances import count_rows, measure
from include.monitoring.null.calibrate import Plan, calibrate_counts
from include.monitoring.null.distribution import NullDistribution
from include.monitoring.null.false_discovery import find_level
from include.monitoring.tasks import MONITORED_TASKS
from include.monitoring.tasks.numbers import shift_of_mean
from include.records import Record, RecordKind
from include.rounding import reaches
from include.strict_json import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.config.monitoring_schema import Drift
    from include.monitoring.profile.profile import Profile
    from include.monitoring.slices.profile import GroupCounts, GroupProfile


def _name_task(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 2 names the task; there was one before."""
    return {**fields, "task": "binary"}


GROUP_DRIFT = RecordKind(
    name="report on the drift of groups",
    remedy="clear the task drift_check, which makes it again",
    upgrades=(_name_task,),
)
KS, USUAL = "ks", 0.1
UNKNOWN, TOO_FEW = "not known", "too few to tell"
HEAD = ("group", "rows", "at training", "distance", "mean prediction", "finding")


@dataclass(frozen=True, kw_only=True)
class GroupDrift:
    """One group.

    :param name: the group, such as ``sex=2``.
    :param rows: its rows in the delivery.
    :param before: its rows at training.
    :param distance: between both; None where it is not known.
    :param shift: change of the mean prediction; None where it is not known, or a class is predicted.
    :param p_value: how often chance alone gives such a distance; None where it is not known.
    :param finding: ``drifted``, ``no drift``, ``too few to tell`` or ``not known``.
    """

    name: str
    rows: int
    before: int
    distance: float | None = None
    shift: float | None = None
    p_value: float | None = None
    finding: str = UNKNOWN


@dataclass(frozen=True, kw_only=True)
class GroupDriftReport(Record, kind=GROUP_DRIFT):
    """All groups of a delivery.

    :param groups: the one that lies furthest off first.
    :param threshold: the distance from which on drift is of practical importance.
    :param note: why nothing, or not all, is known; empty otherwise.
    :param task: what is asked of a row.
    """

    groups: tuple[GroupDrift, ...] = ()
    threshold: float = USUAL
    note: str = ""
    task: str = "binary"

    @property
    def drifted(self) -> tuple[GroupDrift, ...]:
        """The groups that drifted."""
        return tuple(one for one in self.groups if one.finding == ColumnStatus.DRIFTED)

    def _plain(self) -> dict[str, Any]:
        values: dict[str, Any] = plain(asdict(self))
        return values

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        return cls(**{**fields, "groups": tuple(GroupDrift(**one) for one in fields["groups"])})


def check_group_drift(
    profile: Profile, before: GroupProfile | None, now: GroupProfile, limits: Drift
) -> GroupDriftReport:
    """Hold the predictions of each group of a delivery against those of the same group at training.

    :param profile: the champion's reference profile.
    :param before: its groups at training; None when they were not kept.
    :param now: the groups of the delivery, in the bins of the same profile.
    :param limits: ``monitoring.drift`` of ``model.yaml``.
    """
    statistic, threshold = _choose(profile, limits)
    if before is None or before.bins_digest != profile.bins_digest:
        note = "not known: this version was trained before the predictions of groups were kept"
        return GroupDriftReport(threshold=threshold, note=note, task=profile.task)
    others = sorted(name for name, cuts in now.cuts.items() if before.cuts.get(name) != cuts)
    known = {(one.column, one.group): one for one in before.groups if one.column not in others}
    pairs = [(one, known.get((one.column, one.group))) for one in now.groups]
    measured = {
        (one.column, one.group): _measure(profile, then, one, statistic=statistic, threshold=threshold)
        for one, then in pairs
        if then is not None and one.rows and then.rows
    }
    p_values = {key: one.p_value for key, one in measured.items()}
    level = find_level(list(p_values.values()), limits.false_discovery_rate)
    strict = max(level, limits.false_discovery_rate / max(1, len(p_values)))
    found = [
        _describe(profile, one, then, measured.get((one.column, one.group)), level=level, strict=strict)
        for one, then in pairs
    ]
    return GroupDriftReport(
        groups=tuple(
            sorted(found, key=lambda one: -1.0 if one.distance is None else one.distance, reverse=True)
        ),
        threshold=threshold,
        note=f"not known of {', '.join(others)}: monitored by other groups when this version was trained"
        if others
        else "",
        task=profile.task,
    )


def _choose(profile: Profile, limits: Drift) -> tuple[str, float]:
    """Return the statistic of groups, and from where on it is of practical importance."""
    if profile.predictions.kind == "categorical":
        return limits.categorical.statistic, limits.categorical.threshold
    return KS, limits.numeric.threshold if limits.numeric.statistic == KS else USUAL


def group_drift_cells(report: GroupDriftReport) -> Iterator[tuple[str, ...]]:
    """Yield the cells of :data:`HEAD` for each group.

    :param report: what was found.
    """
    show = MONITORED_TASKS[report.task].show_mean_shift
    for one in report.groups:
        yield (
            one.name,
            f"{one.rows:,}",
            f"{one.before:,}" if one.before else "-",
            "-" if one.distance is None else f"{one.distance:.3f} (limit {report.threshold:g})",
            "-" if one.shift is None else show(one.shift),
            one.finding,
        )


def _measure(
    profile: Profile, then: GroupCounts, now: GroupCounts, *, statistic: str, threshold: float
) -> Measured:
    """Measure one group, with the null distribution at the size that gives the same error."""
    counts, reference = np.array(now.counts), np.array(then.counts)
    rows, before = int(count_rows(statistic, counts)), int(count_rows(statistic, reference))
    everyone = max(1, int(count_rows(statistic, profile.reference.predictions)))
    alike = 1 / (1 / max(1, rows) + 1 / max(1, before) - 1 / max(everyone, before, 1))
    known = {one.statistic: one for one in profile.prediction_null_distributions}
    return Measured(
        name=now.name,
        null=known.get(statistic) or _make_null(profile, statistic),
        effect=measure(statistic, reference, counts, profile.predictions),
        threshold=threshold,
        rows=max(1, int(alike)),
    )


def _describe(
    profile: Profile,
    now: GroupCounts,
    then: GroupCounts | None,
    measured: Measured | None,
    *,
    level: float,
    strict: float,
) -> GroupDrift:
    """Say what follows for one group."""
    before = then.rows if then else 0
    if measured is None or then is None:
        return GroupDrift(name=now.name, rows=now.rows, before=before)
    room = max(measured.threshold_distance - measured.tolerance, measured.threshold_distance / 2)
    if measured.p_value <= level and reaches(measured.effect, measured.threshold):
        finding = str(ColumnStatus.DRIFTED)
    elif measured.null.critical_distance(measured.rows, min(strict, 0.1)) <= room:
        finding = str(ColumnStatus.NO_DRIFT)
    else:
        finding = TOO_FEW
    shift = None
    if (midpoints := profile.predictions.midpoints) is not None:
        shift = shift_of_mean(midpoints, np.array(then.counts), np.array(now.counts))
    return GroupDrift(
        name=now.name,
        rows=now.rows,
        before=before,
        distance=measured.effect,
        shift=shift,
        p_value=measured.p_value,
        finding=finding,
    )


def _make_null(profile: Profile, statistic: str) -> NullDistribution:
    """Return what chance makes of a statistic that the profile has no null distribution of."""
    if statistic == KS:
        return _BY_INEQUALITY
    plan = Plan(bins=profile.predictions, statistics=(statistic,))
    return calibrate_counts(plan, profile.reference.predictions, seed=profile.seed, repeats=REPEATS)[0]


# Of a version whose predictions have another statistic: Dvoretzky, Kiefer and Wolfowitz's inequality.
_BY_INEQUALITY = NullDistribution(
    statistic=KS, batch_sizes=(1.0,), median=(0.0,), tail_threshold=(0.0,), mean_excess=(0.0,)
)
