"""What the tests of validation share: a small sound snapshot, spoiled where a test asks for it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.arrow_schema import arrow_schema
from include.data.schema import table_columns
from include.validation.contract.contract import Contract, Rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.validation.report import ValidationReport

ROWS = 40
PARTITION = "2005-04-30"
LABEL_PARTITION = "2005-05-31"


def rule(kind: str, severity: str = "critical", **kwargs: Any) -> Rule:
    """Return a rule with a reason."""
    return Rule(type=kind, kwargs=kwargs, severity=severity, why=f"Because of {kind}.")


@pytest.fixture
def config(make_config) -> ModelConfig:
    """A model with few columns."""
    return make_config(
        features={"numeric": ["age", "bill_amount"], "categorical": ["sex"]},
        sensitive={"sex": {}, "age": {"bands": [30]}},
    )


@pytest.fixture
def write_snapshot(tmp_path: Path, config: ModelConfig) -> Callable[..., Path]:
    """Return a function that writes a sound snapshot of a table, with some columns replaced."""

    def write(table: str = "features", config: ModelConfig = config, **replaced: Any) -> Path:
        rows = len(next(iter(replaced.values()))) if replaced else ROWS
        sound = {
            "customer_id": list(range(1, rows + 1)),
            "as_of": [date.fromisoformat(PARTITION)] * rows,
            "age": [20.0 + place for place in range(rows)],
            "bill_amount": [None if place % 10 == 3 else place * 1.5 for place in range(rows)],
            "sex": [str(place % 2 + 1) for place in range(rows)],
            "defaulted": [int(place % 5 == 0) for place in range(rows)],
        }
        schema = arrow_schema(table_columns(config, table))
        content = {**sound, **replaced}
        path = tmp_path / f"{table}.parquet"
        arrays = [pa.array(content[field.name], field.type) for field in schema]
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path, row_group_size=16)
        return path

    return write


@pytest.fixture
def validate(write_snapshot, config: ModelConfig) -> Callable[..., ValidationReport]:
    """Return a function that writes a snapshot and validates it."""

    def run(
        table: str = "features", rules: tuple[Rule, ...] = (), known_at: str = "2005-12-31",
        config: ModelConfig = config, **replaced: Any,
    ) -> ValidationReport:  # fmt: skip
        from include.validation.validate import validate_snapshot

        contract = Contract(
            features=rules if table == "features" else (), labels=rules if table == "labels" else ()
        )
        return validate_snapshot(
            write_snapshot(table, config, **replaced), table=table, config=config, contract=contract,
            partition=PARTITION if table == "features" else LABEL_PARTITION, as_of=known_at,
        )  # fmt: skip

    return run


@pytest.fixture
def make_rule() -> Callable[..., Rule]:
    """Return the function that builds a rule."""
    return rule
