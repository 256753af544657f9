"""Convert one large CSV file into a canonical snapshot: this project beside the engines it could have used.

Goal: at most 1.3 times the fastest streaming conversion, and at most 600 MB, for 6 million rows of 25 columns
(1.8 GB). The yardstick does less: no check of the header, of keys, of short rows or of dates, and no digest.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.side_by_side import SCRATCH, compare, run, table, tell

GOAL_ROWS, GOAL_RATIO, GOAL_MB = 6_000_000, 1.3, 600
NUMBERS = [f"x{place:02}" for place in range(20)]
NAMES = ["customer_id", "as_of", *NUMBERS, "region", "branch", "defaulted"]
DAY = "2005-04-30"
STREAMING = ("polars sink", "DuckDB COPY")


def generate(path: Path, rows: int) -> None:
    """Write the source: numbers of 11 to 16 characters, one column in ten empty, two categories, a target."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    part = 500_000
    with path.open("wb") as stream:
        for start in range(0, rows, part):
            size = min(part, rows - start)
            numbers = {name: rng.lognormal(5, 2, size) for name in NUMBERS}
            numbers["x00"][rng.random(size) < 0.1] = np.nan
            frame = pl.DataFrame({
                "customer_id": np.arange(start, start + size), "as_of": [DAY] * size,
                **{name: pl.Series(values).fill_nan(None).round(9) for name, values in numbers.items()},
                "region": rng.choice(["north", "south", "east", "west"], size),
                "branch": rng.integers(0, 300, size).astype(str), "defaulted": rng.integers(0, 2, size),
            })  # fmt: skip
            frame.write_csv(stream, include_header=start == 0)


def this_project(source: Path, target: Path) -> int:
    from include.data.ingest.convert import convert
    from include.data.schema import Column

    kinds = {
        "customer_id": "integer",
        "as_of": "date",
        "region": "category",
        "branch": "category",
        "defaulted": "target",
    }
    columns = tuple(Column(name, kinds.get(name, "number")) for name in NAMES)
    return convert([source], fmt="csv", columns=columns, target=target, origin=source.name)


def polars_sink(source: Path, target: Path) -> int:
    import polars as pl

    types = dict.fromkeys(NUMBERS, pl.Float64) | {
        "customer_id": pl.Int64,
        "as_of": pl.Date,
        "region": pl.String,
        "branch": pl.String,
        "defaulted": pl.Int8,
    }
    frame = pl.scan_csv(source, schema={name: types[name] for name in NAMES})
    frame.sink_parquet(target, compression="snappy", row_group_size=131_072)
    return pl.scan_parquet(target).select(pl.len()).collect().item()


def duckdb_copy(source: Path, target: Path) -> int:
    import duckdb

    types = dict.fromkeys(NUMBERS, "DOUBLE") | {
        "customer_id": "BIGINT",
        "as_of": "DATE",
        "region": "VARCHAR",
        "branch": "VARCHAR",
        "defaulted": "TINYINT",
    }
    columns = {name: types[name] for name in NAMES}
    copied = duckdb.connect().execute(
        f"COPY (SELECT * FROM read_csv('{source}', header=true, columns={columns})) TO '{target}' "
        "(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 131072)"
    )
    return copied.fetchall()[0][0]


def pandas_whole(source: Path, target: Path) -> int:
    import pandas as pd

    frame = pd.read_csv(source, parse_dates=["as_of"], dtype={"branch": str})
    frame.to_parquet(target, compression="snappy", row_group_size=131_072)
    return len(frame)


def pandas_chunks(source: Path, target: Path) -> int:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows, writer = 0, None
    for frame in pd.read_csv(source, parse_dates=["as_of"], dtype={"branch": str}, chunksize=131_072):
        piece = pa.Table.from_pandas(frame, preserve_index=False)
        writer = writer or pq.ParquetWriter(target, piece.schema, compression="snappy")
        writer.write_table(piece)
        rows += len(frame)
    writer.close()
    return rows


WAYS = {
    "this project": this_project,
    "polars sink": polars_sink,
    "DuckDB COPY": duckdb_copy,
    "pandas in chunks": pandas_chunks,
    "pandas whole": pandas_whole,
}

LIBRARIES = {
    "this project": ("polars", "pyarrow.parquet"),
    "polars sink": ("polars",),
    "DuckDB COPY": ("duckdb",),
    "pandas in chunks": ("pandas", "pyarrow.parquet"),
    "pandas whole": ("pandas", "pyarrow.parquet"),
}


def main() -> int:
    """Measure, print a table, return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows", type=int, default=GOAL_ROWS, help="rows of the CSV file (default: 6,000,000)"
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of the streaming ways (default: 5)")
    parser.add_argument("--keep", action="store_true", help="keep the generated file in .bench/")
    parser.add_argument("--way", choices=[*WAYS, "generate"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = SCRATCH / "extract"
    source = folder / f"{options.rows}.csv"
    if options.way == "generate":
        generate(source, options.rows)
        return 0
    if options.way:
        for library in LIBRARIES[options.way]:  # there before the clock starts
            importlib.import_module(library)
        tell(lambda: f"{WAYS[options.way](source, folder / 'out.parquet'):,} rows")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    try:
        arguments = ["--rows", str(options.rows)]
        if not source.exists():
            run([sys.executable, __file__, "--way", "generate", *arguments])
        size = source.stat().st_size
        runs = {name: options.runs if name in {"this project", *STREAMING} else 1 for name in WAYS}
        figures = compare(__file__, runs, arguments)
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    yardstick = min(STREAMING, key=lambda name: figures[name].seconds)
    own, ratio = figures["this project"], figures["this project"].seconds / figures[yardstick].seconds
    print(f"CSV of {options.rows:,} rows x {len(NAMES)} columns, {size / 1e9:.2f} GB; 1 = {yardstick}")
    print(table(figures, yardstick))
    reached = ratio <= GOAL_RATIO and own.megabytes <= GOAL_MB
    verdict = (
        ("reached" if reached else "MISSED") if options.rows >= GOAL_ROWS else "not evaluated: fewer rows"
    )
    print(f"goal for {GOAL_ROWS:,} rows: ratio at most {GOAL_RATIO}, at most {GOAL_MB} MB: {verdict}")
    return int(verdict == "MISSED")


if __name__ == "__main__":
    sys.exit(main())
