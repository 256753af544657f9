"""When the target of a row is known, as far as the table shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.onboarding.source import SourceTable
    from include.onboarding.tasks.base import Target
    from include.onboarding.time import Cut

USUAL_COVERAGE = 0.8


@dataclass(frozen=True, kw_only=True)
class Known:
    """When labels are known.

    :param delay_days: days from a partition to its labels.
    :param why_delay: the reason for them.
    :param min_coverage: share of a partition's rows whose label must be known.
    :param why_coverage: the reason for it.
    :param partitions: partitions with enough labels, oldest first.
    """

    delay_days: int
    why_delay: str
    min_coverage: float
    why_coverage: str
    partitions: tuple[str, ...]


def look_at_labels(table: SourceTable, target: Target, partition: str, cut: Cut, wanted: int | None) -> Known:
    """Return when labels are known.

    :param table: the table.
    :param target: the target.
    :param partition: the expression for a row's partition.
    :param cut: the partitions.
    :param wanted: ``--delay-days``; None to take it from the newest partitions.
    """
    shares = dict(
        table.query(
            f"SELECT ({partition})::VARCHAR AS p, count({target.sql}) / count(*) FROM rows GROUP BY p ORDER "
            "BY p"
        )
    )
    labelled = sorted(share for share in shares.values() if share)
    usual = labelled[len(labelled) // 2]
    coverage, why = USUAL_COVERAGE, "the default: a few rows never get a label"
    if usual < USUAL_COVERAGE / 0.8:
        coverage = round(max(0.8 * usual, 0.01), 2)
        why = f"{usual:.0%} of a partition's rows have a label as a rule; with a fifth less it is not used"
    enough = tuple(day for day in cut.rows if shares[day] >= coverage)
    newest, last = max(cut.rows), max(enough, default=max(cut.rows))
    waiting = (date.fromisoformat(newest) - date.fromisoformat(last)).days
    if wanted is not None:
        delay, why_delay = wanted, "as --delay-days says"
    elif waiting:
        delay = waiting
        why_delay = f"after {last} labels are missing, and the table goes on until {newest}"
    else:
        delay = 0
        why_delay = (
            "every partition has its labels, so they seem to arrive with the rows; if they come later, write "
            "after how many days"
        )
    return Known(
        delay_days=delay, why_delay=why_delay, min_coverage=coverage, why_coverage=why, partitions=enough
    )
