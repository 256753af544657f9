"""Two models of other tasks than the example's: a number from flights, one of ten classes from digits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.world.dag_run import DagRun

FLIGHTS = Path(__file__).parents[1] / "data" / "flights_2015"
DIGITS = 10

_MODEL = """\
name: {name}
task: {task}
description: {description}
owner: tests
schedule: "@daily"
source:
  connection: credit_risk_source
  features: {{uri: "{name}/features/{{partition}}.csv", format: csv}}
  labels: {{uri: "{name}/labels/{{partition}}.csv", format: csv}}
entity: {{column: row_id, type: integer}}
time: {{column: as_of}}
target: {target}
features:
  numeric: {numeric}
  categorical: {categorical}
monitoring:
  performance: {{max_drop: {max_drop}, min_rows: 200}}
  policy: {{windows: 2, breaches: 1, cooldown_days: 0, min_new_labels: 300}}
  slices: {slices}
window: {{partitions: 4, min_rows: 500}}
split: {{test_share: 0.3333, out_of_time: false, seed: 7}}
estimator:
  seed: 0
  parameters: {{max_iter: {rounds}, learning_rate: 0.15, max_leaf_nodes: 8}}
  trusted_types: [sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor]
gate:
  primary: {primary}
  floors: {floors}
  min_gain: {min_gain}
  confidence: 0.95
  error_per_champion: 0.5
  exams: 4
  min_rows: 300
  min_positives: 20
  slices: {{min_rows: 300, max_drop: 0.5}}
reproducibility_check: {{rows: 200, tolerance: 1.0e-9}}
alerts:
  - kind: log
"""
_ESTIMATOR = '''\
"""Gradient boosted trees."""

from __future__ import annotations


def build(config):
    """Return an unfitted pipeline."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import {estimator}
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    nan = float("nan")
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=nan, encoded_missing_value=nan)
    columns = ColumnTransformer([
        ("numeric", "passthrough", list(config.features.numeric)),
        ("categorical", encode, list(config.features.categorical)),
    ])
    model = {estimator}(
        **config.estimator.parameters, early_stopping=False, random_state=config.estimator.seed
    )
    return Pipeline([("columns", columns), ("model", model)])
'''
_CONTRACT = """\
features:
  - type: expect_column_values_to_not_be_null
    kwargs: {{column: {column}}}
    severity: critical
    why: Every row has it.
"""


@dataclass
class TaskWorld:
    """A model folder, and deliveries that a test may write.

    :param folder: the model folder.
    :param source: where deliveries arrive.
    :param days: the days of delivery.
    :param draw: gives features with the target of a day.
    """

    folder: Path
    source: Path
    days: tuple[str, ...]
    draw: Callable[[int], pd.DataFrame]
    target: str

    def deliver(self, number: int, change: Callable[[pd.DataFrame], pd.DataFrame] | None = None) -> None:
        """Write the features of a day, and the day after its labels."""
        day, rows = self.days[number], self.draw(number)
        if change is not None:
            rows = change(rows)
        rows = rows.assign(as_of=day)
        self.write("features", day, rows.drop(columns=self.target))
        self.write("labels", next_day(day), rows[["row_id", "as_of", self.target]])

    def write(self, table: str, day: str, rows: pd.DataFrame) -> None:
        file = self.source / table / f"{day}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        rows.to_csv(file, index=False)

    def run(self, kind: str, as_of: str, until: str = "", **conf: Any) -> DagRun:
        """Run one of the model's DAGs."""
        from tests.world.dag_run import DagRun  # replays need no Airflow

        run = DagRun(self.folder, as_of=as_of, run_id=f"manual__{kind}_{as_of}", kind=kind, conf=conf)
        run.run(until)
        return run


def next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _make(
    home: Path, source: Path, *, name: str, task: str, estimator: str, fields: Mapping[str, str], column: str
) -> Path:
    folder = home / name
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "model.yaml").write_text(_MODEL.format(name=name, task=task, **fields))
    (folder / "estimator.py").write_text(_ESTIMATOR.format(estimator=estimator))
    (folder / "contract.yaml").write_text(_CONTRACT.format(column=column))
    (source / name).mkdir(parents=True)
    return folder


def flights_world(home: Path, source: Path, name: str = "air_time") -> TaskWorld:
    """Minutes in the air from distance, airline and weekday; a delivery a week, of which a part is taken."""
    parts = [
        pd.read_csv(FLIGHTS / file) for file in ("flight_delays_reference.csv.gz", "flight_delays.csv.gz")
    ]
    flights = pd.concat(parts, ignore_index=True).dropna(subset=["AIR_TIME"])
    flights = flights.assign(day=pd.to_datetime(flights["DATE"]))
    days = tuple((date(2015, 6, 2) + timedelta(days=7 * number)).isoformat() for number in range(8))

    def draw(number: int) -> pd.DataFrame:
        last = pd.Timestamp(days[number])
        own = flights[(flights["day"] > last - pd.Timedelta(days=7)) & (flights["day"] <= last)].head(900)
        return pd.DataFrame({
            "row_id": own.iloc[:, 0].to_numpy(),
            "distance": own["DISTANCE"].to_numpy(dtype=float),
            "airline": own["AIRLINE"].to_numpy(),
            "weekday": own["day"].dt.day_name().to_numpy(),
            "air_time": own["AIR_TIME"].to_numpy(dtype=float),
        })

    fields = {
        "description": "How many minutes is a flight in the air?",
        "target": "{column: air_time, delay_days: 1, min_coverage: 0.8}",
        "numeric": "[distance]",
        "categorical": "[airline, weekday]",
        "primary": "rmse",
        "floors": "{rmse: 45.0, mae: 35.0}",
        "min_gain": "0.0",
        "max_drop": "0.2",
        "slices": "{airline: {}}",
        "rounds": "60",
    }
    folder = _make(
        home, source, name=name, task="regression", estimator="HistGradientBoostingRegressor",
        fields=fields, column="distance",
    )  # fmt: skip
    return TaskWorld(folder=folder, source=source / name, days=days, draw=draw, target="air_time")


def digits_world(home: Path, source: Path, name: str = "digits") -> TaskWorld:
    """Which digit an image shows (scikit-learn's own data): rows are drawn anew, with noise, for each day."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    pooled = images.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
    days = tuple(f"2024-0{number + 1}-28" for number in range(8))

    def draw(number: int) -> pd.DataFrame:
        rng = np.random.default_rng(number)
        own = rng.choice(len(labels), 700, replace=False)
        noisy = pooled[own] + rng.normal(0, 0.7, (700, 16))
        table = pd.DataFrame(noisy.round(3), columns=[f"p{place}" for place in range(16)])
        table.insert(0, "row_id", 1000 * number + np.arange(700))
        return table.assign(digit=[f"d{label}" for label in labels[own]])

    fields = {
        "description": "Which digit does an image show?",
        "target": "{column: digit, delay_days: 1, min_coverage: 0.8, classes: ["
        + ", ".join(f"d{number}" for number in range(DIGITS))
        + "]}",
        "numeric": "[" + ", ".join(f"p{place}" for place in range(16)) + "]",
        "categorical": "[]",
        "primary": "log_loss",
        "floors": "{log_loss: 1.2, f1_macro: 0.6}",
        "min_gain": "0.0",
        "max_drop": "0.1",
        "slices": "{p5: {bands: [8]}}",
        "rounds": "25",
    }
    folder = _make(
        home, source, name=name, task="multiclass", estimator="HistGradientBoostingClassifier",
        fields=fields, column="p0",
    )  # fmt: skip
    return TaskWorld(folder=folder, source=source / name, days=days, draw=draw, target="digit")
