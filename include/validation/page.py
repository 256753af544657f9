"""A page on one validated snapshot: the findings first, then every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.reporting.html import render

if TYPE_CHECKING:
    from include.validation.report import ValidationReport


def render_page(report: ValidationReport) -> str:
    """Return the page.

    :param report: the result.
    """
    heading = f"{report.model} {report.table} {report.partition}"
    style, outcome = _outcome(report)
    return render(
        "validation/page.html.j2",
        title=f"{heading}: data contract",
        heading=heading,
        style=style,
        outcome=outcome,
        figures={
            "rows": f"{report.rows:,}",
            "rules": f"{report.counts['rules']:,}",
            "as of": report.as_of,
            "contract": report.contract_digest[:12],
        },
        report=report,
    )


def _outcome(report: ValidationReport) -> tuple[str, str]:
    """Return a style, and the sentence that says how it went."""
    counts = report.counts
    if not report.passed:
        others = f" and {_plural(counts['warning'], 'warning')}" if counts["warning"] else ""
        critical = _plural(counts["critical"], "critical finding")
        return "bad", f"Violates its contract: {critical}{others}. It is not used for training."
    if report.findings:
        return "odd", f"Passes its contract, with {_plural(counts['warning'], 'warning')}."
    return "good", "Passes its contract."


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
