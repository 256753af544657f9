"""Pool, queue, priority, executor configuration and access of each model, from its ``model.yaml``."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

from include.config import load
from include.config.airflow_schema import TASK_IDS
from include.config.yaml_file import read_yaml
from mlops.dag_factory import model_dags
from mlops.defaults import Tag
from mlops.run_context import MODELS_ROOT, PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import DAG

pytestmark = pytest.mark.dags

WATCHDOG = "mlops_watchdog"

SETTINGS = """
approval: required
airflow:
  pool: scoring_pool
  queue: small
  priority: 7
  executor_config: {note: any}
  tasks:
    train: {pool: training_pool, queue: large, priority: 3, executor_config: {cpus: 4}}
  access: {credit-team: [can_read, can_edit], audit: [can_read]}
"""


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "models"
    shutil.copytree(MODELS_ROOT / "credit_risk", root / "credit_risk")
    monkeypatch.setattr(model_dags, "MODELS_ROOT", root)
    return root


def set_up(models: Path, text: str) -> None:
    """Add sections to the model's file in place of those that it has."""
    file = models / "credit_risk" / "model.yaml"
    file.write_text(file.read_text().replace("approval: none ", "# ") + text)


def parse() -> dict[str, DAG]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bag = DagBag(dag_folder=str(PROJECT_ROOT / "dags"))
    assert not bag.import_errors
    return dict(bag.dags)


def test_settings_reach_every_task_and_outlive_serialization(models: Path) -> None:
    set_up(models, SETTINGS)
    dags = parse()
    assert {Tag.BROKEN} & set().union(*(dag.tags for dag in dags.values())) == set()
    for dag_id, dag in dags.items():
        stored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
        for task in stored.tasks:
            own = task.task_id == "train"
            assert task.pool == ("training_pool" if own else "scoring_pool")
            assert task.queue == ("large" if own else "small")
            assert task.executor_config == {"note": "any"} | ({"cpus": 4} if own else {})
            if not dag_id.endswith("rollback"):
                assert task.priority_weight == (3 if own else 7)
                assert type(task.weight_rule).__name__ == "_AbsolutePriorityWeightStrategy"
        if dag_id == WATCHDOG:  # of all models
            assert stored.access_control is None
            continue
        assert stored.access_control == {
            "credit-team": {"DAGs": {"can_read", "can_edit"}, "DAG Runs": {"can_read", "can_create"}},
            "audit": {"DAGs": {"can_read"}, "DAG Runs": {"can_read"}},
        }


def test_a_rollback_waits_behind_nothing(models: Path) -> None:
    set_up(models, SETTINGS.replace("priority: 7", "priority: 1000000"))
    dags = parse()
    (first,) = dags["credit_risk_rollback"].tasks
    others = [task for dag in dags.values() for task in dag.tasks if task is not first]
    assert first.priority_weight > max(task.priority_weight for task in others)


def test_every_task_can_be_set_and_no_other(models: Path) -> None:
    set_up(models, "\napproval: required\nserving: {connection: models}\n")
    dags = parse()
    del dags[WATCHDOG]  # whose tasks are named after models
    assert {task.task_id for dag in dags.values() for task in dag.tasks} == set(TASK_IDS)


def test_without_settings_airflows_own_hold(models: Path) -> None:
    for dag in parse().values():
        assert dag.access_control is None
        for task in dag.tasks:
            assert (task.pool, task.queue, task.executor_config) == ("default_pool", "default", {})


def test_parsing_reads_each_file_of_a_model_once(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    monkeypatch.setattr(load, "read_yaml", lambda path: read.append(path) or read_yaml(path))
    runpy.run_path(str(PROJECT_ROOT / "dags" / "training.py"))
    assert read == [models / "credit_risk" / "model.yaml"]


def test_a_pod_without_its_provider_breaks_that_model_only(models: Path) -> None:
    shutil.copytree(models / "credit_risk", models / "other")
    file = models / "other" / "model.yaml"
    file.write_text(file.read_text().replace("name: credit_risk", "name: other"))
    set_up(models, "\nairflow: {tasks: {train: {executor_config: {pod_override: {spec: {}}}}}}\n")
    dags = parse()
    broken = {dag_id for dag_id, dag in dags.items() if Tag.BROKEN in dag.tags}
    assert broken == {"credit_risk_training", "credit_risk_retraining"}
    assert "apache-airflow-providers-cncf-kubernetes" in str(dags["credit_risk_training"].doc_md)


def test_a_wrong_pod_is_a_configuration_error() -> None:
    """In a process of its own, where a module of the test takes the place of the provider."""
    code = """
import sys, types
generator = types.ModuleType("airflow.providers.cncf.kubernetes.pod_generator")
class PodGenerator:
    @staticmethod
    def deserialize_model_dict(pod): raise ValueError("Invalid value for `containers`")
generator.PodGenerator = PodGenerator
for name in ("airflow.providers.cncf", "airflow.providers.cncf.kubernetes"):
    sys.modules[name] = types.ModuleType(name)
sys.modules[generator.__name__] = generator
from mlops.dag_factory.task_settings import _executor_config
try:
    _executor_config({"pod_override": {"spec": {}}})
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("ConfigError airflow.executor_config.pod_override is not a pod: ")
