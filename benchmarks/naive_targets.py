"""How far off a model is that reads an event within a horizon too early: on real repayments of 2005.

The question is whether a customer who is not two months late falls two months behind within 62 days. The rows
are the 30,000 customers of UCI's credit card data (Taiwan, 2005) at the end of April, May, June and July; the
event is the first later month end with a repayment status of 2 or more. Both follow from the six statuses
that the data holds: the dates are derived (month ends), the statuses are real. Today is 1 August 2005.

- **honest**: :func:`include.data.labels.open_labels`, the way of the product: rows whose horizon is over;
- **not yet is no**: all rows, and whoever has not had the event so far counts as 0;
- **as they come**: a row has its label as soon as it is known: 1 on the day of the event, 0 at the end;
- **forget the young**: not yet is no, without rows younger than half the horizon.

Each is fitted on two thirds of the customers with the example's kind of model and asked about July's rows of
the other third, whose horizon is over on 1 October. ``python -m benchmarks.naive_targets`` prints the table.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from include.config.data_schema import Target
from include.config.load import load_model
from include.data.labels import open_labels
from include.examples.credit_default.panel import RAW_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.config.schema import ModelConfig

MODEL = Path(__file__).resolve().parents[1] / "include" / "models" / "credit_risk"
STATUSES = ("PAY_6", "PAY_5", "PAY_4", "PAY_3", "PAY_2", "PAY_0")  # April to September
BILLS = ("BILL_AMT6", "BILL_AMT5", "BILL_AMT4", "BILL_AMT3", "BILL_AMT2", "BILL_AMT1")
PAID = ("PAY_AMT6", "PAY_AMT5", "PAY_AMT4", "PAY_AMT3", "PAY_AMT2", "PAY_AMT1")
MONTHS = tuple(date(2005, month + 1, 1) - timedelta(days=1) for month in range(4, 10))
HORIZON, TODAY, SEED = 62, date(2005, 8, 1), 0
FEATURES = ["limit", "age", "sex", "education", "marriage", "status", "bill", "paid"]


class Reading(NamedTuple):
    """One way to take labels.

    :param name: for the table.
    :param rows: the rows that it learns from, with the column ``label``.
    """

    name: str
    rows: pd.DataFrame


def build_rows() -> pd.DataFrame:
    """Return a row for each customer and month end who is not two months late, with the event if it came."""
    raw = pd.read_csv(RAW_FILE)
    late = raw[list(STATUSES)].to_numpy() >= 2
    parts = []
    for place, month in enumerate(MONTHS[:4]):
        later = late[:, place + 1 :]
        first = np.where(later.any(axis=1), later.argmax(axis=1) + place + 1, -1)
        part = pd.DataFrame({
            "customer": raw["ID"], "month": month, "limit": raw["LIMIT_BAL"], "age": raw["AGE"],
            "sex": raw["SEX"], "education": raw["EDUCATION"], "marriage": raw["MARRIAGE"],
            "status": raw[STATUSES[place]], "bill": raw[BILLS[place]], "paid": raw[PAID[place]],
            "event": [MONTHS[one] if one >= 0 else None for one in first],
        })  # fmt: skip
        parts.append(part[~late[:, place]])
    rows = pd.concat(parts, ignore_index=True)
    rows["days"] = [(e - m).days if e else 10**6 for e, m in zip(rows["event"], rows["month"], strict=True)]
    rows["truth"] = (rows["days"] <= HORIZON).astype(int)
    return rows


def read_naively(rows: pd.DataFrame) -> Iterator[Reading]:
    """Yield the readings that take labels before the horizon is over."""
    age = np.array([(TODAY - month).days for month in rows["month"]])
    happened = (rows["truth"] == 1) & (rows["days"] <= age)
    seen = rows.assign(label=happened.astype(int))
    yield Reading("not yet is no", seen)
    yield Reading("forget the young", seen[age * 2 >= HORIZON])
    yield Reading("as they come", seen[happened | (age >= HORIZON)])


def read_honestly(rows: pd.DataFrame, config: ModelConfig) -> Reading:
    """Return the rows whose label the product knows, from month-end deliveries of all events so far."""
    with tempfile.TemporaryDirectory() as folder:
        deliveries = {}
        for day in (*(month for month in MONTHS if month < TODAY), TODAY):
            so_far = rows[[month <= day for month in rows["month"]]]
            told = [event if event and event <= day else None for event in so_far["event"]]
            deliveries[day.isoformat()] = Path(folder) / f"{day}.parquet"
            table = {
                "customer_id": pa.array(so_far["customer"], pa.int64()),
                "as_of": pa.array(so_far["month"], pa.date32()),
                "late_on": pa.array(told, pa.date32()),
            }
            pq.write_table(pa.table(table), deliveries[day.isoformat()])
        known, parts = open_labels({"labels": deliveries}, config, TODAY.isoformat()), []
        for month in sorted(set(rows["month"]), reverse=True):
            labels = known.of(month.isoformat())
            if labels is not None:
                found = pd.DataFrame({"customer": labels.keys.to_pylist(), "label": labels.targets})
                parts.append(rows[rows["month"] == month].merge(found, on="customer"))
    return Reading("honest", pd.concat(parts))


def question() -> ModelConfig:
    """Return the example's configuration with an event within a horizon for its target."""
    target = Target.model_validate({"event": "late_on", "horizon_days": HORIZON})
    return load_model(MODEL).model_copy(update={"target": target})


def main() -> None:
    """Print the tables."""
    rows = build_rows()
    held_out = np.random.default_rng(SEED).random(30_001) < 1 / 3  # by customer
    readings = [read_honestly(rows, question()), *read_naively(rows)]
    print("| reading | " + " | ".join(f"{month:%B}" for month in MONTHS[:4]) + " |")
    print("|---|" + "---|" * 4)
    shares = {"what came true": rows.groupby("month")["truth"].mean()}
    shares |= {one.name: one.rows.groupby("month")["label"].mean() for one in readings}
    for name, share in shares.items():
        cells = [f"{share[month]:.1%}" if month in share.index else "unknown" for month in MONTHS[:4]]
        print(f"| {name} | {' | '.join(cells)} |")
    test = rows[held_out[rows["customer"]] & (rows["month"] == MONTHS[3])]
    print("\n| learned from | rows | share of 1 | mean prediction | what came true | log loss | AUC |")
    print("|---|---|---|---|---|---|---|")
    for one in readings:
        train = one.rows[~held_out[one.rows["customer"]]]
        print(f"| {one.name} | {_score(train, test)} |")


def _score(train: pd.DataFrame, test: pd.DataFrame) -> str:
    """Return the cells of one reading: what a model says of the test rows."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import log_loss, roc_auc_score

    model = HistGradientBoostingClassifier(random_state=SEED, learning_rate=0.06, max_leaf_nodes=15)
    said = model.fit(train[FEATURES], train["label"]).predict_proba(test[FEATURES])[:, 1]
    truth = test["truth"]
    return (
        f"{len(train):,} | {train['label'].mean():.1%} | {said.mean():.1%} | {truth.mean():.1%} | "
        f"{log_loss(truth, said):.3f} | {roc_auc_score(truth, said):.3f}"
    )


if __name__ == "__main__":
    main()
