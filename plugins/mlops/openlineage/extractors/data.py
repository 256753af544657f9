"""The tasks that bring data: from sources to snapshots, their contract, the frozen dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.config.views.read import load_view, views_folder
from include.data.dataset_record import TEST_FILE, TRAIN_FILE
from mlops.hooks.connected import ConnectedHook
from mlops.openlineage.datasets import read, read_snapshot, versioned, written, written_snapshot
from mlops.openlineage.lineage import Lineage, result_of, stored
from mlops.openlineage.naming import Name, of_uri
from mlops.openlineage.queries import Database, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openlineage.client.event_v2 import InputDataset

    from include.lineage import SnapshotRef

_QUERY = "sql://"  # how the origin of a snapshot begins that came from a query


def extract(task: Any) -> Lineage:
    """Return where deliveries came from, and the snapshots that are new or restated.

    A file is reported where a snapshot was made of it now; tables that are queried, and the sources of
    feature views, in every run, for they are asked each time.

    :param task: the operator.
    """
    published: tuple[SnapshotRef, ...] = tuple(task.noted.get("published", ()))
    files = [
        read(of_uri(ref.source), versioned(ref.source_sha256))
        for ref in published
        if not ref.source.startswith(_QUERY)
    ]
    tables = [read(name) for name in sorted(set(_tables(task)))]
    return Lineage(
        inputs=(*files, *tables),
        outputs=tuple(written_snapshot(task.data_registry.remote, ref, task.config) for ref in published),
    )


def validate(task: Any) -> Lineage:
    """Return the snapshots with what the contract found about each, whether it passed or not.

    :param task: the operator.
    """
    return Lineage(
        inputs=tuple(
            read_snapshot(task.data_registry.remote, one.ref, task.config, one.report)
            for one in task.noted.get("checked", ())
        )
    )


def prepare(task: Any) -> Lineage:
    """Return the snapshots, and the training and the test set that were made of them.

    :param task: the operator.
    """
    result, verdict = result_of(task), task.noted.get("verdict")
    files = [
        written(stored(task, f"{result['object_key']}/{file}"), versioned(digest), rows=rows)
        for file, digest, rows in (
            (TRAIN_FILE, result["train_digest"], result["train_rows"]),
            (TEST_FILE, result["test_digest"], result["test_rows"]),
        )
    ] if result else []  # fmt: skip
    return Lineage(
        inputs=snapshots(task),
        outputs=tuple(files),
        verdicts=() if verdict is None else (verdict,),
    )


def snapshots(task: Any) -> tuple[InputDataset, ...]:
    """Return the snapshots of the run as a task read them.

    :param task: the operator.
    """
    manifest = task.noted.get("manifest")
    refs = manifest.snapshots if manifest is not None else ()
    return tuple(read_snapshot(task.data_registry.remote, ref, task.config) for ref in refs)


def _tables(task: Any) -> Iterator[Name]:
    """Yield the tables and files that are read in each run: by queries, and as feature views."""
    config = task.config
    for name, table in config.source.tables.items():
        if table.sql is not None and config.queries.get(name):
            yield from tables_of(
                config.queries[name], _database(table.connection or config.source.connection)
            )
    for name in config.features.views:
        view = load_view(views_folder(Path(task.model_folder)), name)
        if view.query is not None:
            yield from tables_of(view.query, _database(view.source.connection))
        else:
            yield _view_files(view.source.connection, view.source.location[0])


def _view_files(connection: str, uri: str) -> Name:
    """Return the name of the files of a view: with their placeholder, for a run may read many of them."""
    if "://" in uri:
        return of_uri(uri)
    root = str(ConnectedHook.get_connection(connection).extra_dejson.get("root") or "")
    return of_uri(f"{root.rstrip('/')}/{uri}")


def _database(connection: str) -> Database:
    """Return where the queries behind a connection run."""
    found = ConnectedHook.get_connection(connection)
    return Database(
        kind=found.conn_type or "",
        host=found.host or "",
        port=found.port,
        database=found.schema or "",
    )
