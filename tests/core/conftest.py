"""What the tests of the core share: the example model's configuration, changed where a test asks for it."""

from __future__ import annotations

import shutil
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.world import model_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from include.config.schema import ModelConfig


@pytest.fixture(scope="session")
def make_config() -> Callable[..., ModelConfig]:
    """Return :func:`tests.world.model_config.make_config`."""
    return model_config.make_config


@pytest.fixture(scope="session")
def write_rows() -> Callable[..., Path]:
    """Return a function that writes a small training or test set with a signal in it, and some missing
    values.

    ``write_rows(path, rows=500, seed=1, sex=["1"] * 500)``: keywords replace columns.
    """

    def write(path: Path, rows: int = 500, seed: int = 0, **columns: Any) -> Path:
        rng = np.random.default_rng(seed)
        pay_status = rng.integers(-2, 4, rows).astype(float)
        bill = rng.normal(50_000, 20_000, rows).round()
        chance = 1 / (1 + np.exp(-(pay_status - bill / 50_000 - 0.5)))
        codes = {"sex": 2, "education": 4, "marital_status": 3}
        table = {
            "customer_id": pa.array(np.arange(rows)),
            "as_of": pa.array([date(2005, 4, 30)] * rows, pa.date32()),
            "credit_limit": pa.array(rng.choice([20_000.0, 50_000.0, 200_000.0], rows)),
            "age": pa.array(rng.integers(21, 70, rows).astype(float)),
            "pay_status": pa.array(pay_status),
            "bill_amount": pa.array(bill, mask=rng.random(rows) < 0.02),
            "paid_amount": pa.array(
                np.where(rng.random(rows) < 0.3, 0, rng.exponential(2_000, rows).round(2))
            ),
            **{
                name: pa.array(
                    rng.integers(1, last + 1, rows).astype(str).tolist(), mask=rng.random(rows) < 0.02
                )
                for name, last in codes.items()
            },
            "defaulted": pa.array((rng.random(rows) < chance).astype(np.int8)),
        }
        for name, values in columns.items():
            table[name] = pa.array(values, table[name].type)
        pq.write_table(pa.table(table), path, row_group_size=200)
        return path

    return write


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session of Spark in local mode with two workers of this very environment."""
    sql = pytest.importorskip("pyspark.sql", reason="in an environment of its own: make test-spark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java: install a JRE of version 17 or newer")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = (
            sql.SparkSession.builder
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", "300")
            .getOrCreate()
        )
        yield session
        session.stop()
