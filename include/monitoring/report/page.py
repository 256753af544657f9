"""A page on one day of monitoring: the verdict, what drifted, and how the champion did."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from include.media import html
from include.monitoring.drift.decision import DriftDecision
from include.monitoring.drift.verdict import write_verdict
from include.monitoring.performance.rules import find_status
from include.monitoring.performance.status import PerformanceStatus
from include.reporting.html import facts, image, render, table, verdict_section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.monitoring.drift.report import DriftReport
    from include.monitoring.performance.record import WindowPerformance
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
    """
    parts = [f"<h1>{html(title)}</h1>", facts(about), "<h2>Decision</h2>", _verdict(verdict)]
    if windows:
        parts += ["<h2>Performance in production</h2>"]
        parts += [image(performance, f"{metric} over the windows")] if performance else []
        parts += [_windows(windows, metric)]
    if drift is not None:
        parts += ["<h2>Drift</h2>", _verdict(write_verdict(drift))]
        parts += [image(distributions, "training and delivery side by side")] if distributions else []
    return render(title, "\n".join(parts))


def _verdict(verdict: Verdict) -> str:
    """Return a verdict in the colour of its decision."""
    return verdict_section(verdict, _STYLES.get(verdict.decision, "odd"))


def _windows(windows: Sequence[WindowPerformance], metric: str) -> str:
    """Return the table of the windows."""
    rows = []
    for window in windows:
        found = window.metrics.get(metric)
        status = find_status(window)
        known = found is not None and math.isfinite(found.value)
        rows.append((
            html(window.partition),
            html(str(window.version)),
            f'<span class="{_STYLES[status]}">{html(status)}</span>',
            f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]" if found and known else "",
            f"{window.labelled:,} of {window.rows:,} ({window.coverage:.0%})",
        ))
    return table(("window", "version", "status", f"{metric} with interval", "labels known"), rows)
