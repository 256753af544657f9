"""Files that hold all partitions: how long it takes to find out what is new, and to fetch one day.

A Parquet file of 20 million rows x 8 columns and a CSV file of 2 million, 365 days each. ``cold`` is the
first look at the file, ``warm`` one at a file whose bytes have not changed, ``one day`` the fetch of the
newest day after a warm look. Goals: cold at most 600 MB, and warm at most a tenth of the seconds of cold.
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

from benchmarks.side_by_side import SCRATCH, compare, run, table, tell

FOLDER = SCRATCH / "dated"
ROWS = {"parquet": 20_000_000, "csv": 2_000_000}
NUMBERS = ["amount", "x0", "x1", "x2"]
GOAL_MB, GOAL_WARM = 600, 0.1
COPY = """
COPY (
    SELECT i AS customer_id, DATE '2023-01-01' + CAST(i * 365 // {rows} AS INTEGER) AS as_of,
           round(random() * 10000, 2) AS amount, random() AS x0, random() AS x1,
           CASE WHEN random() > 0.1 THEN random() END AS x2,
           (['north', 'south', 'east', 'west'])[1 + i % 4] AS region, CAST(i % 300 AS VARCHAR) AS branch
    FROM range({rows}) t(i)
) TO '{file}' ({options})
"""
OPTIONS = {"parquet": "FORMAT parquet", "csv": "FORMAT csv, HEADER"}


def _source(fmt: str, *, notes: bool):
    from mlops.hooks.object_store import ObjectStoreHook
    from tests.world.dated_table import dated_table

    features = {"numeric": NUMBERS, "categorical": ["region", "branch"]}
    return dated_table(
        f"table.{fmt}", format=fmt, every="day", model={"features": features},
        store=ObjectStoreHook() if notes else None,
    )  # fmt: skip


def cold(fmt: str) -> str:
    return f"{len(_source(fmt, notes=False).partitions())} partitions"


def warm(fmt: str) -> str:
    return f"{len(_source(fmt, notes=True).partitions())} partitions"


def one_day(fmt: str) -> str:
    source = _source(fmt, notes=True)
    newest = list(source.partitions())[-1]
    delivery = source.fetch(newest, Path(mkdtemp(dir=FOLDER)))
    size = sum(file.stat().st_size for file in delivery.files)
    return f"{newest}, {size / 1e6:.1f} MB"


def make(fmt: str, rows: int) -> None:
    """Write the file, and look at it once, in a process of its own: its memory is not that of the others."""
    import duckdb

    duckdb.sql(COPY.format(rows=rows, file=FOLDER / f"table.{fmt}", options=OPTIONS[fmt]))
    _source(fmt, notes=True).partitions()


WAYS = {"cold": cold, "warm": warm, "one day": one_day}


def main() -> int:
    """Measure, print a table for each format, return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--share", type=float, default=1.0, help="of the rows (default: 1)")
    parser.add_argument("--runs", type=int, default=1, help="runs of each way (default: 1)")
    parser.add_argument("--fmt", choices=[*ROWS], help="one format only")
    parser.add_argument("--way", choices=[*WAYS], help=argparse.SUPPRESS)
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("CREDIT_RISK_SOURCE", "OBJECT_STORE_DEFAULT"):
        os.environ[f"AIRFLOW_CONN_{name}"] = (
            f'{{"conn_type": "generic", "extra": {{"root": "file://{FOLDER}"}}}}'
        )
    if options.make:
        make(options.fmt, options.make)
        return 0
    if options.way:
        for library in ("tests.world.dated_table", "polars", "pyarrow.parquet"):  # before the clock starts
            importlib.import_module(library)
        tell(lambda: WAYS[options.way](options.fmt))
        return 0
    missed = False
    for fmt in [options.fmt] if options.fmt else ROWS:
        rows, file = int(ROWS[fmt] * options.share), FOLDER / f"table.{fmt}"
        run([sys.executable, __file__, "--make", str(rows), "--fmt", fmt])
        print(f"{fmt}: {rows:,} rows, {file.stat().st_size / 1e6:,.0f} MB")
        try:
            figures = compare(__file__, dict.fromkeys(WAYS, options.runs), ["--fmt", fmt])
        finally:
            shutil.rmtree(FOLDER)
            FOLDER.mkdir()
        print(table(figures, "cold"))
        took = figures["warm"].seconds / figures["cold"].seconds
        missed |= max(one.megabytes for one in figures.values()) > GOAL_MB or took > GOAL_WARM
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
