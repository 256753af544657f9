"""Predictions of a number."""

from __future__ import annotations

import pyarrow as pa

from include.data.arrow_numpy import to_arrow
from include.scoring.outputs.base import PREDICTION, Output

REGRESSION = Output(
    name="regression",
    columns={PREDICTION: pa.float64()},
    answers=PREDICTION,
    write=lambda predictions, _: [to_arrow(predictions)],
    words="predictions",
)
