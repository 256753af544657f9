from __future__ import annotations

import json
import logging
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from airflow.providers.openlineage.extractors import OperatorLineage

from include.evaluation.confidence_interval import ConfidenceInterval
from include.lineage import Manifest, SnapshotRef
from include.validation.report import ValidationReport
from mlops.openlineage import facets
from mlops.openlineage.emit import Moment, facets_of
from mlops.openlineage.extractors import EXTRACTORS, find_extractor
from mlops.operators.drift_check import DriftCheckOperator
from mlops.operators.evaluate import EvaluateModelOperator
from mlops.operators.extract import ExtractDataOperator
from mlops.operators.gate import GateModelOperator
from mlops.operators.performance_check import PerformanceCheckOperator
from mlops.operators.prepare import PrepareDataOperator
from mlops.operators.promote import PromoteModelOperator
from mlops.operators.register import RegisterModelOperator
from mlops.operators.results.decisions import Promoted, RolledBack
from mlops.operators.results.monitoring import Scored
from mlops.operators.rollback import RollbackModelOperator
from mlops.operators.score import ScoreBatchOperator
from mlops.operators.train import TrainModelOperator
from mlops.operators.validate import ValidateDataOperator
from tests.world.openlineage_events import SCHEMAS, event_of, faults
from tests.world.results import HANDED_ON, VERDICT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from airflow.sdk import BaseOperator

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

REF = SnapshotRef(
    table="features", partition="2005-05-31", path="credit_risk/features/2005-05-31.parquet", md5="aa",
    rows=3, size=10, commit="c0ffee", source="file:///in/accounts.csv", source_sha256="bb",
    schema_digest="cc",
)  # fmt: skip
LABELS = replace(REF, table="labels", path="credit_risk/labels/2005-05-31.parquet", md5="ab")
MANIFEST = Manifest(model="credit_risk", as_of="2005-05-31", snapshots=(REF, LABELS))
RULES = (
    {"column": "age", "rule": "expect_column_values_to_be_between", "found": "1 of 3 rows",
     "allowed": "18 to 99", "severity": "critical", "why": "adults only", "passed": False, "built_in": False},
    {"column": "(table)", "rule": "expect_table_row_count_to_be_between", "found": "3",
     "allowed": "1 or more", "severity": "warning", "why": "", "passed": True, "built_in": True},
    {"column": "id, age", "rule": "expect_compound_columns_to_be_unique", "found": "0", "allowed": "0",
     "severity": "critical", "why": "", "passed": True, "built_in": True},
)  # fmt: skip
REPORT = ValidationReport(
    model="credit_risk", table="features", partition="2005-05-31", as_of="2005-05-31", rows=3,
    contract_digest="d", findings=(), rules=RULES, gx_result={},
)  # fmt: skip
CHECKED = [SimpleNamespace(ref=REF, report=REPORT)]
FIGURE = ConfidenceInterval(value=0.8, low=0.7, high=float("nan"), note="no interval")
PROMOTED = Promoted(version="2", aliases={"champion": "2", "previous_champion": "1"}, decision_id="i")
SCORED = Scored(
    partition="2005-05-31", version="2", object_key="models/m/predictions/p.parquet", rows=3, md5="aa",
    mean_score=0.2,
)  # fmt: skip
ROLLED_BACK = RolledBack(version="1", from_version="2", aliases={"champion": "1"}, decision_id="i")

# Each operator, its inputs, and what it has noted by the time it ends.
CASES: list[tuple[Callable[..., Any], dict[str, Any], dict[str, Any]]] = [
    (ExtractDataOperator, {"as_of": "2005-05-31"}, {"published": [REF], "result": "extracted"}),
    (ValidateDataOperator, {"extracted": 0}, {"checked": CHECKED, "result": "validated"}),
    (PrepareDataOperator, {"extracted": 0}, {"manifest": MANIFEST, "result": "dataset"}),
    (PrepareDataOperator, {"extracted": 0}, {"manifest": MANIFEST, "verdict": VERDICT}),
    (TrainModelOperator, {"extracted": 0, "validated": 0, "dataset": 0, "training_key": "k"},
     {"training_key": "k", "result": "trained"}),
    (EvaluateModelOperator, {"dataset": 0, "trained": 0},
     {"evaluation": SimpleNamespace(candidate={"roc_auc": FIGURE}), "result": "evaluated"}),
    (GateModelOperator, {"evaluated": 0, "training_key": "k", "promote": "p", "alert": "a"},
     {"verdict": VERDICT}),
    (RegisterModelOperator, {"extracted": 0, "dataset": 0, "trained": 0, "training_key": "k", "verdict": 0},
     {"result": "registered"}),
    (PromoteModelOperator, {"dataset": 0, "registered": 0, "evaluated": 0, "verdict": 0, "training_key": "k"},
     {"verdict": VERDICT, "result": PROMOTED.to_xcom()}),
    (RollbackModelOperator, {"target": "1", "reason": "worse"},
     {"verdict": VERDICT, "result": ROLLED_BACK.to_xcom()}),
    (ScoreBatchOperator, {"extracted": 0}, {"snapshot": REF, "result": SCORED.to_xcom()}),
    (DriftCheckOperator, {"extracted": 0}, {"snapshot": REF, "verdict": VERDICT, "result": "drift_checked"}),
    (PerformanceCheckOperator, {"as_of": "2005-05-31", "extracted": 0},
     {"manifest": MANIFEST, "verdicts": [VERDICT], "result": "evaluated_windows"}),
]  # fmt: skip


@pytest.fixture
def run(model_folder: Path, state: Path) -> Callable[..., BaseOperator]:
    """Return a function that leaves an operator as a run of it would."""

    def run(kind: Any, given: dict[str, Any], noted: dict[str, Any]) -> BaseOperator:
        inputs = {name: HANDED_ON[name] if value == 0 else value for name, value in given.items()}
        task = kind(task_id="t", model_folder=str(model_folder), **inputs)
        task.pre_execute({})
        result = noted.get("result")
        task.note(**{**noted, **({"result": HANDED_ON[result]} if isinstance(result, str) else {})})
        return task

    return run


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_every_operator_reports_what_the_specification_allows(
    run: Callable[..., BaseOperator], caplog: pytest.LogCaptureFixture, case: Any, moment: Moment
) -> None:
    event = event_of(facets_of(run(*case), moment))
    assert faults(event) == []
    assert not caplog.records
    assert event["run"]["facets"]["mlops_task"]["model"] == "credit_risk"
    if moment is not Moment.START:
        assert event["inputs"] or case[0] is RegisterModelOperator


def test_all_operators_with_data_or_models_are_among_them() -> None:
    assert {case[0].__name__ for case in CASES} == set(EXTRACTORS)


def test_an_operator_that_got_nowhere_has_no_outputs(run: Callable[..., BaseOperator]) -> None:
    for kind, given, _ in CASES:
        event = event_of(facets_of(run(kind, given, {}), Moment.FAILURE), "FAIL")
        assert faults(event) == []
        assert event["outputs"] == [], kind


def test_a_contract_that_is_broken_is_reported_rule_by_rule(run: Callable[..., BaseOperator]) -> None:
    task = run(ValidateDataOperator, {"extracted": 0}, {"checked": CHECKED})
    event = event_of(facets_of(task, Moment.FAILURE), "FAIL")
    (read,) = event["inputs"]
    assert read["facets"]["version"]["datasetVersion"] == "aa@c0ffee"
    first = read["facets"]["schema"]["fields"][0]
    assert (first["name"], first["type"], first["ordinal_position"]) == ("customer_id", "int64", 1)
    told = read["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [(one["success"], one.get("column"), one["severity"], one["name"]) for one in told] == [
        (False, "age", "error", "expect_column_values_to_be_between"),
        (True, None, "warn", "expect_table_row_count_to_be_between"),
        (True, None, "error", "expect_compound_columns_to_be_unique(id, age)"),
    ]
    assert read["inputFacets"]["dataQualityMetrics"]["rowCount"] == 3


def test_a_promotion_reports_the_version_its_run_and_its_verdict(run: Callable[..., BaseOperator]) -> None:
    kind, given, noted = next(case for case in CASES if case[0] is PromoteModelOperator)
    event = event_of(facets_of(run(kind, given, noted), Moment.COMPLETE))
    assert [(one["namespace"], one["name"]) for one in event["outputs"]] == [
        ("mlflow://127.0.0.1:9", "models/credit_risk@champion")
    ]
    version = event["inputs"][0]["facets"][facets.MODEL_VERSION]
    assert (version["version"], version["runId"]) == ("2", "run-1")
    assert version["metrics"] == [{"name": "roc_auc", "value": 0.8, "low": 0.7}]
    (verdict,) = event["run"]["facets"][facets.VERDICTS]["verdicts"]
    assert (verdict["decision"], verdict["reasons"][0]["passed"]) == ("promote", True)


def test_what_is_not_finite_is_left_out(run: Callable[..., BaseOperator]) -> None:
    kind, given, noted = next(case for case in CASES if case[0] is EvaluateModelOperator)
    event = event_of(facets_of(run(kind, given, noted), Moment.COMPLETE))
    (metric,) = event["inputs"][1]["facets"][facets.MODEL_VERSION]["metrics"]
    assert metric == {"name": "roc_auc", "value": 0.8, "low": 0.7}


def test_a_subclass_of_a_team_reports_what_its_operator_does() -> None:
    class Own(ScoreBatchOperator): ...

    assert find_extractor(Own) is EXTRACTORS["ScoreBatchOperator"]


def test_a_fault_of_our_own_is_one_warning_and_no_error(
    run: Callable[..., BaseOperator], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(task: Any) -> None:
        raise KeyError("no such thing")

    monkeypatch.setitem(EXTRACTORS, "ScoreBatchOperator", broken)
    task = run(ScoreBatchOperator, {"extracted": 0}, {})
    assert task.get_openlineage_facets_on_complete(None) == OperatorLineage()
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "event of t is sent without datasets and verdicts (complete): KeyError: 'no" in record.getMessage()


@pytest.mark.parametrize("name", ["ModelVersionDatasetFacet", "VerdictsRunFacet", "TaskRunFacet"])
def test_each_own_facet_names_its_schema_and_has_its_fields(name: str) -> None:
    import attr

    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    kind = getattr(facets, name)
    assert kind._get_schema() == schema["$id"]
    assert {field.name for field in attr.fields(kind)} == set(schema["properties"])


def test_a_fault_in_an_event_is_found(run: Callable[..., BaseOperator]) -> None:
    event = event_of(facets_of(run(*CASES[1]), Moment.COMPLETE))
    told = event["inputs"][0]
    del told["inputFacets"]["dataQualityAssertions"]["assertions"][0]["success"]
    told["facets"]["version"]["datasetVersion"] = 7
    told["facets"]["schema"]["columns"] = []
    event["run"]["facets"]["mlops_task"]["model"] = ""
    event["eventType"] = "ENDED"
    found = faults(event)
    assert len(found) == 5, found


VIEW = """
description: what a customer did
owner: crm
source: {{connection: crm, {source}}}
key: {{customer_id: integer}}
event_time: {{column: day}}
columns: {{n_logins: integer}}
"""


def test_queries_and_feature_views_are_inputs_by_the_names_of_their_tables(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = model_folder.parent.parent / "features"
    (folder / "queries").mkdir(parents=True)
    cut = "partition_by: {column: day, every: day}"
    (folder / "visits.yaml").write_text(VIEW.format(source=f"sql: queries/visits.sql, {cut}"))
    query = "SELECT customer_id, day, n_logins FROM crm.visits WHERE day >= :from AND day < :to"
    (folder / "queries" / "visits.sql").write_text(query)
    (folder / "plans.yaml").write_text(VIEW.format(source='uri: "plans/{partition}.csv", format: csv'))
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", "postgres://user:secret@db.example:5433/shop")
    root = json.dumps({"root": "s3://crm/in"})
    monkeypatch.setenv("AIRFLOW_CONN_CRM", f"postgres://user:secret@crm.example/crm?__extra__={quote(root)}")
    task = SimpleNamespace(
        noted={},
        model_folder=str(model_folder),
        config=SimpleNamespace(
            source=SimpleNamespace(
                connection="shop", tables={"features": SimpleNamespace(sql="f.sql", connection=None)}
            ),
            queries={"features": "SELECT * FROM orders WHERE day >= :from AND day < :to"},
            features=SimpleNamespace(views={"visits": None, "plans": None}),
        ),
    )
    assert [(one.namespace, one.name) for one in EXTRACTORS["ExtractDataOperator"](task).inputs] == [
        ("postgres://crm.example:5432", "crm.crm.visits"),
        ("postgres://db.example:5433", "shop.public.orders"),
        ("s3://crm", "in/plans/{partition}.csv"),
    ]
