from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from demo import databases, servers
from demo.state import State
from include.errors import InfrastructureError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]

MAKES = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('CREATE TABLE t (a)'); c.commit()"
FAILS = f"{MAKES}; print('no such revision', flush=True); sys.exit(3)"
HANGS = f"{MAKES}; import time; time.sleep(60)"


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(folder=tmp_path / "state", airflow_port=1, mlflow_port=2)
    servers.claim(state)
    return state


def migrate_by(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a small program stand in for the migrations, which take long."""

    def migration(state: State, target: Path) -> tuple[list[str], dict[str, str]]:
        return [sys.executable, "-c", program, str(databases._partial(target))], {}

    monkeypatch.setattr(databases, "_migration", migration)


def test_what_is_made_has_its_final_name(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate_by(MAKES, monkeypatch)
    databases.make(state, databases.missing(state))
    assert databases.missing(state) == []
    assert list(state.airflow_database.parent.iterdir()) == [state.airflow_database]


def test_what_an_earlier_start_left_unfinished_is_thrown_away(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ending in ("", "-wal"):
        partial = databases._partial(state.airflow_database)
        partial.with_name(partial.name + ending).write_bytes(b"half a page")
    migrate_by(MAKES, monkeypatch)
    databases.make(state, [state.airflow_database])
    with closing(sqlite3.connect(state.airflow_database)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]


def test_a_migration_that_fails_leaves_no_database_and_shows_its_log(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate_by(FAILS, monkeypatch)
    with pytest.raises(InfrastructureError, match=r"(?s)could not be made.*no such revision"):
        databases.make(state, databases.missing(state))
    assert len(databases.missing(state)) == 2


def test_an_interrupted_one_is_ended_and_leaves_no_database(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(process: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        monkeypatch.undo()
        raise KeyboardInterrupt

    migrate_by(HANGS, monkeypatch)
    monkeypatch.setattr(subprocess.Popen, "wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        databases.make(state, databases.missing(state))
    assert len(databases.missing(state)) == 2


def test_the_mode_in_which_readers_do_not_wait_stays_in_the_file(tmp_path: Path) -> None:
    databases.wait_instead_of_failing(tmp_path / "mlflow.db")
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
