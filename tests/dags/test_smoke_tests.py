"""A smoke test follows each promotion and rollback where ``model.yaml`` says where the model is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dags.test_approval_and_rollback import build
from tests.world.edits import edit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.dags


@pytest.fixture
def served(model_folder: Path) -> Path:
    edit(model_folder / "model.yaml", ("alerts:\n", "serving: {connection: models}\nalerts:\n"))
    return model_folder


@pytest.mark.parametrize("kind", ["training", "retraining"])
def test_a_promotion_is_followed_by_a_smoke_test_and_that_by_a_rollback(kind: str, served: Path) -> None:
    dag = build(kind, served)
    assert dag.get_task("promote").downstream_task_ids == {"smoke_test"}
    assert dag.get_task("smoke_test").downstream_task_ids == {"roll_back"}
    assert dag.get_task("smoke_test").roll_back == "roll_back"
    trigger = dag.get_task("roll_back")
    assert trigger.trigger_dag_id == build("rollback", served).dag_id
    assert (trigger.skip_when_already_exists, trigger.fail_when_dag_is_paused) == (True, True)
    for task in ("smoke_test", "roll_back"):
        assert f"| {task} |" in str(dag.doc_md)


def test_a_rollback_is_followed_by_a_smoke_test_that_nothing_follows(served: Path) -> None:
    dag = build("rollback", served)
    assert dag.get_task("rollback").downstream_task_ids == {"smoke_test"}
    task = dag.get_task("smoke_test")
    assert task.downstream_task_ids == set()
    assert task.roll_back == ""
    assert task.render_template_as_native_obj, "a result is a mapping, though a reason stays text"
    assert "| smoke_test |" in str(dag.doc_md)


@pytest.mark.parametrize("kind", ["training", "retraining", "rollback"])
def test_without_an_endpoint_there_is_none(kind: str, model_folder: Path) -> None:
    dag = build(kind, model_folder)
    assert not dag.has_task("smoke_test")
