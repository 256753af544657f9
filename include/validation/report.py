"""What became of a snapshot under its contract: findings, figures, and the full result."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from include.errors import DataError
from include.media import log_line
from include.records import Record, RecordKind

MOST_IN_LOG = 10


def _to_passed(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 2 says of a rule whether it passed, where format 1 said whether it held."""
    rules = [
        {"passed" if name == "held" else name: value for name, value in rule.items()}
        for rule in fields["rules"]
    ]
    return {**fields, "rules": rules}


REPORT = RecordKind(
    name="validation report",
    remedy="remove the file and clear the task validate, which writes it again",
    upgrades=(_to_passed,),
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One rule that failed.

    :param column: the column or columns it is about; ``(table)`` for the table as a whole.
    :param rule: type of the expectation.
    :param found: what was found, as a person would read it.
    :param allowed: what would have passed.
    :param share: share of rows that break the rule, 0 to 1; None where the rule checks the column as a whole.
    :param examples: up to three values that break it, escaped.
    :param severity: ``critical`` or ``warning``.
    :param why: why the rule is there.
    :param built_in: whether it is one that every model has, which nobody can change.
    """

    column: str
    rule: str
    found: str
    allowed: str
    share: float | None
    examples: tuple[str, ...]
    severity: Literal["critical", "warning"]
    why: str
    built_in: bool = False


@dataclass(frozen=True, kw_only=True)
class ValidationReport(Record, kind=REPORT):
    """The result for one snapshot.

    :param model: name of the model.
    :param table: ``features`` or ``labels``.
    :param partition: ISO date of the delivery.
    :param as_of: ISO date of the run.
    :param rows: rows of the snapshot.
    :param contract_digest: digest of the contract that was applied.
    :param findings: rules that failed, worst first.
    :param rules: every rule that was applied: column, rule, found, allowed, severity, why and whether it
        passed.
    :param gx_result: the ``ExpectationSuiteValidationResult`` of Great Expectations as strict JSON.
    """

    model: str
    table: str
    partition: str
    as_of: str
    rows: int
    contract_digest: str
    findings: tuple[Finding, ...]
    rules: tuple[dict[str, Any], ...] = field(repr=False)
    gx_result: dict[str, Any] = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether no critical rule is broken."""
        return self.counts["critical"] == 0

    @property
    def counts(self) -> dict[str, int]:
        """Number of rules applied, of critical findings and of warnings."""
        severities = [finding.severity for finding in self.findings]
        return {
            "rules": len(self.rules),
            "critical": severities.count("critical"),
            "warning": severities.count("warning"),
        }

    def _plain(self) -> dict[str, Any]:
        plain = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        findings = [
            dataclasses.asdict(finding) | {"examples": list(finding.examples)} for finding in self.findings
        ]
        plain |= {
            "passed": self.passed, "counts": self.counts, "findings": findings, "rules": list(self.rules),
        }  # fmt: skip
        return plain

    @classmethod
    def _build(cls, plain: dict[str, Any]) -> Self:
        fields = {item.name: plain[item.name] for item in dataclasses.fields(cls)}
        fields["findings"] = tuple(
            Finding(**{**finding, "examples": tuple(finding["examples"])}) for finding in plain["findings"]
        )
        fields["rules"] = tuple(plain["rules"])
        return cls(**fields)

    def summary(self, limit: int = MOST_IN_LOG) -> str:
        """Return the report as lines for a task log.

        :param limit: most findings to show.
        """
        return summarise(self, limit)


class ContractBreach(DataError):  # noqa: N818 - a breach of contract is what it is called
    """A snapshot breaks a critical rule of its contract.

    :param report: what was found, kept in ``report``.
    :param origin: URI of the delivery, named in the message.
    """

    def __init__(self, report: ValidationReport, origin: str) -> None:
        super().__init__(f"{origin}: {summarise(report)}")
        self.report = report


def summarise(report: ValidationReport, limit: int = MOST_IN_LOG) -> str:
    """Return a short, sorted text: the outcome in one line, then the findings, worst first.

    :param report: the result.
    :param limit: most findings to show; the last line says how many more there are.
    """
    counts = report.counts
    head = f"{report.model} {report.table} {report.partition}"
    total = f"{counts['rules']} rules on {report.rows:,} rows"
    if not report.findings:
        return f"{head} passes its contract: {total}"
    outcome = "passes its contract, with warnings" if report.passed else "VIOLATES ITS CONTRACT"
    figures = ", ".join(
        f"{counts[severity]} {severity}" for severity in ("critical", "warning") if counts[severity]
    )
    lines = [f"{head} {outcome}: {figures} of {total}"]
    lines += [_line(finding) for finding in report.findings[:limit]]
    hidden = report.findings[limit:]
    if hidden:
        worst = sum(finding.severity == "critical" for finding in hidden)
        lines.append(f"  ... and {len(hidden)} more ({worst} critical); the report has them all")
    if not report.passed:
        lines.append(f"  This snapshot is not used for training. {_remedy(report)}")
    return "\n".join(map(log_line, lines))


def _remedy(report: ValidationReport) -> str:
    """Return what to do about a breach; nobody is sent to ``contract.yaml`` for a rule that is not there."""
    built_in = {finding.built_in for finding in report.findings if finding.severity == "critical"}
    again = "Have the source corrected and delivered again"
    if built_in == {True}:
        return f"{again}: the rule is built in and applies to every model."
    where = (
        "where the rule is wrong (those marked built in are not there)"
        if True in built_in
        else ("where the rule is wrong")
    )
    return f"{again}, or change contract.yaml {where}."


def _line(finding: Finding) -> str:
    """Return one finding on one line."""
    such_as = f", such as {'; '.join(finding.examples)}" if finding.examples else ""
    return (
        f"  {finding.severity.upper():<8} {finding.column}: {finding.rule}: found {finding.found}{such_as}; "
        f"allowed {finding.allowed}. {finding.why}{' (built in)' if finding.built_in else ''}"
    )
