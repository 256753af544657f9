"""Validate one snapshot against its data contract."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from include.data.read_snapshot import count_rows
from include.data.schema import table_columns
from include.names import shown
from include.validation.builtin_rules import BuiltinRule, builtin_rules
from include.validation.checks import Check, build_checks, import_gx
from include.validation.evaluate import evaluate
from include.validation.idle_rules import conditional, selection_rules
from include.validation.messages import allowed_text, examples, found_text, unexpected_share
from include.validation.report import Finding, ValidationReport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.validation.contract.contract import Contract

_SEVERITIES = ("critical", "warning")


def validate_snapshot(
    path: Path, *, table: str, config: ModelConfig, contract: Contract, partition: str, as_of: str
) -> ValidationReport:
    """Return what became of a snapshot under its contract and under the rules that every model has.

    :param path: canonical snapshot on local disk.
    :param table: ``features`` or ``labels``.
    :param config: the model's configuration.
    :param contract: the model's contract.
    :param partition: ISO date of the delivery.
    :param as_of: ISO date of the run.
    :raises ConfigError: the contract names an expectation or a column that does not exist, or one that can't
        check the column it names.
    :raises DataError: the snapshot is missing or not a readable Parquet file.
    :raises StorageError: the disk fails to give it.
    """
    size = count_rows(path)
    rules = (*builtin_rules(config, table, partition, as_of, rows=size), *getattr(contract, table))
    columns = table_columns(config, table)
    checks = build_checks(rules, columns)
    selections = build_checks(selection_rules(rules), columns)
    rows, found = evaluate(path, (*checks, *selections))
    results = found[: len(checks)]
    idle = {
        place
        for place, result in zip(conditional(rules), found[len(checks) :], strict=True)
        if rows and not result.result["element_count"]
    }
    return ValidationReport(
        model=config.name,
        table=table,
        partition=partition,
        as_of=as_of,
        rows=rows,
        contract_digest=contract.digest,
        findings=_findings(checks, results, idle),
        rules=tuple(
            _outcome(check, result, idle=place in idle)
            | {"passed": bool(result.success) and place not in idle}
            for place, (check, result) in enumerate(zip(checks, results, strict=True))
        ),
        gx_result=_suite_result(
            f"{config.name}.{table}", results, partition=partition, as_of=as_of, rows=rows
        ),
    )


def _findings(checks: Sequence[Check], results: Sequence[Any], idle: set[int]) -> tuple[Finding, ...]:
    """Return the broken rules: critical first, then by share of rows; a whole column counts as all.

    A rule whose condition selected no row has checked nothing: that is a finding, and a warning, since a
    small delivery may well hold none of the rows that the rule is about.
    """
    found = [
        Finding(
            **_outcome(check, result, idle=place in idle),
            share=0.0 if place in idle else unexpected_share(result.result),
            examples=() if place in idle else examples(result.result),
        )
        for place, (check, result) in enumerate(zip(checks, results, strict=True))
        if not result.success or place in idle
    ]
    return tuple(
        sorted(
            found,
            key=lambda f: (_SEVERITIES.index(f.severity), -(1.0 if f.share is None else f.share), f.column),
        )
    )


def _outcome(check: Check, result: Any, *, idle: bool) -> dict[str, Any]:
    """Return one rule and what was found, in words.

    :param idle: whether its condition selected no row.
    """
    return {
        "column": ", ".join(map(shown, check.rule.columns)) or "(table)",
        "rule": check.rule.type,
        "found": "no row matches its row_condition, so nothing was checked"
        if idle
        else found_text(result.result),
        "allowed": allowed_text(check.rule.type, check.rule.kwargs),
        "severity": "warning" if idle else check.rule.severity,
        "why": check.rule.why,
        "built_in": isinstance(check.rule, BuiltinRule),
    }


def _suite_result(name: str, results: Sequence[Any], **meta: Any) -> dict[str, Any]:
    """Return the results as Great Expectations itself reports those of a suite, as strict JSON."""
    gx = import_gx()
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.validator.validation_statistics import calc_validation_statistics

    statistics = calc_validation_statistics(list(results))._asdict()
    suite = ExpectationSuiteValidationResult(
        success=statistics.pop("success"),
        results=list(results),
        suite_name=name,
        statistics=statistics,
        meta={"great_expectations_version": gx.__version__, **meta},
    )
    plain: dict[str, Any] = _strict_json(suite.to_json_dict())
    return plain


def _strict_json(value: Any) -> Any:
    """Return plain values with numbers that JSON does not have as text: inf, -inf, nan."""
    if isinstance(value, dict):
        return {str(name): _strict_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
