"""The world that tests share in turn: what one leaves behind is not there for the next."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.world.ports import free_port
from tests.world.world import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.servers import MlflowProcess
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

EPHEMERAL = 32_768  # from here on, Linux gives ports to connections

AT_FIRST: dict[str, Any] = {}


def count_rows(database: Path) -> dict[str, int]:
    """The number of rows of each table."""
    with closing(sqlite3.connect(database)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {
            name: connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0]
            for name in sorted(tables)
        }


def describe_mlflow(world: World) -> dict[str, Any]:
    """All that MLflow says of the model."""
    client = world.hook.client
    model = client.get_registered_model(MODEL)
    return {
        "experiments": sorted(one.name for one in client.search_experiments()),
        "model": (model.tags, model.aliases, model.description),
        "versions": {
            one.version: (one.tags, one.description)
            for one in client.search_model_versions(f"name = '{MODEL}'")
        },
        "runs": {
            run.info.run_id: (run.data.tags, run.data.metrics, run.data.params)
            for kind in ("training", "decisions")
            for run in world.runs(kind)
        },
    }


def spoil(world: World, database: Path) -> None:
    """Leave something behind wherever a test can."""
    client = world.hook.client
    for kind in ("training", "decisions"):
        for run in world.runs(kind):
            world.hook.set_tags(run.info.run_id, {"account": "of another test"})
            world.hook.log_metrics(run.info.run_id, {"delivered": 1.0})
    client.set_model_version_tag(MODEL, "1", "answer", "of another test")
    client.set_registered_model_tag(MODEL, "note", "of another test")
    client.create_experiment(f"{MODEL}/of another test")
    world.registry.set_alias("challenger", world.new_version()[0])
    (world.store / "of another test").write_text("")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO variable (key, val, is_encrypted) VALUES ('of', 'another test', 0)")
        connection.commit()


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_finds_the_world_as_it_was_made(
    world: World, mlflow_process: MlflowProcess, airflow_database: Path, turn: str
) -> None:
    found = {
        "MLflow": describe_mlflow(world),
        "artifacts": sorted(str(file) for file in mlflow_process.artifacts.rglob("*")),
        "files": sorted(str(file) for file in world.home.rglob("*")),
        "Airflow": count_rows(airflow_database),
    }
    assert found == AT_FIRST.setdefault("found", found)
    assert found["Airflow"]["dag_run"] == found["Airflow"]["asset_state_store"] == 0
    spoil(world, airflow_database)


def test_the_metadata_database_was_made_by_this_run_of_the_tests(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> None:
    own = tmp_path_factory.getbasetemp()
    assert empty_database.is_relative_to(own if worker_id == "master" else own.parent)


def test_no_connection_takes_the_port_of_a_server_that_is_about_to_start() -> None:
    ports = [free_port() for _ in range(20)]
    assert max(ports) < EPHEMERAL
    assert len(set(ports)) > 1, "two workers that ask at once must not get the same one"
