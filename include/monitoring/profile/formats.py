"""The formats that reference profiles are or were stored in: artifacts of versions that may still serve.

Format 2 added null distributions, and the seed of what is still drawn at a check. Format 3 calls what they
hold by the terms of the field. Format 4 names the task and the weight by which rows count, and follows the
probabilities of classes, where there are more than two. A profile of format 1 has no null distributions:
they are made from the counts when they are needed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from include.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

_RENAMED = {
    "wobble": "between_day_variation",
    "rows": "batch_sizes",
    "border": "tail_threshold",
    "excess": "mean_excess",
}


def _add_null_distributions(plain: dict[str, Any]) -> dict[str, Any]:
    """Return a profile of format 2 from one of format 1."""
    columns = {name: {**column, "nulls": []} for name, column in plain["columns"].items()}
    return {**plain, "seed": 0, "columns": columns, "predictions": {**plain["predictions"], "nulls": []}}


def _use_standard_terms(plain: dict[str, Any]) -> dict[str, Any]:
    """Return a profile of format 3 from one of format 2."""

    def rename(column: dict[str, Any]) -> dict[str, Any]:
        found = [
            {_RENAMED.get(name, name): value for name, value in null.items()} for null in column["nulls"]
        ]
        return {**column, "null_distributions": found}

    columns = {name: rename(column) for name, column in plain["columns"].items()}
    return {**plain, "columns": columns, "predictions": rename(plain["predictions"])}


def _name_task(plain: dict[str, Any]) -> dict[str, Any]:
    """Return a profile of format 4 from one of format 3, when there was one task."""
    return {**plain, "task": "binary", "classes": [], "probabilities": {}, "weight": ""}


_UPGRADES = (_add_null_distributions, _use_standard_terms, _name_task)
FORMAT = len(_UPGRADES) + 1


def read_profile(text: str, build: Callable[[dict[str, Any]], T]) -> T:
    """Build a profile from JSON text of any format up to the present one.

    :param text: JSON text.
    :param build: makes it from the values of the present format.
    :raises ModelError: when it is not a profile, or one of a format that this code does not know.
    """
    try:
        plain = json.loads(text)
        found = plain["format"]
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(
            "this is not a reference profile: expected JSON with a format; train the model again"
        ) from error
    if isinstance(found, bool) or found not in range(1, FORMAT + 1):
        raise ModelError(
            f"a reference profile of format {found!r} was found and formats 1 to {FORMAT} are known: run "
            "the code that wrote it, or train the model again"
        )
    try:
        for upgrade in _UPGRADES[int(found) - 1 :]:
            plain = upgrade(plain)
        return build(plain)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(
            f"the reference profile is damaged ({type(error).__name__}: {error}): fetch it again from "
            "the model's run, or train the model again"
        ) from error
