from __future__ import annotations

from dataclasses import replace

import pytest

from include.errors import ConfigError
from mlops.openlineage.naming import of_alias, of_model, of_run, of_snapshot, of_uri
from mlops.openlineage.queries import Database, tables_of
from tests.adapter.openlineage.test_facets import REF

pytestmark = pytest.mark.adapter

POSTGRES = Database(kind="postgres", host="db.example", port=5433, database="shop")
QUERY = """-- orders of a day
SELECT o.id, c.age FROM sales.orders o JOIN customers c ON c.id = o.customer
WHERE o.day >= :from AND o.day < :to AND o.id NOT IN (SELECT id FROM sales."Returns")
"""


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("file:///srv/a/accounts.csv", ("file", "/srv/a/accounts.csv")),
        ("/srv/accounts.csv", ("file", "/srv/accounts.csv")),
        ("file:///srv/all.csv?partition=2005-05-31", ("file", "/srv/all.csv")),
        ("file:///srv/why?/100%#1.csv", ("file", "/srv/why?/100%#1.csv")),
        ("s3://bucket/a/b.parquet", ("s3://bucket", "a/b.parquet")),
        ("s3a://bucket/a", ("s3://bucket", "a")),
        ("gs://bucket/a", ("gs://bucket", "a")),
        ("abfss://user:secret@host/a", ("abfss://host", "/a")),
    ],
)
def test_files_are_named_as_the_specification_says(uri: str, name: tuple[str, str]) -> None:
    assert of_uri(uri) == name


@pytest.mark.parametrize("uri", ["s3://bucket", "file:///", ""])
def test_an_address_without_a_path_is_refused(uri: str) -> None:
    with pytest.raises(ConfigError, match="expected a path"):
        of_uri(uri)


@pytest.mark.parametrize(
    ("remote", "namespace", "name"),
    [
        ("/srv/registry.git", "dvc", "/srv/registry.git/"),
        ("https://user:secret@git.example/team/data.git", "dvc://git.example", "/team/data.git/"),
        ("ssh://git@git.example:2222/data.git", "dvc://git.example:2222", "/data.git/"),
        ("git@git.example:team/data.git", "dvc://git.example", "team/data.git/"),
    ],
)
def test_a_snapshot_is_named_by_its_registry_without_a_login(remote: str, namespace: str, name: str) -> None:
    assert of_snapshot(remote, REF) == (namespace, f"{name}{REF.path}")
    assert of_snapshot(remote, replace(REF, path="other")) != of_snapshot(remote, REF)


def test_models_are_named_by_their_server_without_a_login() -> None:
    server = "https://user:secret@mlflow.example:5000"
    assert of_model(server, "m") == ("mlflow://mlflow.example:5000", "models/m")
    assert of_alias(server, "m", "champion") == ("mlflow://mlflow.example:5000", "models/m@champion")
    assert of_run(server, "r") == ("mlflow://mlflow.example:5000", "runs/r/model")


def test_the_tables_of_a_query_are_named_as_the_specification_says() -> None:
    assert tables_of(QUERY, POSTGRES) == [
        ("postgres://db.example:5433", "shop.public.customers"),
        ("postgres://db.example:5433", "shop.sales.Returns"),
        ("postgres://db.example:5433", "shop.sales.orders"),
    ]


def test_a_database_that_the_specification_does_not_know_has_a_name_too() -> None:
    assert tables_of("SELECT a FROM t", Database(kind="duckdb", host="/srv/a.db")) == [
        ("duckdb:///srv/a.db", "t")
    ]


def test_a_query_that_can_t_be_understood_has_no_tables() -> None:
    assert tables_of("SELEC nonsense FROM", POSTGRES) == []
