"""A small model folder to break, one configuration error at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.config.load import load_model
from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODEL = """\
name: loans
description: Will a loan be paid back?
owner: lending
tags: [credit]
schedule: "@daily"
source:
  connection: loans_source
  features:
    uri: accounts/as_of={partition}/accounts.csv
    format: csv
  labels:
    uri: labels/known_on={partition}/labels.csv
    format: csv
entity:
  column: loan_id
  type: integer
time:
  column: as_of
target:
  column: lost
  delay_days: 31
features:
  numeric: [amount, age]
  categorical: [sex, region]
sensitive:
  sex: {}
  age: {bands: [30, 50]}
window:
  partitions: 6
  min_rows: 1000
split:
  test_share: 0.25
  out_of_time: true
  seed: 7
estimator:
  seed: 0
  parameters:
    max_iter: 5
  trusted_types:
    - sklearn.tree._tree.Tree
gate:
  primary: roc_auc
  floors:
    roc_auc: 0.75
    log_loss: 0.4
  min_gain: 0.0
  confidence: 0.95
  min_positives: 40
  slices:
    min_rows: 30
    max_drop: 0.02
reproducibility_check:
  rows: 50
  tolerance: 1.0e-9
alerts:
  - kind: log
"""

ESTIMATOR = """\
def build(config):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(**config.estimator.parameters)
"""

CONTRACT = """\
features:
  - type: expect_column_values_to_be_between
    kwargs: {column: age, min_value: 18}
    severity: critical
    why: Loans are for adults.
labels: []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a model folder in which nothing is wrong."""
    path = tmp_path / "loans"
    path.mkdir()
    (path / "model.yaml").write_text(MODEL, encoding="utf-8")
    (path / "estimator.py").write_text(ESTIMATOR, encoding="utf-8")
    (path / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    return path


@pytest.fixture
def edit(folder: Path) -> Callable[..., Path]:
    """Return a function that replaces one piece of a file in the folder, and returns the folder."""

    def replace(old: str, new: str, file: str = "model.yaml") -> Path:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return replace


@pytest.fixture
def issues(folder: Path) -> Callable[[], list[str]]:
    """Return a function that loads the folder's model.yaml and returns what was wrong, without the path."""

    def load() -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load_model(folder)
        return [line.removeprefix(f"{folder / 'model.yaml'}:") for line in str(caught.value).splitlines()]

    return load
