"""What people read about groups: reasons in a window's verdict, a table, a verdict to alert about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.figures import show_gain, show_margin, show_value
from include.reporting.text_table import text_table
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.monitoring.performance.record import WindowPerformance
    from include.monitoring.performance.slice_findings import SlicePerformance

KIND, WARNING = "performance by group", "warning"
HEAD = ("group", "rows", "positives", "now", "evaluation", "lost", "finding")


def group_reasons(window: WindowPerformance) -> Iterator[Reason]:
    """Yield what is to be said of groups in a window's verdict; this decides nothing.

    :param window: what is known of it.
    """
    found = window.slices
    if found is None:
        return
    allowed = show_margin(window.limits.primary, found.max_drop)
    required = f"no group that lost more than {allowed} for sure (gate.slices.max_drop)"
    for one in found.lost:
        yield Reason(
            rule=f"WARNING group:{one.name}", passed=None, found=_describe(one, window), required=required
        )
    if not found.lost:
        compared = sum(one.loss is not None for one in found.groups)
        text = found.note or f"{compared} of {len(found.groups)} groups compared, none of them"
        yield Reason(rule="groups", passed=None, found=text, required=required)


def group_cells(window: WindowPerformance) -> list[tuple[str, ...]]:
    """Return the cells of :data:`HEAD` for each group of a window, the one that lost most first.

    :param window: what is known of it.
    """
    found = window.slices
    if found is None:
        return []
    lost, metric = set(found.lost), window.limits.primary
    return [
        (
            one.name,
            f"{one.rows:,}",
            "-" if one.positives is None else f"{one.positives:,}",
            "-" if one.value is None else show_value(metric, one.value),
            "-" if one.before is None else show_value(metric, one.before),
            "-" if one.loss is None else _show_loss(metric, one.loss, "+"),
            one.note or ("lost" if one in lost else "no loss for sure"),
        )
        for one in found.groups
    ]


def to_group_table(window: WindowPerformance) -> str:
    """Return the groups of a window as a text table for a task log.

    :param window: what is known of it.
    """
    found = window.slices
    if found is None or not found.groups:
        return (found.note if found else "") or "no groups (sensitive, monitoring.slices)"
    more = f"\nand {found.left_out:,} smaller groups that are left out" if found.left_out else ""
    return text_table(HEAD, group_cells(window)) + more


def warn_of_groups(window: WindowPerformance) -> Verdict | None:
    """Return the verdict that an alert is sent about; None where no group lost.

    :param window: what is known of it.
    """
    found = window.slices
    if found is None or not found.lost:
        return None
    names = ", ".join(one.name for one in found.lost)
    allowed = show_margin(window.limits.primary, found.max_drop)
    return Verdict(
        kind=KIND,
        decision=WARNING,
        subject=f"{window.model} version {window.version} on {window.partition}, as of {window.as_of}",
        summary=f"the window as a whole holds, but {names} lost more than {allowed} in "
        f"{window.limits.primary}: look at what changed for them; nothing is retrained for this alone",
        reasons=tuple(group_reasons(window)),
        inputs={"cause": f"version {window.version}: {names}", "version": window.version},
        thresholds={"max_drop": found.max_drop, "false_discovery_rate": found.rate},
        counterfactuals=(f"a loss of at most {allowed} within the intervals of {names}",),
    )


def _describe(one: SlicePerformance, window: WindowPerformance) -> str:
    """Return what was found of a group that lost."""
    if one.loss is None or one.value is None or one.before is None:
        return one.note
    metric = window.limits.primary
    return (
        f"{metric} {show_value(metric, one.value)} on {one.rows:,} rows, {show_value(metric, one.before)} in "
        f"its evaluation: lost {_show_loss(metric, one.loss, '')}"
    )


def _show_loss(metric: str, loss: ConfidenceInterval, sign: str) -> str:
    value, low, high = (show_gain(metric, one, sign) for one in (loss.value, loss.low, loss.high))
    return f"{value} [{low}, {high}]"
