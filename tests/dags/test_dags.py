from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import BaseOperator
from airflow.serialization.serialized_objects import DagSerialization

from include.config.load import model_folders
from include.errors import ConfigError
from mlops.defaults import RETRY_POLICY, Tag
from mlops.run_context import MODELS_ROOT, PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import DAG

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.dags

HEAVY = (
    "pandas",
    "numpy",
    "sklearn",
    "scipy",
    "mlflow",
    "great_expectations",
    "openlineage",
    "mlops.openlineage",
    "dvc",
    "matplotlib",
    "polars",
    "pyarrow",
    "duckdb",
    "kubernetes",
)
WATCHDOG = "mlops_watchdog"
DAG_FILES = sorted((PROJECT_ROOT / "dags").glob("*.py"))


@pytest.fixture(scope="module")
def dags() -> dict[str, DAG]:
    bag = DagBag(dag_folder=str(PROJECT_ROOT / "dags"))
    assert not bag.import_errors, f"these DAG files can't be imported: {bag.import_errors}"
    return dict(bag.dags)


def test_every_model_folder_has_a_dag_of_each_kind(dags: dict[str, DAG]) -> None:
    models, kinds = [folder.name for folder in model_folders(MODELS_ROOT)], [file.stem for file in DAG_FILES]
    kinds.remove(Tag.WATCHDOG)  # one for all models
    assert set(dags) == {f"{model}_{kind}" for model in models for kind in kinds} | {WATCHDOG}
    for dag in dags.values():
        assert dag.dag_id.rpartition("_")[2] in dag.tags, f"{dag.dag_id}: tag it with its kind"


def test_every_dag_runs_once_at_a_time_without_catching_up(dags: dict[str, DAG]) -> None:
    for dag in dags.values():
        assert dag.max_active_runs == 1, f"{dag.dag_id}: set max_active_runs=1"
        assert dag.catchup is False, f"{dag.dag_id}: set catchup=False"


def test_every_dag_has_a_runbook_tags_and_an_owner(dags: dict[str, DAG]) -> None:
    for dag in dags.values():
        assert dag.doc_md, f"{dag.dag_id}: pass the module's docstring as doc_md"
        assert Tag.MLOPS in dag.tags, f"{dag.dag_id}: tag it with mlops.defaults.Tag"
        assert all(task.owner not in {"airflow", ""} for task in dag.tasks), (
            f"{dag.dag_id}: use default_args(config)"
        )


def test_the_runbook_names_every_task(dags: dict[str, DAG]) -> None:
    for dag in dags.values():
        for task in dag.tasks if dag.dag_id != WATCHDOG else []:
            assert f"| {task.task_id} |" in str(dag.doc_md), (
                f"{dag.dag_id}: add {task.task_id} to the runbook's table"
            )


def test_every_task_uses_the_one_retry_policy(dags: dict[str, DAG]) -> None:
    for dag in dags.values():
        for task in dag.tasks:
            assert task.retry_policy is RETRY_POLICY, f"{dag.dag_id}.{task.task_id}: use default_args(config)"
            assert task.retries, f"{dag.dag_id}.{task.task_id}: an outage must be retried"
            assert task.on_failure_callback, f"{dag.dag_id}.{task.task_id}: a failure must alert"


def test_the_watchdog_looks_at_each_model_and_is_on(dags: dict[str, DAG]) -> None:
    dag = dags[WATCHDOG]
    assert {task.task_id for task in dag.tasks} == {folder.name for folder in model_folders(MODELS_ROOT)}
    assert not any(task.upstream_task_ids for task in dag.tasks), "one model must not wait for another"
    assert dag.is_paused_upon_creation is False, "nobody would notice that it is off"
    for task in dag.tasks:
        assert [asset.uri for asset in task.inlets] == [f"mlops://models/{task.task_id}"]


def test_people_are_notified_of_a_run_that_takes_too_long_before_airflow_ends_it(
    dags: dict[str, DAG],
) -> None:
    for dag in (dag for dag_id, dag in dags.items() if dag_id != WATCHDOG):
        (deadline,) = DagSerialization.from_dict(DagSerialization.to_dict(dag)).deadline
        assert dag.deadline is not None
        assert dag.dagrun_timeout is not None
        assert isinstance(dag.deadline[0].interval, timedelta)
        assert dag.deadline[0].interval < dag.dagrun_timeout
        assert dag.deadline[0].callback.path == "mlops.alerts.late_run.notify_of_late_run"
        assert deadline


@pytest.mark.parametrize(
    ("settings", "hours"), [("off", None), ({"ignore": ["run late"]}, None), ({"run_takes": 3}, 3)]
)
def test_how_long_a_run_may_take_is_a_setting(settings: object, hours: int | None) -> None:
    from include.config.load import check_content, load_model
    from include.config.yaml_file import read_yaml
    from mlops.dag_factory.model_dags import common_arguments

    folder = MODELS_ROOT / "credit_risk"
    content = read_yaml(folder / "model.yaml").content
    content["monitoring"] = {**content["monitoring"], "watchdog": settings}
    config = check_content(folder, content | {"approval": "required"}, source=folder)
    scoring, training = (
        common_arguments(config, kind, "")["deadline"] for kind in (Tag.SCORING, Tag.TRAINING)
    )
    if hours is None:
        assert scoring is training is None
        return
    assert scoring.interval == timedelta(hours=hours)
    assert training.interval == timedelta(hours=hours + 48), "it may wait for an approval"
    assert training.callback.kwargs == {"model": "credit_risk", "hours": hours + 48}
    assert load_model(folder).monitoring.watchdog is not None


def test_the_way_from_data_to_champion(dags: dict[str, DAG]) -> None:
    dag = dags["credit_risk_training"]
    way = [
        "extract",
        "validate",
        "prepare",
        "check_new_data",
        "train",
        "evaluate",
        "gate",
        "register",
        "promote",
    ]
    for before, after in pairwise(way):
        assert after in dag.get_task(before).downstream_task_ids
        if before not in {"gate"}:
            assert dag.get_task(before).downstream_task_ids == {after}, (
                "the graph is one chain up to the gate"
            )
    assert dag.get_task("gate").downstream_task_ids == {"register", "alert"}
    assert set(dag.params) == {"as_of", "force", "dry_run"}


def test_the_way_from_data_to_predictions(dags: dict[str, DAG]) -> None:
    dag = dags["credit_risk_scoring"]
    assert {task.task_id: task.downstream_task_ids for task in dag.tasks} == {
        "extract": {"validate"},
        "validate": {"score"},
        "score": set(),
    }
    assert dag.get_task("extract").newest_only is True
    assert set(dag.params) == {"as_of"}


def test_the_way_from_data_to_a_retraining(dags: dict[str, DAG]) -> None:
    dag = dags["credit_risk_monitoring"]
    assert {task.task_id: task.downstream_task_ids for task in dag.tasks} == {
        "extract": {"validate"},
        "validate": {"drift_check", "performance_check"},
        "drift_check": {"policy"},
        "performance_check": {"policy", "probation"},
        "probation": {"roll_back", "ask"},
        "roll_back": set(),
        "ask": set(),
        "policy": {"retrain", "alert"},
        "retrain": set(),
        "alert": set(),
    }
    retrain = dag.get_task("retrain")
    assert isinstance(retrain, TriggerDagRunOperator)
    assert retrain.trigger_dag_id in dags
    assert retrain.skip_when_already_exists
    assert retrain.fail_when_dag_is_paused
    assert retrain.logical_date is None, "two triggers at the same second would collide"


def test_retraining_is_training_after_a_look_at_the_evidence(dags: dict[str, DAG]) -> None:
    training, retraining = dags["credit_risk_training"], dags["credit_risk_retraining"]
    ways = {task.task_id: task.downstream_task_ids for task in training.tasks}
    assert {task.task_id: task.downstream_task_ids for task in retraining.tasks} == {
        "show_evidence": {"extract"},
        **ways,
    }
    assert set(retraining.params) == {*training.params, "evidence"}
    assert not retraining.schedule
    assert retraining.is_paused_upon_creation is False, "monitoring would find it paused on the first day"


@pytest.mark.parametrize("kind", ["training", "scoring", "monitoring", "retraining"])
def test_a_model_that_can_not_be_read_gets_a_dag_that_says_so(kind: str, tmp_path: Path) -> None:
    from mlops.dag_factory.model_dags import add_dags

    def build(folder: Path, config: ModelConfig) -> DAG:
        raise ConfigError("model.yaml: gate.primary: unknown metric")

    namespace: dict[str, DAG] = {}
    add_dags(namespace, Tag(kind), build)
    assert set(namespace) == {f"{folder.name}_{kind}" for folder in model_folders(MODELS_ROOT)}
    assert all("unknown metric" in str(dag.doc_md) for dag in namespace.values())


def test_parsing_imports_nothing_heavy() -> None:
    """The DAG processor parses every file again and again; seconds of imports would be paid each time."""
    code = (
        "import runpy, sys\n"
        f"for file in {[str(file) for file in DAG_FILES]!r}:\n"
        "    runpy.run_path(file)\n"
        f"    print('parsed', file, *sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    parsed = [line for line in done.stdout.splitlines() if line.startswith("parsed ")]
    assert parsed == [f"parsed {file}" for file in DAG_FILES], "the first line that is longer imports it"


@pytest.mark.parametrize("file", DAG_FILES, ids=lambda file: file.name)
def test_a_dag_file_is_wiring_only(file: Path) -> None:
    tree = ast.parse(file.read_text())
    assert len(file.read_text().splitlines()) <= 120, (
        f"{file.name}: move what is not a wiring into plugins/mlops"
    )
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def test_a_broken_model_fails_loudly_and_leaves_the_others_alone() -> None:
    from mlops.dag_factory.broken_model import broken_model_dag

    dag = broken_model_dag("spoiled_training", ConfigError("model.yaml: gate.primary: unknown metric"))
    assert "unknown metric" in str(dag.doc_md)
    (task,) = dag.tasks
    with pytest.raises(ConfigError, match="unknown metric"):
        task.execute({})


def operators() -> list[type[BaseOperator]]:
    import importlib

    folder = PROJECT_ROOT / "plugins" / "mlops" / "operators"
    modules = [
        importlib.import_module(f"mlops.operators.{file.stem}")
        for file in folder.glob("[a-z]*.py")
        if file.stem not in {"base", "decision", "links", "results", "trigger"}
    ]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseOperator) and value.__module__ == module.__name__
    ]


@pytest.mark.parametrize("operator", operators(), ids=lambda operator: operator.__name__)
def test_a_constructor_only_assigns_its_template_fields(operator: type[BaseOperator]) -> None:
    import inspect

    constructors = [
        ast.parse(textwrap.dedent(inspect.getsource(base.__init__))).body[0]
        for base in operator.__mro__
        if base.__module__.startswith("mlops.") and "__init__" in vars(base)
    ]
    arguments = {argument.arg for init in constructors for argument in init.args.kwonlyargs}
    airflows = {
        name
        for base in operator.__mro__[1:]
        if base.__module__.startswith("airflow.")
        for name in getattr(base, "template_fields", ())
    }
    assert arguments == set(operator.template_fields) - airflows, (
        f"{operator.__name__}: parameters and template fields differ"
    )
    for statement in (one for init in constructors for one in init.body):
        if isinstance(statement, ast.Expr):
            continue  # super().__init__(...)
        assert isinstance(statement, ast.Assign)
        assert ast.unparse(statement.targets[0]) == f"self.{ast.unparse(statement.value)}"
