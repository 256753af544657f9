"""DuckDB for one join: bounded memory, a scratch folder of its own, and nothing from the network."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from include.data.days import midnight_before
from include.errors import InfrastructureError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMORY = "1GB"  # of a join; what does not fit goes to its folder
THREADS = 2
_EPOCH = date(1970, 1, 1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@contextmanager
def database(folder: Path) -> Iterator[Any]:
    """Yield a connection to an empty database in memory.

    :param folder: for what does not fit there.
    :raises StorageError: the disk is full or fails.
    :raises InfrastructureError: not even the smallest step fits into memory.
    """
    import duckdb

    settings = {
        "memory_limit": MEMORY,
        "threads": THREADS,
        "temp_directory": str(folder),
        "preserve_insertion_order": False,  # each row carries its place
        "asof_loop_join_threshold": 0,  # a stream of rows has no size that could be estimated
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=settings)
    try:
        yield connection
    except duckdb.OutOfMemoryException as error:
        raise InfrastructureError(
            f"joining views ran out of its {MEMORY} of memory, or {folder} of space ({_first_line(error)}): "
            "the task is retried. Free space there."
        ) from error
    except duckdb.IOException as error:
        raise StorageError(
            f"{folder}: {_first_line(error)}. Nothing was left behind; the task is retried. If it keeps "
            "failing, free space on that disk."
        ) from error
    finally:
        connection.close()


def make_zone(connection: Any, name: str, zone: str, first: int, last: int) -> str:
    """Make a table of the midnights of a time zone, and return its name.

    :param connection: from :func:`database`.
    :param name: of the table.
    :param zone: IANA name of the zone.
    :param first: the first day, in days since 1970.
    :param last: the last day.
    """
    latest = (date.max - _EPOCH).days
    days = [_EPOCH + timedelta(days=day) for day in range(first, min(last, latest) + 1)]
    begins = [(midnight_before(day, zone) - _BEGINNING) // _MICROSECOND for day in days]
    connection.register("made", pa.table({"day": pa.array(days, pa.date32()), "begins": begins}))
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM made")  # noqa: S608 - a name of ours
    connection.unregister("made")
    return name


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
