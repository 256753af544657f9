"""Real flights as events: one row for each, several in a week of each route, with a time of day and a key."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from tests.world.model_config import EXAMPLE

FLIGHTS = Path(__file__).parents[1] / "data" / "flights_2015" / "flight_delays_reference.csv.gz"
ZONE = "America/New_York"
FIRST = date(2015, 1, 4)  # a Sunday


def model_folder(folder: Path, **changes: Any) -> Path:
    """Write the folder of a model of slow taxiing: weeks of flights, labels on the day after each."""
    content = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    for key in ("sensitive", "probation", "monitoring"):
        content.pop(key, None)
    content |= {
        "name": folder.name,
        "schedule": "@weekly",
        "source": {
            "connection": "flights",
            "features": {"uri": "flights/{partition}.parquet", "format": "parquet"},
            "labels": {"uri": "labels/{partition}.parquet", "format": "parquet"},
        },
        "entity": {"column": "route", "type": "string"},
        "row": {"key": "flight", "type": "integer"},
        "time": {"column": "left_at", "type": "timestamp", "timezone": ZONE, "every": "week"},
        "target": {"column": "slow", "delay_days": 1},
        "features": {"numeric": ["delay", "miles"], "categorical": ["airline", "weekday"]},
        "window": {"partitions": 6, "min_rows": 500},
        "split": {"test_share": 0.4, "out_of_time": True, "seed": 3, "rotation": 0.25},
        **changes,
    }
    content["gate"] |= {"primary": "roc_auc", "floors": {"roc_auc": 0.5}}
    content["estimator"]["parameters"] = {"max_iter": 40, "max_leaf_nodes": 8}
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "model.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    (folder / "contract.yaml").write_text("features: []\nlabels: []\n", encoding="utf-8")
    (folder / "estimator.py").write_text(EXAMPLE.with_name("estimator.py").read_text(encoding="utf-8"))
    return folder


def weeks(count: int) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """Return flights and labels of some weeks from January on, by the day on which they are delivered.

    The data has no time of day, so each flight is given one of its own, in New York, without saying so.
    """
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(FLIGHTS, "rt", encoding="utf-8") as file:
        for flight in csv.DictReader(file):
            day = date.fromisoformat(flight["DATE"])
            week = FIRST + timedelta(days=-((FIRST - day).days // 7) * 7)
            if day <= FIRST or week > FIRST + timedelta(weeks=count) or not flight["TAXI_OUT"]:
                continue
            number = int(flight[""])
            rows[week.isoformat()].append({
                "route": f"{flight['AIRLINE']}-{float(flight['DISTANCE']):.0f}",
                "flight": number,
                "left_at": datetime.combine(day, time(number % 24, number % 60)),
                "delay": float(flight["DEPARTURE_DELAY"] or 0),
                "miles": float(flight["DISTANCE"]),
                "airline": flight["AIRLINE"],
                "weekday": str(day.isoweekday()),
                "slow": int(float(flight["TAXI_OUT"]) > 15),
            })
    features = {week: pa.Table.from_pylist(found) for week, found in sorted(rows.items())}
    labels = {
        (date.fromisoformat(week) + timedelta(days=1)).isoformat(): table.select([
            "flight",
            "left_at",
            "slow",
        ])
        for week, table in features.items()
    }
    return {week: table.drop_columns(["slow"]) for week, table in features.items()}, labels
