"""A window's verdict, its JSON values and its line in a table: all with the status that its rules give."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from include.config.metric_names import METRICS
from include.data.maturity import settings_to_change
from include.evaluation.figures import show_margin, show_value
from include.monitoring.performance.rules import (
    apply_rules,
    describe_classes_needed,
    find_status,
    format_interval,
    status_of,
)
from include.monitoring.performance.slice_verdict import group_reasons
from include.monitoring.performance.status import PerformanceStatus
from include.reporting.text_table import text_table
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.monitoring.performance.record import WindowPerformance


def explain(window: WindowPerformance) -> Verdict:
    """Return the status of a window with its reasons: a verdict of kind ``performance``.

    :param window: what is known of it.
    """
    outcomes = tuple(apply_rules(window))
    reasons, status = tuple(reason for reason, _ in outcomes), status_of(outcomes)
    plain = {**window.to_dict(), "status": str(status)}
    return Verdict(
        kind="performance",
        decision=str(status),
        subject=f"{window.model} version {window.version} on {window.partition}, as of {window.as_of}",
        summary=_summarise(window, status, [reason for reason in reasons if reason.passed is False]),
        reasons=(*reasons, *group_reasons(window)),
        inputs={key: value for key, value in plain.items() if key not in {"format", "limits"}},
        thresholds=plain["limits"],
        counterfactuals=tuple(_alternatives(window, status)),
    )


def to_plain(window: WindowPerformance) -> dict[str, Any]:
    """Return a window's record as JSON values, with its status.

    :param window: what is known of it.
    """
    return {**window.to_dict(), "status": str(find_status(window))}


def to_table(windows: Sequence[WindowPerformance]) -> str:
    """Return the windows as a text table for a task log, a line each, in the order given.

    :param windows: what is known of each; none gives a line that says so.
    """
    if not windows:
        return "no window to evaluate"
    primary = windows[0].limits.primary
    head = ("window", "version", "predictions", "labelled", primary, "evaluation", "status")
    return text_table(head, [_cells(one) for one in windows])


def _cells(window: WindowPerformance) -> tuple[str, ...]:
    """Return one line of the table."""
    found, status = window.metrics.get(window.limits.primary), find_status(window)
    return (
        window.partition,
        window.version,
        f"{window.rows:,}",
        f"{window.coverage:.1%}" if window.rows else "-",
        format_interval(window.limits.primary, found) if found else "-",
        show_value(window.reference.metric, window.reference.interval.value) if window.reference else "-",
        status + (f", due {window.due}" if status is PerformanceStatus.NOT_MATURE else ""),
    )


def _summarise(window: WindowPerformance, status: PerformanceStatus, failed: list[Reason]) -> str:
    """Return the status and its main reason in one sentence."""
    who = f"version {window.version}"
    if status == PerformanceStatus.NO_PREDICTIONS:
        return f"{who} has not scored {window.partition}: there is nothing to evaluate"
    if status == PerformanceStatus.NOT_MATURE:
        known = f"{window.labelled:,} of {window.rows:,} labels are known ({window.coverage:.1%})"
        late = (date.fromisoformat(window.as_of) - date.fromisoformat(window.due)).days
        if late < 0:
            return f"labels are due on {window.due}: {known} on {window.as_of}"
        return f"labels were due on {window.due}, {late} days ago, but only {known}: ask their source"
    if status == PerformanceStatus.TOO_FEW_ROWS:
        return f"too few rows to evaluate {who}: {failed[0].found}"
    if status == PerformanceStatus.WORSE:
        return f"{who} is worse than it was: " + "; ".join(f"{one.rule} {one.found}" for one in failed)
    primary, before = window.limits.primary, window.reference
    found = format_interval(primary, window.metrics[primary])
    compared = f", {show_value(primary, before.interval.value)} in its evaluation" if before else ""
    return f"{who} holds on {window.evaluated:,} labelled rows: {primary} {found}{compared}"


def _alternatives(window: WindowPerformance, status: PerformanceStatus) -> Iterator[str]:
    """Yield what would have led to another status."""
    if status == PerformanceStatus.NO_PREDICTIONS:
        yield f"predictions: run {window.model}_scoring as of {window.partition}"
    elif status == PerformanceStatus.NOT_MATURE:
        needed = f"at least {window.limits.min_coverage:.0%} of the predictions"
        yield f"labels of {needed}, after {window.due}"
        if window.maturity.in_time:
            yield settings_to_change(window.coverage)
    elif status == PerformanceStatus.TOO_FEW_ROWS:
        needed = describe_classes_needed(window)
        yield f"{window.limits.min_rows:,} labelled rows (monitoring.performance.min_rows){needed}"
    elif status == PerformanceStatus.WORSE:
        margin = show_margin(window.limits.primary, window.limits.max_drop)
        yield f"{window.limits.primary} within {margin} of the evaluation, floors in reach"
    elif window.reference is not None:
        metric, before = METRICS[window.limits.primary], window.reference.interval.value
        sign = -1 if metric.higher_is_better else 1
        limit = before + sign * window.limits.max_drop * (before if metric.in_unit_of_target else 1)
        side = "below" if sign < 0 else "above"
        yield f"{metric.name} {side} {show_value(metric.name, limit)}, and a difference beyond chance"
