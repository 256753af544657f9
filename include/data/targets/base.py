"""What data takes of a task: how the target's values are stored, read as numbers, checked and described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig


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
    :param describe: from numbers and the configuration to what a training set shows of the target, JSON
        values.
    """

    name: str
    read: Callable[[pa.ChunkedArray | pa.Array, ModelConfig], np.ndarray]
    write: Callable[[np.ndarray, ModelConfig], pa.Array]
    classes: Callable[[ModelConfig], tuple[str, ...]]
    describe: Callable[[np.ndarray, ModelConfig], dict[str, Any]]
