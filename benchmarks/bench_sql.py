"""Read one partition from PostgreSQL to Parquet: this project beside what one would write by hand.

Goal: at most 1.5 times the seconds of a plain loop over a server-side cursor with the same driver, which
checks nothing and sorts nothing, and at most 600 MB, for 2 million rows of 12 columns. Reading the result as
a whole shows what bounded memory is worth.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import sys
from pathlib import Path
from tempfile import mkdtemp

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugins"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.side_by_side import SCRATCH, compare, table, tell

GOAL_ROWS, GOAL_RATIO, GOAL_MB = 2_000_000, 1.5, 600
NUMBERS = ["amount", *(f"x{place}" for place in range(5)), "n_visits", "days"]
QUERY = "SELECT * FROM accounts WHERE as_of >= :from AND as_of < :to"
DAY = "2024-01-31"
FILL = """
CREATE TABLE accounts AS
SELECT i AS customer_id, '2024-01-31'::date AS as_of, (random() * 10000)::numeric(12, 2) AS amount,
       random() AS x0, random() AS x1, CASE WHEN random() > 0.1 THEN random() END AS x2, random() AS x3,
       random() AS x4, (random() * 100)::int AS n_visits, (random() * 1000)::int AS days,
       (ARRAY['north', 'south', 'east', 'west'])[1 + i % 4] AS region, (i % 300)::text AS branch
FROM generate_series(1, {rows}) i
"""


def this_project() -> str:
    from tests.world.query_table import query_table

    features = {"numeric": NUMBERS, "categorical": ["region", "branch"]}
    source = query_table(QUERY, model={"features": features})
    source.partitions()
    folder = Path(mkdtemp(dir=SCRATCH / "sql"))
    delivery = source.fetch(DAY, folder)
    return _rows(delivery.files[0])


def plain_loop() -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    target, writer = Path(mkdtemp(dir=SCRATCH / "sql")) / "rows.parquet", None
    with _connect() as connection, connection.cursor("plain") as cursor:
        cursor.execute(_statement())
        while rows := cursor.fetchmany(20_000):
            names = [column.name for column in cursor.description]
            columns = [_floats(values) for values in zip(*rows, strict=True)]
            batch = pa.RecordBatch.from_arrays([pa.array(values) for values in columns], names)
            writer = writer or pq.ParquetWriter(target, batch.schema)
            writer.write_batch(batch)
    writer.close()
    return _rows(target)


def as_a_whole() -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = Path(mkdtemp(dir=SCRATCH / "sql")) / "rows.parquet"
    with _connect() as connection:
        cursor = connection.execute(_statement())
        names = [column.name for column in cursor.description]
        columns = [pa.array(_floats(values)) for values in zip(*cursor.fetchall(), strict=True)]
    pq.write_table(pa.table(dict(zip(names, columns, strict=True))), target)
    return _rows(target)


def _floats(values: tuple[object, ...]) -> list[object] | tuple[object, ...]:
    """Return decimals as floats, as a model wants them."""
    from decimal import Decimal

    return [None if one is None else float(one) for one in values] if type(values[0]) is Decimal else values


def _connect():
    import psycopg

    return psycopg.connect(host=os.environ["BENCH_SOCKET"], user="postgres", dbname="bench")


def _statement() -> str:
    return QUERY.replace(":from", "'2024-01-01'").replace(":to", "'2024-02-01'")


def _rows(file: Path) -> str:
    import pyarrow.parquet as pq

    return f"{pq.ParquetFile(file).metadata.num_rows:,} rows"


WAYS = {"this project": this_project, "plain loop": plain_loop, "result as a whole": as_a_whole}
LIBRARIES = {
    "this project": (
        "tests.world.query_table",
        "airflow.providers.postgres.hooks.postgres",
        "pyarrow.parquet",
    ),
    "plain loop": ("psycopg", "pyarrow.parquet"),
    "result as a whole": ("psycopg", "pyarrow.parquet"),
}


def main() -> int:
    """Measure, print a table, return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=GOAL_ROWS, help="rows of the table (default: 2,000,000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each way (default: 3)")
    parser.add_argument("--way", choices=[*WAYS], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        for library in LIBRARIES[options.way]:  # there before the clock starts
            importlib.import_module(library)
        tell(WAYS[options.way])
        return 0
    from tests.world.postgres import Postgres

    (SCRATCH / "sql").mkdir(parents=True, exist_ok=True)
    server = Postgres.start()
    try:
        server.create("bench")
        with server.connect("bench") as connection:
            connection.execute(FILL.format(rows=options.rows))
            connection.execute("CREATE INDEX ON accounts (as_of)")
        os.environ |= {
            "AIRFLOW_CONN_WAREHOUSE": server.airflow_connection("bench"),
            "BENCH_SOCKET": str(server.folder),
        }
        figures = compare(__file__, dict.fromkeys(WAYS, options.runs), [])
    finally:
        server.stop()
        shutil.rmtree(SCRATCH / "sql")
    own, ratio = figures["this project"], figures["this project"].seconds / figures["plain loop"].seconds
    print(f"PostgreSQL, {options.rows:,} rows x {2 + len(NUMBERS) + 2} columns to Parquet; 1 = plain loop")
    print(table(figures, "plain loop"))
    print(f"this project: {options.rows / own.seconds:,.0f} rows/s")
    reached = ratio <= GOAL_RATIO and own.megabytes <= GOAL_MB
    verdict = (
        ("reached" if reached else "MISSED") if options.rows >= GOAL_ROWS else "not evaluated: fewer rows"
    )
    print(f"goal for {GOAL_ROWS:,} rows: ratio at most {GOAL_RATIO}, at most {GOAL_MB} MB: {verdict}")
    return int(verdict == "MISSED")


if __name__ == "__main__":
    sys.exit(main())
