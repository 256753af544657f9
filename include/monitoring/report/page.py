"""A page on one day of monitoring: the verdict, what drifted, and how the champion did."""

from __future__ import annotations

import math
from base64 import b64encode
from typing import TYPE_CHECKING

from include.evaluation.figures import show_margin
from include.monitoring.drift.decision import DriftDecision
from include.monitoring.drift.verdict import write_verdict
from include.monitoring.performance import slice_verdict as group_texts
from include.monitoring.performance.rules import find_status, format_interval
from include.monitoring.performance.status import PerformanceStatus
from include.monitoring.slices.drift import HEAD, group_drift_cells
from include.reporting.html import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.monitoring.drift.report import DriftReport
    from include.monitoring.performance.record import WindowPerformance
    from include.monitoring.slices.drift import GroupDriftReport
    from include.verdicts import Verdict

_STYLES = {
    "wait": "good", "retrain": "odd", "alert": "bad",
    DriftDecision.NO_DRIFT: "good", DriftDecision.BENIGN: "good",
    DriftDecision.IMPACTFUL: "bad", DriftDecision.INCONCLUSIVE: "odd",
    PerformanceStatus.GOOD: "good", PerformanceStatus.WORSE: "bad", PerformanceStatus.NOT_MATURE: "odd",
    PerformanceStatus.TOO_FEW_ROWS: "odd", PerformanceStatus.NO_PREDICTIONS: "odd",
}  # fmt: skip


def render_page(
    title: str,
    about: dict[str, str],
    verdict: Verdict,
    *,
    drift: DriftReport | None,
    distributions: bytes | None,
    windows: Sequence[WindowPerformance],
    performance: bytes | None,
    metric: str,
    groups: GroupDriftReport | None = None,
    accounts: Sequence[Sequence[str]] = (),
    promises: bytes | None = None,
    views: Sequence[Sequence[str]] = (),
) -> str:
    """Return the page.

    :param title: model and day.
    :param about: names and values that say what was looked at.
    :param verdict: the policy's decision.
    :param drift: what was found on the newest delivery; None when it was not looked at.
    :param distributions: PNG of training and delivery side by side.
    :param windows: the champion's windows, oldest first.
    :param performance: PNG of the metric over the windows.
    :param metric: the metric in it.
    :param groups: how the predictions of groups drifted; None when it was not looked at.
    :param accounts: what became of each promotion, newest first, below a row of heads; may be empty.
    :param views: what its views had for the newest delivery, below a row of heads; may be empty.
    :param promises: PNG of promised and delivered gains; None where nothing was delivered.
    """
    by_group = next((one for one in reversed(windows) if one.slices is not None), None)
    return render(
        "monitoring/report/page.html.j2",
        title=title,
        about=about,
        decision=verdict,
        style=lambda word: _STYLES.get(word, "odd"),
        windows=[_describe(window, metric) for window in windows],
        performance=_encode(performance),
        metric=metric,
        drift=write_verdict(drift) if drift is not None else None,
        distributions=_encode(distributions),
        group_window=by_group,
        group_margin=show_margin(metric, by_group.slices.max_drop) if by_group and by_group.slices else "",
        group_head=group_texts.HEAD,
        group_rows=group_texts.group_cells(by_group) if by_group else [],
        lost=[one.name for one in by_group.slices.lost] if by_group and by_group.slices else [],
        group_drift=groups,
        group_drift_head=HEAD,
        group_drift_rows=list(group_drift_cells(groups)) if groups else [],
        accounts=accounts,
        promises=_encode(promises),
        views=views,
    )


def _describe(window: WindowPerformance, metric: str) -> dict[str, str]:
    """Return what the table says of a window."""
    found = window.metrics.get(metric)
    known = found is not None and math.isfinite(found.value)
    return {
        "partition": window.partition,
        "version": window.version,
        "status": find_status(window),
        "figure": format_interval(metric, found) if found and known else "",
        "labels": f"{window.labelled:,} of {window.rows:,} ({window.coverage:.0%})",
    }


def _encode(png: bytes | None) -> str | None:
    """Return a picture as a page holds it."""
    return b64encode(png).decode() if png else None
