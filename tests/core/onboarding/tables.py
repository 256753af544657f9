"""Small tables that somebody may bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from include.onboarding.look import Wanted, look
from include.onboarding.source import SourceTable, find_files

if TYPE_CHECKING:
    from pathlib import Path

    from include.onboarding.look import Look


def visits(rows: int = 900, days: int = 180, seed: int = 0) -> pd.DataFrame:
    """Rows of a clinic: who came when, and what became of it."""
    random = np.random.default_rng(seed)
    size, kind = random.normal(size=rows).round(3), random.choice(["a", "b", "c"], rows)
    late = np.sort(random.integers(0, days, rows))
    noise = random.normal(size=rows)
    return pd.DataFrame({
        "day": (pd.Timestamp("2024-01-01") + pd.to_timedelta(late, "D")).astype("datetime64[us]"),
        "visit_id": np.arange(rows),
        "größe": size,
        "kind": kind,
        "missed": (size + (kind == "a") + noise > 0.8).astype(int),
        "minutes": (20 + 6 * size + 3 * (kind == "b") + noise).round(2),
        "ward": np.select([size < -0.6, size + 0.3 * noise > 0.7], ["low", "high"], "mid"),
    })  # fmt: skip


def write(frame: pd.DataFrame, folder: Path, name: str = "table.csv") -> Path:
    """Write a table and return its file."""
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / name
    if ".csv" in name:
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    return path


def look_at(frame: pd.DataFrame, folder: Path, *, name: str = "table.parquet", **wanted: Any) -> Look:
    """Return what is found in a table."""
    chosen: dict[str, Any] = {"name": "clinic", "target": "missed", "time": "day", **wanted}
    with SourceTable(find_files(write(frame, folder, name)), folder) as table:
        return look(table, Wanted(**chosen))
