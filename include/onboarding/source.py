"""A table that somebody has, as files: read once into a scratch database, in bounded memory.

DuckDB reads CSV as text, whose columns are typed by what all of their values are, and Parquet with its types.
Everything that is asked of the table afterwards is asked of the scratch database, on disk.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.data.ingest.formats import FORMATS
from include.errors import DataError
from include.names import INTERNAL, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    import pyarrow as pa

    from include.config.data_schema import SourceFormat

ROW = f"{INTERNAL}row"
"""Number of a row in the table, from 1 on."""
_MEMORY, _THREADS = "1GB", 2
_ENDINGS: dict[str, SourceFormat] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".csv.zst": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}


@dataclass(frozen=True, kw_only=True)
class Files:
    """The files of a table.

    :param paths: in the order of their rows.
    :param format: how they are written.
    :param origin: the file, or the folder that was named, for people.
    """

    paths: tuple[Path, ...]
    format: SourceFormat
    origin: str


def find_files(path: Path) -> Files:
    """Return the files that a path stands for: itself, or those of a folder and of its folders by name.

    :param path: a CSV or Parquet file, or a folder of part files.
    :raises DataError: there is nothing to read, or there are files of two formats.
    """
    allowed = ", ".join(_ENDINGS)
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder; check --from")
    if path.is_file():
        if (found := _format(path)) is None:
            raise DataError(f"{path}: found a name that ends otherwise; expected one of {allowed}")
        return Files(paths=(path,), format=found, origin=str(path))
    hidden = ("_", ".")
    files = sorted(
        one
        for one in path.rglob("*")
        if one.is_file()
        and _format(one)
        and not any(part.startswith(hidden) for part in one.relative_to(path).parts)
    )
    formats = {_format(one) for one in files} - {None}
    if len(formats) != 1:
        found_text = "CSV and Parquet side by side" if formats else "no file to read"
        raise DataError(f"{path}: found {found_text}; expected files of one format, ending in {allowed}")
    return Files(paths=tuple(files), format=formats.pop() or "csv", origin=str(path))


def _format(path: Path) -> SourceFormat | None:
    name = path.name.lower()
    return next((found for ending, found in _ENDINGS.items() if name.endswith(ending)), None)


class SourceTable:
    """The rows of a table in a scratch database.

    :param files: the files.
    :param scratch: folder for the database, which may become as large as the table.

    ``types`` maps each column that can be used to its type in DuckDB; ``unusable`` maps the others to why.

    :raises DataError: a file can't be read, is empty, or the files differ in their columns.
    """

    def __init__(self, files: Files, scratch: Path) -> None:
        import duckdb

        self.files = files
        self.origin = files.origin
        reader = FORMATS[files.format]
        headers = [tuple(reader.read_names(path, str(path))) for path in files.paths]
        self._check_headers(headers)
        usable, self.unusable = _usable(headers[0])
        self._database = duckdb.connect(
            str(scratch / "table.duckdb"),
            config={
                "memory_limit": _MEMORY,
                "threads": _THREADS,
                "temp_directory": str(scratch / "spill"),
                "autoinstall_known_extensions": "false",
            },
        )
        self._database.execute("SET TimeZone = 'UTC'")
        paths = ", ".join(literal(str(path)) for path in files.paths)
        if files.format == "csv":
            typed = {f"c{at}": "VARCHAR" for at in range(len(headers[0]))}
            content = (
                f"read_csv([{paths}], columns = {typed}, auto_detect = false, header = true, delim = ',', "
                "quote = '\"', escape = '\"', nullstr = '', max_line_size = 16777216)"
            )
        else:
            places = ", ".join(f"c{at}" for at in range(len(headers[0])))
            content = f"read_parquet([{paths}]) AS found({places})"
        self._places = {name: f"c{headers[0].index(name)}" for name in usable}
        numbered = ", ".join([f"row_number() OVER () AS {ROW}", *self._places.values()])
        try:
            self._database.execute(f"CREATE TABLE looked AS SELECT {numbered} FROM {content}")
        except duckdb.Error as error:
            said = " ".join(str(error).split())[:300]
            raise DataError(f"{self.origin}: can't be read as {files.format}: {said}") from error
        described = dict(self.query("SELECT column_name, column_type FROM (DESCRIBE looked)"))
        self.types: dict[str, str] = {name: described[place] for name, place in self._places.items()}
        self.rows = int(self.query("SELECT count(*) FROM looked")[0][0])
        if not self.rows:
            raise DataError(f"{self.origin}: found a header and no row; deliver the complete file")

    def __enter__(self) -> SourceTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def place(self, name: str) -> str:
        """Return what a column is called in SQL: names that differ in case alone are one to DuckDB."""
        return self._places[name]

    def keep(self, expressions: Mapping[str, str]) -> None:
        """Put typed values in the place of what was read: the table ``rows`` in the place of ``looked``.

        :param expressions: column to an expression over ``looked``.
        """
        typed = ", ".join([ROW, *(f"{sql} AS {self._places[name]}" for name, sql in expressions.items())])
        self._database.execute(f"CREATE TABLE rows AS SELECT {typed} FROM looked")
        self._database.execute("DROP TABLE looked")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows that a query gives."""
        found: list[tuple[Any, ...]] = self._database.execute(sql).fetchall()
        return found

    def arrow(self, sql: str) -> pa.Table:
        """Return the same as an Arrow table."""
        return self._database.sql(sql).to_arrow_table()

    def batches(self, sql: str, rows: int) -> pa.RecordBatchReader:
        """Return the same in batches of so many rows, one at a time."""
        return self._database.sql(sql).to_arrow_reader(rows)

    def _check_headers(self, headers: Sequence[tuple[str, ...]]) -> None:
        first = headers[0]
        for path, header in zip(self.files.paths, headers, strict=True):
            different = header != first if self.files.format == "csv" else set(header) != set(first)
            if different:
                raise DataError(
                    f"{path}: found other columns than in {self.files.paths[0]}; expected the same in all "
                    "files of the folder"
                )


def _usable(header: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the names that ``model.yaml`` can name, and why it can't name the others."""
    counts = Counter(header)
    unusable = {}
    for name in header:
        if not name:
            unusable["(no name)"] = "has no name in the header"
        elif counts[name] > 1:
            unusable[name] = f"stands in the header {counts[name]} times"
        elif name.casefold().startswith(INTERNAL):
            unusable[name] = f"names that begin with {INTERNAL!r} are kept for columns of ours: rename it"
        elif name != name.strip() or "\n" in name or "\r" in name:
            unusable[name] = f"{shown(name)} has blanks around it or several lines: rename it"
    return [name for name in header if name and name not in unusable], unusable


def literal(text: str) -> str:
    """Return a text as SQL takes it."""
    return "'" + text.replace("'", "''") + "'"
