"""Measure groups, and hold each against its own figure in the evaluation that made a version champion.

A loss is the difference of two figures on different rows, each with the standard error of its influence
values (:mod:`include.evaluation.spread`); degrees of freedom add up as Welch (1947, Biometrika 34) has it.
Customers who are in both make the standard error of the difference too large, never too small, where a model
does as well for them today as it did then.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from include.config.metric_names import METRICS
from include.evaluation.confidence_interval import ConfidenceInterval
from include.evaluation.contributions import sum_by_entity
from include.evaluation.evidence import explain_scarcity
from include.evaluation.gains import find_loss
from include.evaluation.metrics import MEASURES
from include.evaluation.slices import explain_few_rows
from include.evaluation.spread import Spread, measure_spread
from include.evaluation.tasks import EVALUATION_TASKS
from include.monitoring.performance.slice_findings import SliceFindings, SlicePerformance
from include.monitoring.slices.groups import cut_groups
from include.rounding import exceeds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.evaluation.slices import Slice

FEWEST = 10  # rows of either class


@dataclass(frozen=True, kw_only=True)
class GroupFigure:
    """The primary metric on the rows of one group.

    :param column: the column.
    :param group: the category or band; None for missing values.
    :param name: as people read it.
    :param rows: number of rows.
    :param positives: those of class 1; None where there are not two classes.
    :param value: the metric; NaN where it is inconclusive.
    :param error: its standard error.
    :param freedom: its degrees of freedom.
    :param note: why it is inconclusive; empty where it is not.
    """

    column: str
    group: str | None
    name: str
    rows: int
    positives: int | None
    value: float = math.nan
    error: float = math.nan
    freedom: float = 1.0
    note: str = ""


def measure_groups(
    table: pa.Table,
    target: np.ndarray,
    scores: np.ndarray,
    config: ModelConfig,
    *,
    entities: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> tuple[list[GroupFigure], int]:
    """Return the primary metric of each group, and how many smaller groups are left out.

    :param table: the columns of ``monitored_slices``, n rows.
    :param target: the label of each row as a number, of shape (n,).
    :param scores: what the model answers, of shape (n,) or (n, k).
    :param config: the model's configuration.
    :param entities: number of each row's entity, integers of shape (n,); None where each row is its own.
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    """
    groups, left_out = cut_groups(table, config)
    return [
        _measure(one, target, scores, config, entities=entities, weights=weights) for one in groups
    ], left_out


def find_slices(
    now: tuple[Sequence[GroupFigure], int], before: Mapping[Any, GroupFigure] | None, config: ModelConfig
) -> SliceFindings:
    """Hold the groups of a window against what they were.

    :param now: what :func:`measure_groups` returned for the window.
    :param before: figures of the version's evaluation by column and group; None where they are not known.
    :param config: the model's configuration.
    """
    figures, left_out = now
    compared = [_compare(one, before, config) for one in figures]
    return SliceFindings(
        max_drop=config.gate.slices.max_drop,
        rate=config.monitoring.drift.false_discovery_rate,
        groups=tuple(sorted(compared, key=_worst_first)),
        left_out=left_out,
    )


def _worst_first(one: SlicePerformance) -> tuple[bool, float]:
    return (True, 0.0) if one.loss is None else (False, -one.loss.value)


def _measure(
    one: Slice,
    target: np.ndarray,
    scores: np.ndarray,
    config: ModelConfig,
    *,
    entities: np.ndarray | None,
    weights: np.ndarray | None,
) -> GroupFigure:
    own, answers, task = target[one.rows], scores[one.rows], EVALUATION_TASKS[config.task]
    rows, positives = len(own), task.count_positives(own, config)
    about: dict[str, Any] = {
        "column": one.column,
        "group": one.group,
        "name": one.name,
        "rows": rows,
        "positives": positives,
    }
    if note := explain_few_rows(rows, config) or task.explain_target(own):
        return GroupFigure(**about, note=note)
    if task.count_scarce(own, config) < FEWEST:
        held = task.describe_target(own, config)
        return GroupFigure(**about, note=f"{held} in {rows} rows: {FEWEST} {task.fewest} needed")
    numbers = np.arange(rows) if entities is None else entities[one.rows]
    _, groups = np.unique(numbers, return_inverse=True)
    weighed, measure = None if weights is None else weights[one.rows], MEASURES[config.gate.primary]
    if measure.by_class:
        note = explain_scarcity(task.count_rows(own, groups, config, weighed).evidence)
        if note:
            return GroupFigure(**about, note=note)
    found = sum_by_entity(measure.influence(task.scored(own, answers, groups, config, weighed)), groups)
    unit = METRICS[config.gate.primary].unit(found.value)
    spread = measure_spread(found.shares, len(found.sums), unit)
    return GroupFigure(**about, value=float(found.value), error=spread.error, freedom=spread.freedom)


def _compare(
    now: GroupFigure, known: Mapping[Any, GroupFigure] | None, config: ModelConfig
) -> SlicePerformance:
    """Hold one group against what it was."""
    about: dict[str, Any] = {"name": now.name, "rows": now.rows, "positives": now.positives}
    if now.note or not math.isfinite(now.value):
        return SlicePerformance(**about, note=now.note or "not defined on these rows")
    about["value"] = now.value
    if known is None:
        return SlicePerformance(**about, note="not known before: the evaluation of this version is gone")
    then = known.get((now.column, now.group))
    if then is None:
        return SlicePerformance(**about, note="not known before: no test row was of this group")
    if then.note or not math.isfinite(then.value):
        return SlicePerformance(**about, note=f"not known before: {then.note or 'not defined'}")
    loss = find_loss(config.gate.primary, now.value, then.value)
    if not math.isfinite(loss):
        return SlicePerformance(
            **about, before=then.value, note="flawless before: nothing can be a share of it"
        )
    spread = _add(*_spreads_of_loss(config.gate.primary, now, then))
    reach = spread.reach(config.monitoring.performance.confidence)
    return SlicePerformance(
        **about,
        before=then.value,
        loss=ConfidenceInterval(value=loss, low=loss - reach, high=loss + reach),
        p_value=_p_value(loss - config.gate.slices.max_drop, spread),
    )


def _spreads_of_loss(metric: str, now: GroupFigure, then: GroupFigure) -> tuple[Spread, Spread]:
    """Return what the errors of two figures add to a loss's: by the delta method, where it is a ratio."""
    sizes = (1.0, 1.0)
    if METRICS[metric].in_unit_of_target and then.value:
        sizes = (1 / then.value, now.value / then.value**2)
    return (
        Spread(error=now.error * sizes[0], freedom=now.freedom),
        Spread(error=then.error * sizes[1], freedom=then.freedom),
    )


def _add(one: Spread, other: Spread) -> Spread:
    """Return the spread of the difference of two figures on different rows."""
    squares = [one.error**2, other.error**2]
    if not sum(squares):
        return Spread(error=0.0, freedom=1.0)
    parts = sum(square**2 / part.freedom for square, part in zip(squares, (one, other), strict=True))
    return Spread(error=math.sqrt(sum(squares)), freedom=max(1.0, sum(squares) ** 2 / parts))


def _p_value(excess: float, spread: Spread) -> float:
    """Return how often chance alone gives an excess like this, or a larger one, where there is none."""
    from scipy.special import stdtr

    if not spread.error:
        return float(not exceeds(excess, 0))
    return float(stdtr(spread.freedom, -excess / spread.error))
