"""What is read over the REST API is what MLflow's own client reads, of a real server."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from mlflow.exceptions import MlflowException

from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.mlflow_errors import MlflowAnswer, is_missing
from mlops.hooks.mlflow_rest import MlflowRest
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.runs import find_or_create_run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.servers import MlflowProcess

pytestmark = pytest.mark.integration


@pytest.fixture
def hook(mlflow_server: MlflowProcess) -> MlflowHook:
    hook = MlflowHook()
    assert isinstance(hook.rest, MlflowRest)
    return hook


@pytest.fixture
def model(tmp_path: Path) -> str:
    return "m_" + tmp_path.name.replace("-", "_")


def same(ours: Any, theirs: Any) -> None:
    """Compare what was read with the attributes of the same names, and deeper."""
    for name in vars(ours):
        mine, other = getattr(ours, name), getattr(theirs, name)
        if hasattr(mine, "__dataclass_fields__"):
            same(mine, other)
        else:
            assert mine == (dict(other) if isinstance(mine, dict) else type(mine)(other)), name


def test_a_run_with_tags_metrics_params_and_artifacts(hook: MlflowHook, model: str) -> None:
    run = find_or_create_run(hook, f"{model}/training", key="k", name="n", tags={"ümläut": "a 'b' \"c\""})
    run_id = run.info.run_id
    hook.log_metrics(run_id, {"a": 0.1, "b": -1e300})
    hook.log_metrics(run_id, {"a": 0.2})
    hook.client.log_param(run_id, "p", "1")
    hook.log_text(run_id, "größe\r\nzwei\n", "folder/deep er/ü.txt")
    hook.log_text(run_id, "", "folder/empty.txt")
    hook.close_run(run_id)
    same(hook.run(run_id), hook.client.get_run(run_id))
    same(
        hook.rest.get_experiment_by_name(f"{model}/training"),
        hook.client.get_experiment(run.info.experiment_id),
    )
    assert hook.has_artifact(run_id, "folder/deep er/ü.txt")
    assert not hook.has_artifact(run_id, "folder/other.txt")
    assert not hook.has_artifact(run_id, "nowhere/other.txt")
    theirs = MlflowHook()
    theirs.__dict__["rest"] = theirs.client
    for artifact in ("folder/deep er/ü.txt", "folder/empty.txt"):
        assert hook.read_text(run_id, artifact) == theirs.read_text(run_id, artifact)


def test_pages_and_orders_of_a_search(hook: MlflowHook, model: str) -> None:
    identifier = hook.experiment_id(f"{model}/decisions")
    for number in range(5):
        hook.client.create_run(
            identifier, start_time=number + 1, tags={"kind": "ab"[number % 2], "n": str(number)}
        )
    deleted = hook.client.create_run(identifier, tags={"kind": "a", "n": "deleted"})
    hook.client.delete_run(deleted.info.run_id)
    order = ["attributes.start_time DESC"]
    ours = hook.rest.search_runs([identifier], "tags.kind = 'a'", order_by=order, max_results=2)
    theirs = hook.client.search_runs([identifier], "tags.kind = 'a'", order_by=order, max_results=2)
    assert [run.data.tags["n"] for run in ours] == [run.data.tags["n"] for run in theirs] == ["4", "2"]
    assert ours.token == theirs.token
    rest = hook.rest.search_runs([identifier], "tags.kind = 'a'", order_by=order, page_token=ours.token)
    assert [run.data.tags["n"] for run in rest] == ["0"]
    assert rest.token is None
    assert hook.rest.search_runs([identifier], "tags.kind = 'c'") == []


def test_a_version_with_tags_and_aliases(hook: MlflowHook, model: str) -> None:
    registry = ModelRegistry(hook, model)
    assert registry.aliases() == {}
    assert registry.champion() is None
    run = find_or_create_run(hook, f"{model}/training", key="k", name="n", tags={})
    number, _ = registry.register(
        run_id=run.info.run_id,
        source=f"runs:/{run.info.run_id}/m",
        tags={"a": "ü", "empty": ""},
        description="d",
    )
    assert registry.aliases() == {}
    registry.set_alias("champion", number)
    same(hook.rest.get_registered_model(model), hook.client.get_registered_model(model))
    same(registry.champion(), hook.client.get_model_version(model, number))
    assert registry.version("7") is None


def test_what_does_not_exist_has_the_code_of_mlflows_own_client(hook: MlflowHook, model: str) -> None:
    assert hook.find_experiment(model) is None
    with pytest.raises(MlflowAnswer) as ours:
        hook.rest.get_run("0" * 32)
    with pytest.raises(MlflowException, match="not found"):
        hook.run("0" * 32)
    with pytest.raises(Exception, match="not found") as theirs:
        hook.client.get_run("0" * 32)
    assert is_missing(ours.value)
    assert is_missing(theirs.value)
    assert str(ours.value) == str(theirs.value)
    assert not is_missing(ValueError("RESOURCE_DOES_NOT_EXIST"))


def test_reading_imports_no_mlflow_and_its_functions_find_the_same_server_afterwards(
    hook: MlflowHook, model: str
) -> None:
    run = find_or_create_run(hook, f"{model}/training", key="k", name="n", tags={"a": "b"})
    code = f"""
import sys
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.runs import find_or_create_run, find_run
hook = MlflowHook()
ModelRegistry(hook, {model!r}).champion(), Ledger(hook, {model!r}).steps()
found = find_or_create_run(hook, "{model}/training", key="k", name="n", tags={{}})
assert found.info.run_id == {run.info.run_id!r}
assert "mlflow" not in sys.modules, "a run that exists is found without MLflow"
with hook.active_run(found.info.run_id):
    import mlflow
    mlflow.set_tag("late", "c")
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert hook.run(run.info.run_id).data.tags["late"] == "c"
