"""What data takes of a task: how the target's values are stored, read as numbers, checked and described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig


class Describe(Protocol):
    """Says what a training set shows of its target."""

    def __call__(
        self, values: np.ndarray, config: ModelConfig, weights: np.ndarray | None = None, /
    ) -> dict[str, Any]:
        """Return JSON values.

        :param values: the target as numbers, of shape (n,).
        :param config: the model's configuration.
        :param weights: how much each row counts, of mean 1, of shape (n,); None where all count the same.
        """


@dataclass(frozen=True, kw_only=True)
class TargetKind:
    """The target of one task.

    :param name: the task.
    :param read: from a column without missing values and the configuration to numbers of shape (n,): 0 or 1
        as int8, the place in ``target.classes`` as int16, or the number itself as float64. It raises
        :class:`~include.errors.DataError` for a value that has no meaning, with what was found and allowed.
    :param write: the reverse of it.
    :param classes: the classes as sentences name them, in the order of their numbers; none where the target
        is a number.
    :param describe: from numbers, the configuration and weights to what a training set shows of the target,
        JSON values.
    """

    name: str
    read: Callable[[pa.ChunkedArray | pa.Array, ModelConfig], np.ndarray]
    write: Callable[[np.ndarray, ModelConfig], pa.Array]
    classes: Callable[[ModelConfig], tuple[str, ...]]
    describe: Describe
