"""The one way from values to JSON: what is not a number is None there, never ``NaN`` or ``Infinity``.

Python writes both by default, no other reader of JSON takes them: Airflow's API answers with an error, and so
do databases and browsers. A figure that is not defined (the AUC of one class, the mean of no rows) is None in
every result, record and verdict that is kept or handed on.
"""

from __future__ import annotations

import json
import math
from enum import StrEnum
from typing import Any


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it, at any depth.

    Tuples become lists, members of a StrEnum texts, NaN and infinities None.

    :param value: mappings, sequences, texts and numbers; anything else is returned as it is.
    """
    if isinstance(value, dict):
        return {_key(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, StrEnum):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def to_json(value: Any, **layout: Any) -> str:
    """Return the JSON text of a value, without NaN and infinities.

    :param value: as for :func:`plain`.
    :param layout: keywords of :func:`json.dumps` that say how the text looks.
    """
    return json.dumps(plain(value), allow_nan=False, **layout)


def to_exact_json(value: Any, **layout: Any) -> str:
    """Return the JSON text of a value in which every number has to be one; arguments as :func:`to_json`.

    :raises ValueError: it holds a NaN or an infinity: what is built from it later would be wrong.
    """
    return json.dumps(value, allow_nan=False, **layout)


def _key(name: Any) -> Any:
    """Return the key of a mapping; a float that is not a number is text there."""
    return str(name) if isinstance(name, float) and not math.isfinite(name) else name
