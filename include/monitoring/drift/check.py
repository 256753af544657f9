"""Check a batch for drift: effect sizes against their null distributions, and against practical importance.

A column drifts when its statistic is larger than chance makes it in a batch of this size AND larger than the
threshold of ``model.yaml``. Chance follows from the null distributions of the profile; to it is added what is
tolerated (:mod:`include.monitoring.drift.measures`). On the scale on which shifts add up (the triangle
inequality), a batch from a source that has shifted by no more than the tolerance lies no further off than
chance plus tolerance, so its p-value is taken for the distance less the tolerance. The false discovery rate
over all tests of a batch is controlled by the procedure of Benjamini and Hochberg (1995), which stays valid
for tests that are positively dependent (Benjamini and Yekutieli 2001).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from include.errors import DataError
from include.monitoring.drift.decision import ColumnStatus
from include.monitoring.drift.definition_changes import find_changes
from include.monitoring.drift.measures import measure_all, was_constant
from include.monitoring.drift.report import (
    ColumnDrift,
    DriftReport,
    StatisticResult,
    worst_first,
)
from include.monitoring.null.false_discovery import find_level
from include.monitoring.tasks import MONITORED_TASKS
from include.monitoring.tasks.columns import PREDICTED, probability_of
from include.rounding import reaches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.monitoring_schema import Drift
    from include.monitoring.drift.measures import Measured
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.profile.profile import Profile


def check_drift(
    profile: Profile,
    counts: Counts,
    limits: Drift,
    *,
    importance: Mapping[str, float] | None = None,
    subject: str = "batch",
) -> DriftReport:
    """Check a batch that was counted in the bins of a profile.

    :param profile: the champion's profile.
    :param counts: counts of the batch, its predictions with them where there are any.
    :param limits: ``monitoring.drift`` of ``model.yaml``.
    :param importance: how important each feature is to the champion, at least 0 where it is of use; None
        when nobody knows.
    :param subject: what is checked, such as ``credit_risk 2005-09-30``.
    :return: the report; its ``decision`` is a :class:`DriftDecision`.
    :raises DataError: when the counts belong to another profile.
    """
    if counts.bins_digest != profile.bins_digest:
        raise DataError(
            f"{subject} was counted in the bins {counts.bins_digest}, the profile of {profile.model} has "
            f"{profile.bins_digest}: count the batch with the profile of the model version that is checked"
        )
    shift = MONITORED_TASKS[profile.task].find_shift(
        profile.predictions, profile.probabilities, profile.reference, counts
    )
    measured = list(measure_all(profile, counts, limits))
    level = find_level([one.p_value for one in measured], limits.false_discovery_rate)
    results: dict[str, list[StatisticResult]] = {}
    for one in measured:
        strict = limits.false_discovery_rate / len(measured)
        results.setdefault(one.name, []).append(_evaluate(one, level, strict))
    shares = _share_out(importance, profile)
    columns = [
        ColumnDrift(
            name=name,
            results=tuple(results.get(name, ())),
            changes=find_changes(profile.reference.columns[name], counts.columns[name], bins),
            importance=shares.get(name) if shares else None,
            constant_in_training=was_constant(profile.reference.columns[name], bins),
        )
        for name, bins in profile.columns.items()
        if not limits.is_left_out(name)
    ]
    return DriftReport(
        subject=subject,
        model=profile.model,
        rows=counts.rows,
        columns=tuple(sorted(columns, key=worst_first)),
        predictions=_describe_predictions(profile, counts, results),
        probabilities=_describe_probabilities(profile, counts, results),
        shift=shift.value if shift else None,
        shift_of=shift.of_class if shift else "",
        shift_unit=shift.unit if shift else "",
        false_discovery_rate=limits.false_discovery_rate,
        prediction_shift=limits.prediction_shift,
        left_out=tuple(filter(limits.is_left_out, profile.columns)),
    )


def _evaluate(one: Measured, level: float, strict: float) -> StatisticResult:
    """Say what follows from one statistic.

    :param one: what was measured.
    :param level: the largest p-value that is rejected.
    :param strict: the level for a test that is the only one of all to be rejected.
    """
    required = max(level, strict)
    limit = one.threshold_distance
    room = max(limit - one.tolerance, limit / 2)  # what is left for chance
    chance = one.null.critical_distance(one.rows, required)
    drifted = bool(one.p_value <= level and reaches(one.effect, one.threshold))
    if drifted:
        status = ColumnStatus.DRIFTED
    else:
        status = ColumnStatus.NO_DRIFT if chance <= room else ColumnStatus.INCONCLUSIVE
    return StatisticResult(
        statistic=one.null.statistic,
        effect=one.effect,
        threshold=one.threshold,
        critical_value=one.null.to_effect(chance + one.tolerance) if math.isfinite(chance) else None,
        p_value=one.p_value,
        rows=one.rows,
        rows_needed=None if drifted or chance <= room else one.null.rows_needed(room, required),
        between_day_variation=one.null.to_effect(one.null.between_day_variation),
        capped=one.is_capped,
        status=status,
    )


def _share_out(importance: Mapping[str, float] | None, profile: Profile) -> dict[str, float] | None:
    """Return each feature's share of the importance, or None where there is none to share."""
    own = {name: max(0.0, (importance or {}).get(name, 0.0)) for name in profile.columns}
    total = sum(own.values())
    return {name: value / total for name, value in own.items()} if total > 0 else None


def _describe_predictions(
    profile: Profile, counts: Counts, results: Mapping[str, list[StatisticResult]]
) -> ColumnDrift | None:
    """Return what happened to what is predicted, or None where no predictions were counted."""
    if not counts.predictions.sum():
        return None
    changes = find_changes(profile.reference.predictions, counts.predictions, profile.predictions)
    return ColumnDrift(
        name=PREDICTED,
        results=tuple(results.get(PREDICTED, ())),
        changes=changes,
        importance=None,
        constant_in_training=was_constant(profile.reference.predictions, profile.predictions),
    )


def _describe_probabilities(
    profile: Profile, counts: Counts, results: Mapping[str, list[StatisticResult]]
) -> tuple[ColumnDrift, ...]:
    """Return what happened to the probabilities of classes; nothing where no predictions were counted."""
    if not counts.predictions.sum():
        return ()
    return tuple(
        ColumnDrift(
            name=probability_of(name),
            results=tuple(results.get(probability_of(name), ())),
            changes=(),
            importance=None,
            constant_in_training=was_constant(profile.reference.probabilities[name], bins),
        )
        for name, bins in profile.probabilities.items()
    )
