"""A small world for replays: 600 customers, a delivery a month, labels a month later."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from include.replay.cache import Cache
from tests.world.model_config import EXAMPLE

if TYPE_CHECKING:
    from pathlib import Path

MONTHS = (
    "2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31", "2005-08-31", "2005-09-30", "2005-10-31",
)  # fmt: skip
CUSTOMERS = 900
LIMITS = {
    "name: credit_risk\n": "name: small\n",
    "partitions: 6": "partitions: 2",
    "min_rows: 1000": "min_rows: 300",
    "roc_auc: 0.84": "roc_auc: 0.60",
    "log_loss: 0.30": "log_loss: 0.80",
    "brier: 0.085": "brier: 0.30",
    "min_rows: 300\n  min_positives: 40": "min_rows: 100\n  min_positives: 20",
    "max_iter: 150": "max_iter: 20",
    "min_new_labels: 1000": "min_new_labels: 300",
    "performance: {max_drop: 0.03, confidence: 0.95, min_rows: 300}": (
        "performance: {max_drop: 0.03, confidence: 0.95, min_rows: 200}"
    ),
}

CONTRACT = """\
features:
  - type: expect_column_values_to_be_between
    kwargs: {column: age, min_value: 18, max_value: 120}
    severity: critical
    why: Nobody is younger or older.
labels: []
"""


class SmallWorld:
    """Accounts and labels month by month; from a month on the sign of the signal may turn."""

    def __init__(self, turned_from: str = "9999") -> None:
        self.features: dict[str, pa.Table] = {}
        self.labels: dict[str, pa.Table] = {}
        for number, month in enumerate(MONTHS):
            accounts, defaulted = self.month(month, seed=number, turned=month >= turned_from)
            self.features[month] = accounts
            if number + 1 < len(MONTHS):
                keys = accounts.select(["customer_id", "as_of"])
                self.labels[MONTHS[number + 1]] = keys.append_column("defaulted", defaulted)

    @staticmethod
    def month(month: str, seed: int, *, turned: bool = False) -> tuple[pa.Table, pa.Array]:
        """The accounts of a month, and who defaulted."""
        rng = np.random.default_rng(seed)
        status = rng.integers(-2, 4, CUSTOMERS).astype(float)
        chance = 1 / (1 + np.exp(-((-1 if turned else 1) * 1.5 * status - 1)))
        table = {
            "customer_id": pa.array(np.arange(CUSTOMERS)),
            "as_of": pa.array([date.fromisoformat(month)] * CUSTOMERS, pa.date32()),
            "credit_limit": pa.array(rng.choice([20_000.0, 50_000.0, 200_000.0], CUSTOMERS)),
            "age": pa.array(rng.integers(21, 70, CUSTOMERS).astype(float)),
            "pay_status": pa.array(status),
            "bill_amount": pa.array(rng.normal(50_000, 20_000, CUSTOMERS).round()),
            "paid_amount": pa.array(rng.exponential(2_000, CUSTOMERS).round(2)),
            "sex": pa.array(rng.integers(1, 3, CUSTOMERS).astype(str).tolist()),
            "education": pa.array(rng.integers(1, 5, CUSTOMERS).astype(str).tolist()),
            "marital_status": pa.array(rng.integers(1, 4, CUSTOMERS).astype(str).tolist()),
        }
        return pa.table(table), pa.array((rng.random(CUSTOMERS) < chance).astype(np.int8))


def small_model(folder: Path) -> Path:
    """A copy of the example's model folder with limits that 900 customers can meet."""
    shutil.copytree(EXAMPLE.parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / "model.yaml").read_text()
    for old, new in LIMITS.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / "model.yaml").write_text(text)
    (folder / "contract.yaml").write_text(CONTRACT)
    return folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder."""
    return small_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """A cache that all tests share: what one has computed the others find."""
    return Cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def world() -> Any:
    """Makes worlds."""
    return SmallWorld
