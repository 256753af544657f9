"""What a file of predictions takes of a task: its columns, and what a person looks at first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig

SCORE, PREDICTION, SCORES = "score", "prediction", "scores"
"""A probability; what is predicted, a class or a number; the probability of each class."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """How the answers of models of one task are written.

    :param name: the task.
    :param columns: the columns besides entity and time, in their order.
    :param answers: which of them is read back as what the model answered.
    :param write: from answers and the configuration to the columns.
    :param words: what its figures are of, for people: ``scores``.
    :param halves: whether answers are probabilities of one of two classes, so that 0.5 parts them.
    """

    name: str
    columns: Mapping[str, pa.DataType]
    answers: str
    write: Callable[[np.ndarray, ModelConfig], list[pa.Array]]
    words: str
    halves: bool = False
