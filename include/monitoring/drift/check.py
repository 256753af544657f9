"""Check a batch for drift: effect against what is normal for so many rows, and against what matters.

A column drifts when its statistic is larger than chance makes it in a batch of this size AND larger than the
threshold of ``model.yaml``. Chance is what the null distributions of the profile say, plus what is tolerated
(:mod:`include.monitoring.drift.measures`). On the scale on which moves add up (the triangle inequality), a
batch from a source that has moved by no more than the tolerance lies no further off than chance plus
tolerance, so its p-value is taken for the distance less the tolerance. The false discovery rate over all
tests of a batch is held by Benjamini and Hochberg (1995), which stays valid for tests that are positively
dependent (Benjamini and Yekutieli 2001).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from include.errors import DataError
from include.monitoring.drift.decision import ColumnStatus
from include.monitoring.drift.definition_changes import find_changes
from include.monitoring.drift.measures import knew_one_value, measure_all
from include.monitoring.drift.report import PREDICTED, ColumnDrift, DriftReport, Move, worst_first
from include.monitoring.histogram.binning import NumericColumn
from include.monitoring.histogram.moments import locate, values_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.monitoring_schema import Drift
    from include.monitoring.drift.measures import Measured
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.profile.profile import Profile


__all__ = ["ColumnDrift", "DriftReport", "Move", "check_drift"]


def check_drift(
    profile: Profile,
    counts: Counts,
    limits: Drift,
    *,
    importance: Mapping[str, float] | None = None,
    subject: str = "batch",
) -> DriftReport:
    """Judge a batch that was counted in the places of a profile.

    :param profile: the champion's profile.
    :param counts: counts of the batch, its predictions with them where there are any.
    :param limits: ``monitoring.drift`` of ``model.yaml``.
    :param importance: what each feature is worth to the champion, at least 0 where it is of use; None when
        nobody knows.
    :param subject: what is judged, such as ``credit_risk 2005-09-30``.
    :return: the report; its ``decision`` is a :class:`DriftDecision`.
    :raises DataError: when the counts belong to another profile.
    """
    if counts.places != profile.places:
        raise DataError(
            f"{subject} was counted in the places {counts.places}, the profile of {profile.model} has "
            f"{profile.places}: count the batch with the profile of the model version that is checked"
        )
    judged = list(measure_all(profile, counts, limits))
    level = _find_level([one.p_value for one in judged], limits.false_discovery_rate)
    moves: dict[str | None, list[Move]] = {}
    for one in judged:
        moves.setdefault(one.name, []).append(_judge(one, level, limits.false_discovery_rate / len(judged)))
    shares = _share_out(importance, profile)
    watched = {
        name: column
        for name, column in profile.columns.items()
        if limits.limit_of(name, numeric=isinstance(column, NumericColumn))
    }
    columns = [
        ColumnDrift(
            name=name,
            moves=tuple(moves.get(name, ())),
            changes=find_changes(profile.reference.columns[name], counts.columns[name], column),
            importance=shares.get(name) if shares else None,
            knew_one_value=knew_one_value(profile.reference.columns[name], column),
        )
        for name, column in watched.items()
    ]
    return DriftReport(
        subject=subject,
        model=profile.model,
        rows=counts.rows,
        columns=tuple(sorted(columns, key=worst_first)),
        predictions=_describe_predictions(profile, counts, tuple(moves.get(None, ()))),
        shift=_find_shift(profile, counts),
        false_discovery_rate=limits.false_discovery_rate,
        prediction_shift=limits.prediction_shift,
        left_out=tuple(name for name in profile.columns if name not in watched),
    )


def _find_level(p_values: list[float], rate: float) -> float:
    """Return the largest p-value that Benjamini and Hochberg reject, or 0 where they reject none."""
    ordered = sorted(p_values)
    held = [p for place, p in enumerate(ordered, start=1) if p <= rate * place / len(ordered)]
    return max(held, default=0.0)


def _judge(one: Measured, level: float, strict: float) -> Move:
    """Judge one statistic.

    :param one: what was measured.
    :param level: the largest p-value that is no chance.
    :param strict: the level for a test that stands alone among all of them.
    """
    required = max(level, strict)
    room = max(one.bar - one.tolerance, one.bar / 2)  # what is left for chance
    chance = one.null.critical(one.rows, required)
    drifted = bool(one.p_value <= level and one.effect >= one.threshold)
    if drifted:
        status = ColumnStatus.DRIFTED
    else:
        status = ColumnStatus.NO_DRIFT if chance <= room else ColumnStatus.INCONCLUSIVE
    return Move(
        statistic=one.null.statistic,
        effect=one.effect,
        threshold=one.threshold,
        normal=one.null.to_effect(chance + one.tolerance) if math.isfinite(chance) else None,
        p_value=one.p_value,
        rows=one.rows,
        rows_needed=None if drifted or chance <= room else one.null.rows_for(room, required),
        variation=one.null.to_effect(one.null.wobble),
        capped=one.is_capped,
        status=status,
    )


def _share_out(importance: Mapping[str, float] | None, profile: Profile) -> dict[str, float] | None:
    """Return each feature's share of the importance, or None where there is none to share."""
    own = {name: max(0.0, (importance or {}).get(name, 0.0)) for name in profile.columns}
    total = sum(own.values())
    return {name: value / total for name, value in own.items()} if total > 0 else None


def _describe_predictions(profile: Profile, counts: Counts, moves: tuple[Move, ...]) -> ColumnDrift | None:
    """Return what happened to the predictions, or None where none were counted."""
    if not counts.predictions.sum():
        return None
    changes = find_changes(profile.reference.predictions, counts.predictions, profile.predictions)
    return ColumnDrift(
        name=PREDICTED,
        moves=moves,
        changes=changes,
        importance=None,
        knew_one_value=knew_one_value(profile.reference.predictions, profile.predictions),
    )


def _find_shift(profile: Profile, counts: Counts) -> float | None:
    """Return the change of the mean prediction with its sign, or None where there are none."""
    if not counts.predictions[1:].sum() or not profile.reference.predictions[1:].sum():
        return None
    places = locate(profile.predictions)
    before, now = (values_mean(part, places) for part in (profile.reference.predictions, counts.predictions))
    return float(now - before)
