"""What the page on a day says of the feature views that its newest delivery was joined with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.joined_view import AGE, joined_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.data.views.record import JoinedWith, JoinRecord
    from include.monitoring.drift.report import DriftReport

HEAD = (
    "view", "newest delivery", "rows without a value", "not known", "too old", "mean age in days", "oldest",
    "against training",
)  # fmt: skip


def view_cells(record: JoinRecord, drift: DriftReport | None) -> Iterator[tuple[str, ...]]:
    """Yield a row for each view, below :data:`HEAD`.

    :param record: what the delivery was joined with.
    :param drift: what the drift check found on it; None when it was not looked at.
    """
    for one in record.views:
        yield (
            one.view,
            one.deliveries[-1].partition if one.deliveries else "none",
            f"{one.missing:.1%}",
            f"{one.none:,}",
            f"{one.old:,}",
            "" if one.mean_age is None else f"{one.mean_age:,.1f}",
            "" if one.oldest is None else f"{one.oldest:,.1f}",
            _against_training(one, drift),
        )


def _against_training(joined: JoinedWith, drift: DriftReport | None) -> str:
    """Say whether its ages, or the share of rows without one, have left what training saw."""
    name = joined_name(joined.view, AGE)
    found = next((column for column in drift.columns if column.name == name), None) if drift else None
    if found is None:
        return "not compared"
    return "; ".join([found.status.value, *found.changes])
