"""A model of hostile names, a training set, and a delivery that has drifted away from it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from include.config.data_schema import Sensitive
from include.monitoring.drift.check import check_drift
from include.monitoring.drift.report import DriftReport
from include.monitoring.profile.build import build_profile
from include.monitoring.profile.count_file import count_file
from include.monitoring.profile.profile import Profile
from include.training.frame import load_frame
from tests.world import hostile_names as names
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from include.config.schema import ModelConfig


ROWS = 6_600
NUMERIC = [name for group in names.NUMERIC.values() for name in group]
CATEGORICAL = [names.GROUPED, *names.CATEGORICAL]


class Model:
    """A fitted model that looks at the first feature."""

    classes_ = (0, 1)

    def predict_proba(self, features: Any) -> Any:
        """Return the probability of each class for each row."""
        scores = 1 / (1 + np.exp(-features.iloc[:, 0].to_numpy()))
        return np.column_stack([1 - scores, scores])


def hostile_config() -> ModelConfig:
    """Return the configuration of a model whose columns have these names."""
    return make_config(
        entity={"column": names.ENTITY, "type": "integer"},
        time={"column": names.TIME},
        target={"column": names.TARGET},
        features={"numeric": NUMERIC, "categorical": CATEGORICAL},
    ).model_copy(
        update={
            "sensitive": {
                names.GROUPED: Sensitive(),
                **{name: Sensitive(bands=tuple(cuts)) for name, cuts in names.BANDS.items()},
            }
        }
    )


def write_training_set(
    path: Path, *, shift: float = 0.0, groups: Sequence[str | None] = names.GROUPS
) -> Path:
    """Write rows with a signal; ``shift`` moves each numeric column further than the one before."""
    rng = np.random.default_rng(0)
    target = (rng.random(ROWS) < 0.3).astype(np.int8)
    columns = {
        names.ENTITY: pa.array(np.arange(ROWS)),
        names.TIME: pa.array([date(2005, 4, 30)] * ROWS, pa.date32()),
        **{name: pa.array(rng.normal(target + shift * (at + 1), 1)) for at, name in enumerate(NUMERIC)},
        names.GROUPED: pa.array([groups[row % len(groups)] for row in range(ROWS)]),
        **dict.fromkeys(names.CATEGORICAL, pa.array([f"${row % 4}_$" for row in range(ROWS)])),
        names.TARGET: pa.array(target),
    }
    pq.write_table(pa.table(columns), path, row_group_size=2_000)
    return path


def drifted(folder: Path) -> tuple[Profile, Any, DriftReport]:
    """Return the profile of a training set, the counts of a delivery that has moved and lacks half of the
    groups, and the report on the two."""
    config, train = hostile_config(), write_training_set(folder / "train.parquet")
    frame = load_frame(train, config)
    scores = Model().predict_proba(frame.features)[:, 1]
    profile = Profile.from_json(build_profile(train, config, scores).to_json())
    batch = write_training_set(folder / "batch.parquet", shift=0.5, groups=names.GROUPS[::2])
    counts = count_file(batch, profile, scores)
    importance = dict.fromkeys(config.feature_names, 1.0)
    report = check_drift(profile, counts, config.monitoring.drift, importance=importance)
    return profile, counts, DriftReport.from_dict(report.to_dict())
