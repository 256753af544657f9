"""A page on one validated snapshot: the findings first, then every rule. One file, no script, nothing loaded.

Values come from the data and are not to be trusted: each text is escaped where it is put in, and the page
forbids the browser to load or run anything.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.validation.report import Finding, ValidationReport

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --bad: #b3261e; --odd: #9a6700; --good:
#1a7f37 } @media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --odd: #e3b341; --good: #56d364 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.outcome { font-size: 1.1rem; margin: .25rem 0 1rem } .bad { color: var(--bad) } .odd { color: var(--odd) }
.good { color: var(--good) }
dl { display: flex; flex-wrap: wrap; gap: .25rem 2rem; margin: 0 } dt { opacity: .7 } dd { margin: 0;
font-weight: 600 } .scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line) }
th { background: var(--soft); white-space: nowrap }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere } .why { opacity: .75; font-size: .9em }
"""
_MARKS = {"critical": ("bad", "critical"), "warning": ("odd", "warning")}


def render_page(report: ValidationReport) -> str:
    """Return the page.

    :param report: the result.
    """
    title = f"{report.model} {report.table} {report.partition}"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(title)}: data contract</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
{_outcome(report)}
<dl>{_facts(report)}</dl>
{_findings(report.findings)}
{_rules(report.rules)}
</body>
</html>
"""


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
    facts = {
        "rows": f"{report.rows:,}",
        "rules": f"{report.counts['rules']:,}",
        "as of": report.as_of,
        "contract": report.contract_digest[:12],
    }
    return "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())


def _findings(findings: Iterable[Finding]) -> str:
    """Return the table of findings, or nothing."""
    rows = "".join(
        _row(
            _severity(finding.severity),
            f"<code>{escape(finding.column)}</code>",
            escape(finding.found),
            "<br>".join(f"<code>{escape(value)}</code>" for value in finding.examples),
            escape(finding.allowed),
            f'<code>{escape(finding.rule)}</code><br><span class="why">{escape(finding.why)}</span>',
        )
        for finding in findings
    )
    if not rows:
        return ""
    return (
        f"<h2>Findings, worst first</h2>{_table(('', 'column', 'found', 'such as', 'allowed', 'rule'), rows)}"
    )


def _rules(rules: Iterable[Mapping[str, Any]]) -> str:
    """Return the table of every rule that was applied."""
    rows = "".join(
        _row(
            '<span class="good">held</span>' if rule["held"] else _severity(rule["severity"]),
            f"<code>{escape(rule['column'])}</code>",
            escape(rule["found"]),
            escape(rule["allowed"]),
            f'<code>{escape(rule["rule"])}</code><br><span class="why">{escape(rule["why"])}</span>',
        )
        for rule in rules
    )
    return f"<h2>All rules</h2>{_table(('', 'column', 'found', 'allowed', 'rule'), rows)}"


def _table(names: Iterable[str], rows: str) -> str:
    head = "".join(f"<th>{name}</th>" for name in names)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _severity(severity: str) -> str:
    style, text = _MARKS[severity]
    return f'<span class="{style}">{text}</span>'


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
