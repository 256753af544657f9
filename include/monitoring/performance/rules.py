"""The rules that turn what is known of a window into a status, in the order in which they are applied.

1. **Predictions.** Without any there is nothing to evaluate.
2. **Mature.** Before the labels are due, only a complete set counts: labels that come early are often all of
   one kind (who pays is known later than who does not), so a part of them says nothing about the rest.
3. **Coverage.** Afterwards too many may still be missing; that is a question to their source.
4. **Rows.** Enough of them, and ten or more of either class, so that the primary metric has an interval that
   means something.
5. **Drop.** Worse is a primary metric below the reference by more than ``max_drop``, and by more than the
   noise of both together explains: the first says that it matters, the second that it is not chance.
6. **Floors.** Worse is also a metric whose whole interval misses a floor of the gate.

The first four stop at the first that fails.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from include.config.metric_names import METRICS
from include.evaluation.evidence import FEWEST_ENTITIES
from include.evaluation.figures import show_gain, show_limit, show_margin, show_value
from include.evaluation.gains import as_share, find_loss
from include.monitoring.performance.status import PerformanceStatus
from include.rounding import exceeds, reaches
from include.verdicts import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.monitoring.performance.record import WindowPerformance


def find_status(window: WindowPerformance) -> PerformanceStatus:
    """Return the status of a window.

    :param window: what is known of it.
    """
    return status_of(apply_rules(window))


def status_of(outcomes: Iterable[tuple[Reason, PerformanceStatus]]) -> PerformanceStatus:
    """Return the status of the first rule that failed, or ``good``.

    :param outcomes: what :func:`apply_rules` yielded.
    """
    failed = (status for reason, status in outcomes if reason.passed is False)
    return next(failed, PerformanceStatus.GOOD)


def apply_rules(window: WindowPerformance) -> Iterator[tuple[Reason, PerformanceStatus]]:
    """Yield each rule that was applied, and the status when it fails.

    :param window: what is known of it.
    """
    for check, status in _STOPPING:
        reason = check(window)
        yield reason, status
        if reason.passed is False:
            return
    yield _drop(window), PerformanceStatus.WORSE
    for name, floor in window.limits.floors.items():
        yield _floor(window, name, floor), PerformanceStatus.WORSE


def _predictions(window: WindowPerformance) -> Reason:
    found = f"{window.rows:,} of version {window.version}"
    if window.restated:
        found += ", made from an older version of this delivery, which was restated since"
    return Reason(rule="predictions", passed=window.rows > 0, found=found, required="any")


def _mature(window: WindowPerformance) -> Reason:
    found = f"{window.labelled:,} of {window.rows:,} labels known on {window.as_of}"
    return Reason(
        rule="mature",
        passed=window.maturity.in_time,
        found=found,
        required=f"all of them, or {window.due} passed",
    )


def _coverage(window: WindowPerformance) -> Reason:
    return Reason(
        rule="coverage",
        passed=window.maturity.covered,
        found=f"{window.coverage:.1%} of the predictions have a label{_oddities(window)}",
        required=f"at least {window.limits.min_coverage:.0%} (target.min_coverage)",
    )


def _rows(window: WindowPerformance) -> Reason:
    primary = window.metrics.get(window.limits.primary)
    measured = primary is not None and math.isfinite(primary.low) and math.isfinite(primary.high)
    found = f"{window.evaluated:,} evaluated"
    if window.positives is not None:
        found += f", {window.positives:,} positive"
    if window.learned and not window.holdout_known:
        found += (
            ": the version was trained on this delivery, and on which of its rows is not known; tag it with "
            "mlops.split_seed and mlops.split_test_share"
        )
    elif window.learned:
        found += ", held out only: the version was trained on the others of this delivery"
    if primary is not None and primary.note:
        found += f"; inconclusive: {primary.note}"
    return Reason(
        rule="rows",
        passed=window.evaluated >= window.limits.min_rows and measured,
        found=found,
        required=f"at least {window.limits.min_rows:,}{describe_classes_needed(window)}",
    )


def describe_classes_needed(window: WindowPerformance) -> str:
    """Return how many rows of each of two classes it takes, for the end of a sentence; empty without two.

    :param window: what is known of it.
    """
    return "" if window.positives is None else f", {FEWEST_ENTITIES} or more of either class"


def _drop(window: WindowPerformance) -> Reason:
    """Compare the primary metric with the version's own evaluation."""
    name, limits = window.limits.primary, window.limits
    required = f"at most {show_margin(name, limits.max_drop)} worse, or a difference that may be chance"
    found = window.metrics[name]
    if window.reference is None:
        text = f"{format_interval(name, found)}; no evaluation of version {window.version} is known"
        return Reason(rule=f"drop:{name}", passed=None, found=text, required=required)
    before = window.reference.interval
    loss = find_loss(name, found.value, before.value)
    surely = exceeds(loss, _chance(found, before, name))
    side, than = "worse" if loss > 0 else "better", show_value(name, before.value)
    return Reason(
        rule=f"drop:{name}",
        passed=not (exceeds(loss, limits.max_drop) and surely),
        found=f"{format_interval(name, found)}, {show_gain(name, abs(loss), '')} {side} than the {than} of "
        f"its evaluation, which {'is more than chance' if surely else 'may be chance'}",
        required=required,
    )


def _chance(found: ConfidenceInterval, before: ConfidenceInterval, name: str) -> float:
    """Return the loss that the noise of window and evaluation together explains, as losses are counted.

    The distances to the ends that lie towards each other add up as squares: the interval of a difference from
    those of two independent figures (MOVER: Zou and Donner 2008, Statistics in Medicine 27). An evaluation
    whose interval is not known counts as exact.
    """
    gap = before.value - before.low if METRICS[name].higher_is_better else before.high - before.value
    chance = math.hypot(abs(_best(found, name) - found.value), 0.0 if math.isnan(gap) else gap)
    return as_share(chance, before.value) if METRICS[name].in_unit_of_target else chance


def _floor(window: WindowPerformance, name: str, floor: float) -> Reason:
    """Hold a metric against a floor of the gate; luck is given the benefit of the doubt."""
    found, metric, best = window.metrics[name], METRICS[name], _best(window.metrics[name], name)
    sides = (best, floor) if metric.higher_is_better else (floor, best)
    return Reason(
        rule=f"floor:{name}",
        passed=None if math.isnan(best) else reaches(*sides, metric.unit(best, floor)),
        found=format_interval(name, found),
        required=f"an interval that reaches {show_limit(name, floor)} or "
        f"{'more' if metric.higher_is_better else 'less'}",
    )


def _best(found: ConfidenceInterval, name: str) -> float:
    """Return the end of an interval that is better for the model."""
    return found.high if METRICS[name].higher_is_better else found.low


def format_interval(name: str, found: ConfidenceInterval) -> str:
    """Return a figure with its confidence interval, or that it has none.

    :param name: the metric.
    :param found: both.
    """
    value, low, high = (show_value(name, one) for one in (found.value, found.low, found.high))
    return f"{value} (inconclusive)" if math.isnan(found.low + found.high) else f"{value} [{low}, {high}]"


def _oddities(window: WindowPerformance) -> str:
    """Return what is odd about the labels, for the end of a sentence."""
    labels = window.labels
    counts = {
        "delivered twice": labels.repeated,
        "corrected by a later delivery": labels.corrected,
        "about entities that were not scored": labels.unknown,
    }
    odd = [f"{count:,} {words}" for words, count in counts.items() if count]
    return f" ({', '.join(odd)})" if odd else ""


_STOPPING = (
    (_predictions, PerformanceStatus.NO_PREDICTIONS),
    (_mature, PerformanceStatus.NOT_MATURE),
    (_coverage, PerformanceStatus.NOT_MATURE),
    (_rows, PerformanceStatus.TOO_FEW_ROWS),
)
