"""Compute once what follows from its inputs alone, and read it again on every later day.

Most windows of today are those of yesterday, and so are most estimates. What was computed is
kept under a digest of all it follows from: the very values (so a delivery that is restated, a label that is
corrected, another champion have another key, whatever their files are called), the settings, and the source
text of the functions, so that a result of other code is not found. There is nothing to invalidate: a key
means one result for ever, and whoever computes it twice, or dies before keeping it, changes nothing.
"""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import asdict
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from include.evaluation.confidence_interval import read_intervals
from include.strict_json import plain, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from include.evaluation.confidence_interval import ConfidenceInterval

FORMAT = 2


class Memory(Protocol):
    """Anything that keeps JSON values by key."""

    def recall(self, key: str) -> Any | None:
        """Return what was kept under a key; None where nothing can be read."""

    def keep(self, key: str, content: Any) -> None:
        """Keep something under a key, over whatever is there."""


def intervals_once(
    memory: Memory | None,
    compute: Callable[[], dict[str, ConfidenceInterval]],
    *,
    arrays: Mapping[str, np.ndarray],
    settings: Mapping[str, Any],
    modules: tuple[str, ...],
) -> dict[str, ConfidenceInterval]:
    """Return confidence intervals from the memory, or compute and keep them.

    :param memory: where they are kept; None computes them anew.
    :param compute: computes them from nothing but what follows.
    :param arrays: the values by name.
    :param settings: everything else, as JSON values.
    :param modules: names of the modules whose code computes them.
    """
    if memory is None:
        return compute()
    key = digest_inputs(arrays, settings, modules)
    if (known := _read(memory.recall(key))) is not None:
        return known
    found = compute()
    intervals = plain({name: asdict(one) for name, one in found.items()})
    memory.keep(key, {"format": FORMAT, "intervals": intervals})
    return found


def digest_inputs(
    arrays: Mapping[str, np.ndarray], settings: Mapping[str, Any], modules: tuple[str, ...]
) -> str:
    """Return the key of what follows from some inputs: 64 hexadecimal digits. Parameters as above."""
    found = hashlib.sha256()
    head = {
        "settings": settings,
        "code": [[name, _source_digest(name)] for name in modules],
        "numpy": np.__version__,
        "arrays": [[name, str(array.dtype), list(array.shape)] for name, array in arrays.items()],
    }
    found.update(to_json(head, sort_keys=True).encode())
    for array in arrays.values():
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def named_weights(weights: np.ndarray | None) -> dict[str, np.ndarray]:
    """Return the weights of rows as an input that figures follow from; nothing where all count the same."""
    return {} if weights is None else {"weights": weights}


@cache
def _source_digest(module: str) -> str:
    return hashlib.sha256(inspect.getsource(import_module(module)).encode()).hexdigest()


def _read(kept: Any) -> dict[str, ConfidenceInterval] | None:
    """Return intervals as they were kept; None for what this code does not know."""
    if not isinstance(kept, dict) or kept.get("format") != FORMAT:
        return None
    try:
        return read_intervals(kept["intervals"])
    except (KeyError, TypeError, AttributeError):
        return None
