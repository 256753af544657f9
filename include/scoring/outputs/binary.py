"""Predictions of two classes: the probability of class 1."""

from __future__ import annotations

import pyarrow as pa

from include.data.arrow_numpy import to_arrow
from include.scoring.outputs.base import SCORE, Output

BINARY = Output(
    name="binary",
    columns={SCORE: pa.float64()},
    answers=SCORE,
    write=lambda scores, _: [to_arrow(scores)],
    words="scores",
    halves=True,
)
