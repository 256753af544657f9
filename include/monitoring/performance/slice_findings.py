"""How groups fared in one window: a part of the window's record, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.evaluation.confidence_interval import read_interval
from include.monitoring.null.false_discovery import find_level
from include.rounding import exceeds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.evaluation.confidence_interval import ConfidenceInterval


@dataclass(frozen=True, kw_only=True)
class SlicePerformance:
    """One group in the primary metric.

    :param name: the group, such as ``sex=2``.
    :param rows: its evaluated rows.
    :param positives: those of class 1; None where there are not two classes.
    :param value: the metric; None where it is inconclusive.
    :param before: the same in the evaluation that made the version champion; None where that is not known.
    :param loss: how much worse it is now (above 0: worse, whatever the metric), with its interval; in a
        metric of the target's unit a share of what it was.
    :param p_value: how often chance alone gives such a loss, or a larger one, to a group that has lost
        ``max_drop``; None without a loss.
    :param note: why something is not known; empty where all is.
    """

    name: str
    rows: int
    positives: int | None
    value: float | None = None
    before: float | None = None
    loss: ConfidenceInterval | None = None
    p_value: float | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class SliceFindings:
    """All groups of one window.

    :param max_drop: loss that a group may have, ``gate.slices.max_drop``.
    :param rate: share of false alarms among the groups that are found to have lost more
        (``monitoring.drift.false_discovery_rate``).
    :param groups: the groups, the one that lost most first; those of which nothing is known last.
    :param left_out: smaller groups of columns with very many.
    :param note: why nothing is known of any group; empty where something is.
    """

    max_drop: float
    rate: float
    groups: tuple[SlicePerformance, ...] = ()
    left_out: int = 0
    note: str = ""

    @property
    def lost(self) -> tuple[SlicePerformance, ...]:
        """The groups that lost more than ``max_drop`` for sure: their whole intervals lie beyond it."""
        known = [one.p_value for one in self.groups if one.p_value is not None]
        level = find_level(known, self.rate)
        return tuple(
            one
            for one in self.groups
            if one.loss is not None
            and one.p_value is not None
            and one.p_value <= level
            and exceeds(one.loss.low, self.max_drop)
        )


def read_findings(plain: Mapping[str, Any] | None) -> SliceFindings | None:
    """Build findings from JSON values, as :func:`dataclasses.asdict` and the record's writer give them.

    :param plain: None in a record of a window whose groups were not looked at.
    """
    if plain is None:
        return None
    groups = tuple(
        SlicePerformance(**{**one, "loss": one["loss"] and read_interval(one["loss"])})
        for one in plain["groups"]
    )
    return SliceFindings(**{**plain, "groups": groups})
