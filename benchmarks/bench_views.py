"""Join rows with five feature views, as they were known: seconds and memory of ``extract``'s own function.

``python -m benchmarks.bench_views [--rows 10000000] [--values 5000000]``. The data is made first, in a
process of its own, so that the memory that is printed is the join's.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from include.config.joined_view import FEATURE_KINDS
from include.config.schema import ModelConfig
from include.config.yaml_file import read_yaml
from include.data.views.join import join_views

VIEWS = 5
COLUMNS = {"score": "numeric", "share": "numeric", "plan": "category"}
MODEL = Path(__file__).parents[1] / "include" / "models" / "credit_risk" / "model.yaml"


def make(folder: Path, rows: int, values: int) -> None:
    """Write the snapshots of the rows and of the views."""
    import duckdb

    keys = max(1, rows // 10)
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        connection.execute(
            f"COPY (SELECT (hash(i) % {keys})::BIGINT AS customer_id, "
            "DATE '2026-01-01' + (hash(i * 7) % 30)::INT AS as_of, "
            f"random() * 50 AS age FROM range({rows}) r(i)) TO '{folder}/rows.parquet' "
            "(compression snappy, row_group_size 131072)"
        )
        for view in range(VIEWS):
            day = f"DATE '2025-06-01' + (hash(i * 11 + {view}) % 240)::INT"
            connection.execute(
                f"COPY (SELECT (hash(i * 3 + {view}) % {keys})::BIGINT AS id, {day} AS day, "
                f"{day} + (hash(i) % 20)::INT AS seen, random() AS score, random() AS share, "
                f"'plan ' || (hash(i) % 10) AS plan FROM range({values}) r(i)) "
                f"TO '{folder}/view-{view}.parquet' (compression snappy, row_group_size 131072)"
            )


def configure() -> ModelConfig:
    """Return a model with one feature of its own and five views."""
    view = {
        "key": {"id": "integer"},
        "match": {"id": "customer_id"},
        "event_time": {"column": "day"},
        "known_at": {"column": "seen"},
        "max_age": "60d",
        "columns": COLUMNS,
    }
    features: dict[str, list[str]] = {"numeric": ["age"], "categorical": []}
    for number in range(VIEWS):
        for column, kind in COLUMNS.items():
            features[FEATURE_KINDS[kind]].append(f"view{number}__{column}")
    views = {f"view{number}": view for number in range(VIEWS)}
    content = {**read_yaml(MODEL).content, "features": {**features, "views": views}, "sensitive": {}}
    return ModelConfig.model_validate(content)


def main() -> None:
    """Make the data, join it, and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--values", type=int, default=5_000_000)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make(options.make, options.rows, options.values)
        return
    with tempfile.TemporaryDirectory(prefix="bench-views-") as scratch:
        folder = Path(scratch)
        again = [sys.executable, "-m", "benchmarks.bench_views", "--make", scratch]
        subprocess.run([*again, "--rows", str(options.rows), "--values", str(options.values)], check=True)
        paths = {f"view{number}": [folder / f"view-{number}.parquet"] for number in range(VIEWS)}
        started = time.perf_counter()
        found = join_views(
            folder / "rows.parquet", folder / "joined.parquet", configure(), paths, scratch=folder
        )
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"{options.rows:,} rows x {VIEWS} views of {options.values:,} values: {seconds:.1f} s, {peak:.2f} GB"
    )
    for name, one in found.items():
        print(f"  {name}: {one.none:,} rows without a value, {one.old:,} with one older than max_age")


if __name__ == "__main__":
    main()
