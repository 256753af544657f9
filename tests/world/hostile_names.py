"""A model whose columns, categories and groups are called what nobody should call anything."""

from __future__ import annotations

import csv
import zlib
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

if TYPE_CHECKING:
    from pathlib import Path

ENTITY, TIME, TARGET = "candidate", "rows", "target"
LONG = "How satisfied are you with " + "the service " * 20 + "?"
NUMERIC = {
    "credit_limit": ("predictions", "km//h", "km\\h", "km h"),
    "age": ("missing", "score", "champion"),
    "pay_status": ("price per unit /", "a/./b", "total"),
    "bill_amount": (LONG, f"{LONG}!", "größe (cm)"),
    "paid_amount": ("gro\u0308ße (cm)", "index", "__index_level_0__", "::group::x"),
}
GROUPED, CATEGORICAL = "sex=1", ("$0_$49 ^{", "<b>|`a`|\u2028</b>", "other")
BANDS = {"missing": [30, 30.000000000000004, 50]}
GROUPS = (
    "missing",
    None,
    "nan",
    "None",
    "null",
    "True",
    "a",
    "A",
    "a.",
    "a\u200b",
    "\u0430",
    "é",
    "e\u0301",
    "x" * 300,
    "x" * 301,
    "$0_$49",
    "$50_$99",
    "a|b",
    "`a`\n\n# b",
    "<script>alert(1)</script>",
    "::group::x",
    "\x1b[31mred",
    "日本",
    "other",
    "total",
    "never seen",
    "[30, 40)",
    "\\",
    "\\n",
    "'missing'",
    "1",
    "1.0",
)


def group_of(entity: str) -> str | None:
    """Return the group of an entity: any entity has one, and each group about as many."""
    return GROUPS[zlib.crc32(entity.encode()) % len(GROUPS)]


def spoil_deliveries(source: Path) -> None:
    """Write each delivery again, as Parquet and under other names."""
    for file in source.rglob("*.csv"):
        with file.open() as stream:
            rows = list(csv.DictReader(stream))
        columns: dict[str, Any] = {
            ENTITY: pa.array([int(row["customer_id"]) for row in rows]),
            TIME: pa.array([date.fromisoformat(row["as_of"]) for row in rows]),
        }
        if "defaulted" in rows[0]:
            columns[TARGET] = pa.array([int(row["defaulted"]) for row in rows])
        else:
            for old, names in NUMERIC.items():
                columns |= dict.fromkeys(names, pa.array([float(row[old] or "nan") for row in rows]))
            columns |= dict.fromkeys(CATEGORICAL, pa.array([f"${row['education']}_$" for row in rows]))
            columns[GROUPED] = pa.array([group_of(row["customer_id"]) for row in rows])
        pq.write_table(pa.table(columns), file.with_suffix(".parquet"))
        file.unlink()


def spoil_model(folder: Path) -> None:
    """Give the example's model columns of these names, a contract on them, and groups that are evaluated."""
    content = yaml.safe_load((folder / "model.yaml").read_text())
    for table in content["source"]["features"], content["source"]["labels"]:
        table.update(uri=table["uri"].replace(".csv", ".parquet"), format="parquet")
    content["entity"]["column"], content["time"]["column"], content["target"]["column"] = ENTITY, TIME, TARGET
    numeric = [name for names in NUMERIC.values() for name in names]
    content["features"] = {"numeric": numeric, "categorical": [GROUPED, *CATEGORICAL]}
    content["sensitive"] = {GROUPED: {}, **{name: {"bands": bands} for name, bands in BANDS.items()}}
    content["gate"]["slices"] = {"min_rows": 15, "max_drop": 0.5}
    (folder / "model.yaml").write_text(yaml.safe_dump(content, allow_unicode=False, sort_keys=False))
    rules = [
        {
            "type": "expect_column_values_to_not_be_null", "kwargs": {"column": name}, "severity": "warning",
            "why": "a|b\n# c",
        }
        for name in (*numeric, GROUPED, *CATEGORICAL)
    ]  # fmt: skip
    values = {
        "type": "expect_column_values_to_be_in_set", "kwargs": {"column": GROUPED, "value_set": ["$0_$49"]},
        "severity": "warning", "why": "<i>",
    }  # fmt: skip
    (folder / "contract.yaml").write_text(yaml.safe_dump({"features": [*rules, values], "labels": []}))
