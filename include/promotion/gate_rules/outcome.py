"""The outcome of a rule of the gate, and how many rows would be enough."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.verdicts import Reason

_MOST_SPREADS = 10  # nobody collects more than a hundred times the rows


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one rule came out.

    :param reason: what the verdict shows.
    :param otherwise: what would have turned the rule round, one sentence; empty where nothing sensible can
        be said.
    """

    reason: Reason
    otherwise: str = ""


def rows_needed(room: float, reach: float, rows: int) -> int | None:
    """Return how many test rows would be enough, or None where more rows would not help.

    :param room: how far the figure lies on the good side of its limit.
    :param reach: how far its interval reaches to the bad side; it narrows with the root of the rows.
    :param rows: test rows now.
    """
    if not room > 0 or not reach < _MOST_SPREADS * room:
        return None
    return _round(rows * (reach / room) ** 2)


def _round(rows: float) -> int:
    """Round to two digits: more would claim more precision than a forecast has."""
    magnitude = 10 ** max(0, math.floor(math.log10(rows)) - 1)
    return int(math.ceil(rows / magnitude) * magnitude)
