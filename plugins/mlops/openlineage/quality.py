"""What the contract found about a snapshot, as OpenLineage's facets of data quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlineage.client.facet_v2 import data_quality_assertions_dataset, data_quality_metrics_input_dataset

if TYPE_CHECKING:
    from openlineage.client.generated.base import InputDatasetFacet

    from include.validation.report import ValidationReport

_TABLE = "(table)"  # what a report calls the table as a whole
_SEVERITIES = {"critical": "error", "warning": "warn"}


def quality_facets(report: ValidationReport, size: int) -> dict[str, InputDatasetFacet]:
    """Return the facets of a snapshot that was checked: each rule with its outcome, and the rows.

    :param report: what was found.
    :param size: bytes of the snapshot.
    """
    assertions = [_assertion(rule) for rule in report.rules]
    return {
        "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
            assertions
        ),
        "dataQualityMetrics": data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
            columnMetrics={}, rowCount=report.rows, bytes=size
        ),
    }


def _assertion(rule: dict[str, object]) -> data_quality_assertions_dataset.Assertion:
    """Return one rule; one on several columns names them in its text, for an assertion has one at most."""
    column, severity = str(rule["column"]), str(rule["severity"])
    one = column if column != _TABLE and ", " not in column else None
    name = str(rule["rule"])
    return data_quality_assertions_dataset.Assertion(
        assertion=name,
        success=rule["passed"] is not False,
        column=one,
        severity=_SEVERITIES.get(severity, severity),
        name=name if one or column == _TABLE else f"{name}({column})",
        description=str(rule["why"]),
        expected=str(rule["allowed"]),
        actual=str(rule["found"]),
    )
