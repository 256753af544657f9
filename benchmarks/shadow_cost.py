"""What a shadow costs beside scoring alone: processor time of the example's pipeline on made-up deliveries.

Reading, converting, predicting and writing, without starting Python and loading libraries, which a task pays
once whether a shadow scores along or not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from include.config.estimator import load_estimator
from include.config.load import load_model
from include.data.arrow_schema import columns_schema
from include.data.schema import COMPRESSION, ROWS_PER_GROUP
from include.scoring.predictions import Stamp
from include.scoring.sample import SampledRows, read_sample
from include.scoring.score import score_snapshot
from include.training.frame import feature_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.schema import ModelConfig

EXAMPLE = Path(__file__).resolve().parents[1] / "include" / "models" / "credit_risk"
DAY = "2005-05-31"
STAMP = Stamp(
    model="credit_risk", version="1", partition=DAY, snapshot_md5="ab" * 16, registry_commit="c",
    training_run="r", airflow_run="a", as_of=DAY,
)  # fmt: skip


def write_delivery(path: Path, config: ModelConfig, rows: int) -> pa.Table:
    """Write a canonical snapshot of made-up features; return its first rows."""
    rng = np.random.default_rng(0)
    schema = columns_schema(config, (config.entity.column, config.time.column, *config.feature_names))
    values: dict[str, Any] = {
        config.entity.column: np.arange(rows),
        config.time.column: [date(2005, 5, 31)] * rows,
    }
    values |= {name: np.round(rng.normal(size=rows) * 100, 1) for name in config.features.numeric}
    values |= {
        name: np.array(["1", "2", "3", "4"])[rng.integers(0, 4, rows)] for name in config.features.categorical
    }
    table = pa.table({field.name: pa.array(values[field.name], field.type) for field in schema}, schema)
    pq.write_table(table, path, row_group_size=ROWS_PER_GROUP, compression=COMPRESSION)
    return table.slice(0, 20_000)


def measure(work: Callable[[], object], times: int = 2) -> float:
    """Return the least processor time of some tries, in seconds."""
    found = []
    for _ in range(times):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def alone(snapshot: Path, target: Path, config: ModelConfig, model: Any) -> None:
    """Score a delivery with the champion alone."""
    score_snapshot(snapshot, model, config, target, STAMP)


def along(
    snapshot: Path, target: Path, config: ModelConfig, models: tuple[Any, Any], *, rows: int, wanted: int
) -> None:
    """Score it with the champion, and what was kept of it with the shadow."""
    kept = SampledRows(DAY, rows=rows, wanted=wanted)
    score_snapshot(snapshot, models[0], config, target, STAMP, keep=kept)
    kept.score(models[1], config, target, STAMP)


def again(snapshot: Path, target: Path, config: ModelConfig, models: tuple[Any, Any], rows: int) -> None:
    """Score it with the champion, and then read it again for the shadow."""
    alone(snapshot, target, config, models[0])
    read_sample(snapshot, config, DAY, wanted=rows).score(models[1], config, target, STAMP)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000, 300_000, 1_000_000])
    options = parser.parse_args()
    config = load_model(EXAMPLE)
    wanted = config.probation.rows if config.probation else 50_000
    print("| rows | scoring alone | with a shadow | ratio | scoring all rows twice, read once | read twice |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for rows in options.rows:
            snapshot, target = Path(folder) / f"{rows}.parquet", Path(folder) / "out.parquet"
            first = write_delivery(snapshot, config, rows)
            champion, shadow = (load_estimator(EXAMPLE, config) for _ in range(2))
            labels = np.random.default_rng(1).integers(0, 2, len(first))
            for model in (champion, shadow):
                model.fit(feature_frame(first, config), labels)

            files = snapshot, target
            base = measure(partial(alone, *files, config, champion))
            sampled = measure(partial(along, *files, config, (champion, shadow), rows=rows, wanted=wanted))
            whole = measure(partial(along, *files, config, (champion, shadow), rows=rows, wanted=rows))
            twice = measure(partial(again, *files, config, (champion, shadow), rows))
            print(
                f"| {rows:,} | {base:.2f} s | {sampled:.2f} s | {sampled / base:.2f} | {whole / base:.2f} | "
                f"{twice / base:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
