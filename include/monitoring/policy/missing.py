"""Deliveries that a day of watching has to do without, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BROKEN, UNREADABLE, GONE = "broke its data contract", "can't be read", "is gone from its source"


@dataclass(frozen=True, kw_only=True)
class MissingDelivery:
    """A delivery that is not looked at.

    :param table: ``features`` or ``labels``.
    :param partition: ISO date of the delivery.
    :param reason: one of those above.
    :param detail: what was found, in one line.
    :raises DataError: another reason.
    """

    table: str
    partition: str
    reason: str
    detail: str = ""

    def __post_init__(self) -> None:
        reasons = (BROKEN, UNREADABLE, GONE)
        if self.reason not in reasons:
            raise DataError(
                f"{self.table} of {self.partition} are missing because {self.reason!r}; known reasons: "
                f"{', '.join(reasons)}. Run the monitoring again from its first task"
            )

    @property
    def name(self) -> str:
        """The delivery as a person would call it."""
        return self.partition if self.table == "features" else f"{self.table} {self.partition}"

    @property
    def blocks(self) -> bool:
        """Whether a training would meet it and fail; one that is gone it never sees."""
        return self.reason != GONE

    def to_dict(self) -> dict[str, str]:
        """Return plain JSON values; :meth:`from_dict` reads them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> MissingDelivery:
        """Build it from what :meth:`to_dict` returned."""
        return cls(**plain)


def describe_missing(missing: Iterable[MissingDelivery]) -> str:
    """Return deliveries with their reasons: ``2005-06-30 broke its data contract; 2005-07-31 can't be read``.

    :param missing: the deliveries, in the order to name them.
    """
    return "; ".join(f"{one.name} {one.reason}" for one in missing)


def find_gone(
    delivered: Mapping[str, Mapping[str, str]],
    selected: Mapping[str, Mapping[str, str]],
    known: Iterable[tuple[str, str]],
    as_of: str,
) -> list[MissingDelivery]:
    """Return the deliveries that the source once held, amid those that were selected, and no longer does.

    :param delivered: table to partition to URI: what the source holds.
    :param selected: the same for what the run looks at.
    :param known: each table and partition there ever was.
    :param as_of: ISO date of the run.
    """
    oldest = min(selected["features"])
    return [
        MissingDelivery(table=table, partition=partition, reason=GONE)
        for table, partition in sorted(known)
        if table in selected and oldest <= partition <= as_of and partition not in delivered[table]
    ]
