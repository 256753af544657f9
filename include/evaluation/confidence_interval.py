"""A figure with its confidence interval, and how it travels as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ConfidenceInterval:
    """A figure with its confidence interval.

    :param value: the figure on the test set itself.
    :param low: lower end of the interval; NaN where it has none.
    :param high: upper end of the interval.
    :param note: why the figure has no interval; empty where it has one.
    """

    value: float
    low: float
    high: float
    note: str = ""


def read_interval(plain: dict[str, Any]) -> ConfidenceInterval:
    """Return an interval from plain values, in which None stands for NaN.

    :param plain: its fields; ``note`` may be missing.
    """
    ends = {name: math.nan if plain[name] is None else plain[name] for name in ("value", "low", "high")}
    return ConfidenceInterval(**ends, note=plain.get("note", ""))


def read_intervals(plain: dict[str, Any]) -> dict[str, ConfidenceInterval]:
    """Return intervals from plain values, in which None stands for NaN.

    :param plain: name to fields; a name with None is left out.
    """
    return {name: read_interval(value) for name, value in plain.items() if value is not None}
