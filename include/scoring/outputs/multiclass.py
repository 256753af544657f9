"""Predictions of three classes or more: the most probable one, and the probability of each as listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from include.data.arrow_numpy import to_arrow
from include.scoring.outputs.base import PREDICTION, SCORES, Output

if TYPE_CHECKING:
    from include.config.schema import ModelConfig


def _write(scores: np.ndarray, config: ModelConfig) -> list[pa.Array]:
    names = pa.array(config.target.classes, type=pa.string())
    predicted = names.take(to_arrow(scores.argmax(axis=1)))
    ends = np.arange(len(scores) + 1, dtype=np.int32) * scores.shape[1]
    return [predicted, pa.ListArray.from_arrays(to_arrow(ends), to_arrow(scores.ravel()))]


MULTICLASS = Output(
    name="multiclass",
    columns={PREDICTION: pa.string(), SCORES: pa.list_(pa.float64())},
    answers=SCORES,
    write=_write,
    words="probabilities of the predicted class",
)
