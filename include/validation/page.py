"""A page on one validated snapshot: the findings first, then every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.media import html
from include.reporting.html import facts, render, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.validation.report import Finding, ValidationReport

_MARKS = {"critical": ("bad", "critical"), "warning": ("odd", "warning")}


def render_page(report: ValidationReport) -> str:
    """Return the page.

    :param report: the result.
    """
    title = f"{report.model} {report.table} {report.partition}"
    body = (
        f"<h1>{html(title)}</h1>\n{_outcome(report)}\n{_facts(report)}\n{_findings(report.findings)}\n"
        f"{_rules(report.rules)}"
    )
    return render(f"{title}: data contract", body)


def _outcome(report: ValidationReport) -> str:
    """Return the line that says how it went."""
    counts = report.counts
    if not report.passed:
        others = f" and {_plural(counts['warning'], 'warning')}" if counts["warning"] else ""
        text = f"Breaks its contract: {_plural(counts['critical'], 'critical finding')}{others}."
        return f'<p class="outcome bad">{text} Nobody trains on it.</p>'
    if report.findings:
        return f'<p class="outcome odd">Holds its contract, with {_plural(counts["warning"], "warning")}.</p>'
    return '<p class="outcome good">Holds its contract.</p>'


def _facts(report: ValidationReport) -> str:
    """Return the figures of the snapshot."""
    return facts({
        "rows": f"{report.rows:,}",
        "rules": f"{report.counts['rules']:,}",
        "as of": report.as_of,
        "contract": report.contract_digest[:12],
    })


def _findings(findings: Iterable[Finding]) -> str:
    """Return the table of findings, or nothing."""
    rows = [
        (
            _severity(finding.severity),
            f"<code>{html(finding.column)}</code>",
            html(finding.found),
            "<br>".join(f"<code>{html(value)}</code>" for value in finding.examples),
            html(finding.allowed),
            f'<code>{html(finding.rule)}</code><br><span class="why">{html(finding.why)}'
            f"{' (built in)' if finding.built_in else ''}</span>",
        )
        for finding in findings
    ]
    if not rows:
        return ""
    return (
        f"<h2>Findings, worst first</h2>{table(('', 'column', 'found', 'such as', 'allowed', 'rule'), rows)}"
    )


def _rules(rules: Iterable[Mapping[str, Any]]) -> str:
    """Return the table of every rule that was applied."""
    rows = [
        (
            '<span class="good">held</span>' if rule["held"] else _severity(rule["severity"]),
            f"<code>{html(rule['column'])}</code>",
            html(rule["found"]),
            html(rule["allowed"]),
            f'<code>{html(rule["rule"])}</code><br><span class="why">{html(rule["why"])}</span>',
        )
        for rule in rules
    ]
    return f"<h2>All rules</h2>{table(('', 'column', 'found', 'allowed', 'rule'), rows)}"


def _severity(severity: str) -> str:
    style, text = _MARKS[severity]
    return f'<span class="{style}">{text}</span>'


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
