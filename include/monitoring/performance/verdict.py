"""The rules that turn what is known of a window into a status, in the order in which they are applied.

1. **Predictions.** Without any there is nothing to evaluate.
2. **Mature.** Before the labels are due, only a complete set counts: labels that come early are often all of
   one kind (who pays is known later than who does not), so a part of them says nothing about the rest.
3. **Coverage.** Afterwards too many may still be missing; that is a matter to ask about, not a judgement.
4. **Rows.** Enough of them, of both classes, that the primary metric has an interval.
5. **Drop.** Worse is a primary metric below the reference by more than ``max_drop`` whose whole interval lies
   below the reference as well: the first says that it matters, the second that it is no luck.
6. **Floors.** Worse is also a metric whose whole interval misses a floor of the gate.

The first four stop at the first that fails.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

from include.config.metric_names import METRICS
from include.data.maturity import settings_to_change
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.monitoring.performance.record import WindowPerformance

GOOD, WORSE, NOT_YET, TOO_FEW, NO_PREDICTIONS = "good", "worse", "not yet", "too few", "no predictions"


def find_status(window: WindowPerformance) -> str:
    """Return the status of a window: that of the first rule that fails, or ``good``."""
    for reason, status in _apply(window):
        if reason.passed is False:
            return status
    return GOOD


def explain(window: WindowPerformance) -> Verdict:
    """Return the status of a window with its reasons: a verdict of kind ``performance``.

    :param window: what is known of it.
    """
    reasons = tuple(reason for reason, _ in _apply(window))
    status = find_status(window)
    plain = window.to_dict()
    return Verdict(
        kind="performance",
        decision=status,
        subject=f"{window.model} version {window.version} on {window.partition}, as of {window.as_of}",
        summary=_summarise(window, status, [reason for reason in reasons if reason.passed is False]),
        reasons=reasons,
        inputs={key: value for key, value in plain.items() if key not in {"format", "limits"}},
        thresholds=plain["limits"],
        counterfactuals=tuple(_alternatives(window, status)),
    )


def _apply(window: WindowPerformance) -> Iterator[tuple[Reason, str]]:
    """Yield each rule that was applied, and the status when it fails."""
    for check, status in (
        (_predictions, NO_PREDICTIONS), (_mature, NOT_YET), (_coverage, NOT_YET), (_rows, TOO_FEW),
    ):  # fmt: skip
        reason = check(window)
        yield reason, status
        if reason.passed is False:
            return
    yield _drop(window), WORSE
    for name, floor in window.limits.floors.items():
        yield _floor(window, name, floor), WORSE


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
    found = f"{window.evaluated:,} evaluated, {window.positives:,} positive"
    if window.learned and not window.holdout_known:
        found += (
            ": the version was trained on this delivery, and nobody knows on whom; tag it with "
            "mlops.split_seed and mlops.split_test_share"
        )
    elif window.learned:
        found += ", held out only: the version was trained on the others of this delivery"
    return Reason(
        rule="rows",
        passed=window.evaluated >= window.limits.min_rows and measured,
        found=found,
        required=f"at least {window.limits.min_rows:,}, of both classes",
    )


def _drop(window: WindowPerformance) -> Reason:
    """Compare the primary metric with the version's own evaluation."""
    name, limits = window.limits.primary, window.limits
    required = f"at most {limits.max_drop:g} worse, or an interval that reaches the evaluation's value"
    found = window.metrics[name]
    if window.reference is None:
        text = f"{_show(found)}; no evaluation of version {window.version} is known"
        return Reason(rule=f"drop:{name}", passed=None, found=text, required=required)
    before = window.reference.interval.value
    loss = before - found.value if METRICS[name].higher_is_better else found.value - before
    surely = _best(found, name) < before if METRICS[name].higher_is_better else _best(found, name) > before
    return Reason(
        rule=f"drop:{name}",
        passed=not (loss > limits.max_drop and surely),
        found=f"{_show(found)}, {abs(loss):.4f} {'worse' if loss > 0 else 'better'} than the {before:.4f} of "
        f"its evaluation, which its interval {'does not reach' if surely else 'reaches or passes'}",
        required=required,
    )


def _floor(window: WindowPerformance, name: str, floor: float) -> Reason:
    """Hold a metric against a floor of the gate; luck is given the benefit of the doubt."""
    found, higher = window.metrics[name], METRICS[name].higher_is_better
    best = _best(found, name)
    return Reason(
        rule=f"floor:{name}",
        passed=best >= floor if higher else best <= floor,
        found=_show(found),
        required=f"an interval that reaches {floor:g} or {'more' if higher else 'less'}",
    )


def _best(found: ConfidenceInterval, name: str) -> float:
    """Return the end of an interval that is better for the model."""
    return found.high if METRICS[name].higher_is_better else found.low


def _show(found: ConfidenceInterval) -> str:
    return f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]"


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


def _summarise(window: WindowPerformance, status: str, failed: list[Reason]) -> str:
    """Return the status and its main reason in one sentence."""
    who = f"version {window.version}"
    if status == NO_PREDICTIONS:
        return f"{who} has not scored {window.partition}: there is nothing to evaluate"
    if status == NOT_YET:
        known = f"{window.labelled:,} of {window.rows:,} labels are known ({window.coverage:.1%})"
        late = (date.fromisoformat(window.as_of) - date.fromisoformat(window.due)).days
        if late < 0:
            return f"labels are due on {window.due}: {known} on {window.as_of}"
        return f"labels were due on {window.due}, {late} days ago, but only {known}: ask their source"
    if status == TOO_FEW:
        return f"too few rows to evaluate {who}: {failed[0].found}"
    if status == WORSE:
        return f"{who} is worse than it was: " + "; ".join(f"{one.rule} {one.found}" for one in failed)
    found, before = window.metrics[window.limits.primary], window.reference
    compared = f", {before.interval.value:.4f} in its evaluation" if before else ""
    return (
        f"{who} holds on {window.evaluated:,} labelled rows: {window.limits.primary} {_show(found)}{compared}"
    )


def _alternatives(window: WindowPerformance, status: str) -> Iterator[str]:
    """Yield what would have led to another status."""
    if status == NO_PREDICTIONS:
        yield f"predictions: run {window.model}_scoring as of {window.partition}"
    elif status == NOT_YET:
        needed = f"at least {window.limits.min_coverage:.0%} of the predictions"
        yield f"labels of {needed}, after {window.due}"
        if window.maturity.in_time:
            yield settings_to_change(window.coverage)
    elif status == TOO_FEW:
        yield f"{window.limits.min_rows:,} labelled rows of both classes (monitoring.performance.min_rows)"
    elif status == WORSE:
        yield f"{window.limits.primary} within {window.limits.max_drop:g} of the evaluation, floors in reach"
    elif window.reference is not None:
        sign = -1 if METRICS[window.limits.primary].higher_is_better else 1
        limit = window.reference.interval.value + sign * window.limits.max_drop
        side = "below" if sign < 0 else "above"
        yield f"{window.limits.primary} {side} {limit:.4f}, and its interval {side} the evaluation's value"
