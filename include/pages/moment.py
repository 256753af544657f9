"""One day of one kind of decision, and a year of such days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any

from include.pages.bounded import REMEDY, figure, fit
from include.records import Record, RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_DAYS = 365
_ROUND = 6

HISTORY = RecordKind(name="page history", remedy=REMEDY)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One day of one kind of decision.

    :param day: ISO date: of the delivery, or the as-of date of the run.
    :param said: the decision or the status, such as ``promote`` or ``good``.
    :param figures: name to number, such as ``value``, ``low`` and ``high`` of a metric.
    """

    day: str
    said: str
    figures: dict[str, float] = field(default_factory=dict)

    def to_list(self) -> list[Any]:
        """Return it as a short list of JSON values."""
        return [self.day, self.said, {name: round(value, _ROUND) for name, value in self.figures.items()}]

    @classmethod
    def from_list(cls, values: Any) -> Moment:
        """Build a moment from what :meth:`to_list` returned.

        :raises ValueError: something else stands there.
        """
        day, said, figures = values
        date.fromisoformat(day)
        if not isinstance(said, str):
            raise ValueError(f"{said!r} is not a decision")  # noqa: TRY004 - of a record, not of an argument
        return cls(day=day, said=said, figures={str(name): figure(value) for name, value in figures.items()})


@dataclass(frozen=True, kw_only=True)
class History(Record, kind=HISTORY):
    """The days of one kind of decision.

    :param moments: the newest year at most, oldest first.
    """

    moments: tuple[Moment, ...] = ()

    def _plain(self) -> dict[str, Any]:
        days = [one.to_list() for one in self.moments[-MOST_DAYS:]]
        return fit({"moments": days}, oldest_first=[days])

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> History:
        return cls(moments=sorted_moments(fields["moments"]))


def sorted_moments(values: Iterable[Any]) -> tuple[Moment, ...]:
    """Return moments from their lists, oldest first.

    :param values: what :meth:`Moment.to_list` returned, of each.
    :raises ValueError: something else stands there.
    """
    return tuple(sorted(map(Moment.from_list, values), key=lambda one: one.day))


def moments(found: Iterable[tuple[str, str, dict[str, float | None]]]) -> tuple[Moment, ...]:
    """Return moments from days, decisions and figures; figures that are not defined are left out.

    :param found: day, decision and figures of each.
    """
    return tuple(
        Moment(
            day=day, said=said,
            figures={name: value for name, value in figures.items() if value is not None and isfinite(value)},
        )
        for day, said, figures in found
    )  # fmt: skip
