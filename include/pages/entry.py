"""What a task leaves for the pages: its newest verdict, a few facts, and one point of history for each day.

It is kept in Airflow's asset state store, under two keys for each kind of decision: an entry with the newest
days, which the page of all models reads for every model, and a year of days, which only the model's own page
reads. People with rights can edit or clear them, and a value takes 64 KB at most. So both are bounded, and
validated whenever they are read. They are copies to look at: every decision is made from the ledger, MLflow
and the store.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any

from include.records import Record, RecordKind
from include.strict_json import plain, to_json
from include.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_DAYS = 365
NEWEST_DAYS = 30  # of a metric, whose line stands beside each model; of anything else the newest one
MOST_BYTES = 60_000  # Airflow's default limit is 64 KiB
_LONGEST = 600  # characters of one text within a verdict
_MOST_REASONS = 40
_ROUND = 6

_REMEDY = "clear this key of the asset's state store: the next run writes it anew"
ENTRY = RecordKind(name="page entry", remedy=_REMEDY)
HISTORY = RecordKind(name="page history", remedy=_REMEDY)


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
        return cls(day=day, said=said, figures={str(name): _figure(value) for name, value in figures.items()})


@dataclass(frozen=True, kw_only=True)
class History(Record, kind=HISTORY):
    """The days of one kind of decision.

    :param moments: the newest year at most, oldest first.
    """

    moments: tuple[Moment, ...] = ()

    def _plain(self) -> dict[str, Any]:
        days = [one.to_list() for one in self.moments[-MOST_DAYS:]]
        return _fit({"moments": days}, oldest_first=[days])

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> History:
        return cls(moments=_moments(fields["moments"]))


def _moments(values: Iterable[Any]) -> tuple[Moment, ...]:
    """Return moments from their lists, oldest first."""
    return tuple(sorted(map(Moment.from_list, values), key=lambda one: one.day))


@dataclass(frozen=True, kw_only=True)
class Place:
    """The Airflow task that decided: what its log is found by."""

    dag_id: str = ""
    run_id: str = ""
    task_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry(Record, kind=ENTRY):
    """What the pages know of one kind of decision about a model.

    :param as_of: ISO date of the newest run.
    :param place: the task that left it.
    :param verdict: its verdict; None for a task that decides nothing.
    :param facts: what else is shown, such as the version that scored; text and numbers only.
    :param history: the days, oldest first; stored are the newest of them.
    """

    as_of: str
    place: Place = Place()
    verdict: Verdict | None = None
    facts: dict[str, str | float | None] = field(default_factory=dict)
    history: tuple[Moment, ...] = ()

    @property
    def newest(self) -> tuple[Moment, ...]:
        """The days that the page of all models shows."""
        drawn = any("value" in one.figures for one in self.history)
        return self.history[-(NEWEST_DAYS if drawn else 1) :]

    def after(self, earlier: tuple[Moment, ...]) -> Entry:
        """Return this entry with the days before; of one day the newer moment holds.

        :param earlier: what was known; nothing where it could not be read.
        """
        days = {one.day: one for one in (*earlier, *self.history)}
        return dataclasses.replace(self, history=tuple(days[day] for day in sorted(days)[-MOST_DAYS:]))

    def _plain(self) -> dict[str, Any]:
        verdict = _shortened(self.verdict) if self.verdict else None
        days = [one.to_list() for one in self.newest]
        fields = {
            "as_of": self.as_of,
            "place": dataclasses.asdict(self.place),
            "verdict": verdict,
            "facts": plain(self.facts),
            "history": days,
        }
        least_important_last = [verdict["reasons"], verdict["counterfactuals"]] if verdict else []
        return _fit(fields, least_important_last, oldest_first=[days])

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Entry:
        date.fromisoformat(fields["as_of"])
        verdict = fields["verdict"]
        return cls(
            as_of=fields["as_of"],
            place=_place(fields["place"]),
            verdict=_verdict(verdict) if verdict is not None else None,
            facts={str(name): _fact(value) for name, value in fields["facts"].items()},
            history=_moments(fields["history"]),
        )


def _fit(
    fields: dict[str, Any],
    least_important_last: Sequence[list[Any]] = (),
    oldest_first: Sequence[list[Any]] = (),
) -> dict[str, Any]:
    """Return a record's fields, short enough: a quarter of a list goes at a time, in the order given.

    :param fields: which hold the lists; they are changed.
    :param least_important_last: lists that lose their ends.
    :param oldest_first: lists that lose their beginnings, once there is nothing left of the others.
    """
    while len(to_json(fields).encode()) > MOST_BYTES:
        if found := next(filter(None, least_important_last), None):
            del found[-(len(found) // 4 + 1) :]
        elif found := next(filter(None, oldest_first), None):
            del found[: len(found) // 4 + 1]
        else:
            break
    return fields


def _verdict(values: Any) -> Verdict:
    """Return a verdict, each text of which is one: nobody has checked what somebody may have edited.

    :raises ValueError: something in it is not what it should be.
    """
    found = Verdict.from_dict(values)
    texts = [found.kind, found.decision, found.subject, found.summary, *found.counterfactuals]
    texts += [text for one in found.reasons for text in (one.rule, one.found, one.required)]
    if wrong := [one for one in texts if not isinstance(one, str)]:
        raise ValueError(f"{wrong[0]!r} in the verdict is not text")
    if odd := [one.rule for one in found.reasons if not (one.passed is None or isinstance(one.passed, bool))]:
        raise ValueError(f"the rule {odd[0]} neither passed nor failed")
    return found


def _figure(value: Any) -> float:
    """Return a figure.

    :raises ValueError: it is not a number that a picture can show.
    """
    try:
        figure = float(value)
    except OverflowError as error:
        raise ValueError("a figure has more digits than a number can have") from error
    if not isfinite(figure):
        raise ValueError(f"{value!r} is not a figure")
    return figure


def _fact(value: Any) -> str | float | None:
    """Return a value that is text, a number or nothing.

    :raises ValueError: it is something else.
    """
    if value is None or (isinstance(value, (str, float, int)) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{value!r} is neither text nor a number")


def _place(values: dict[str, Any]) -> Place:
    """Return a place.

    :raises ValueError: something in it is not text.
    """
    if wrong := [name for name, value in values.items() if not isinstance(value, str)]:
        raise ValueError(f"{wrong[0]} is not text")
    return Place(**values)


def _shortened(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON values without its inputs, and with texts of bounded length."""
    values = verdict.to_dict()
    values["inputs"] = {}
    values["reasons"] = [_cut(one) for one in values["reasons"][:_MOST_REASONS]]
    values["counterfactuals"] = [_cut(one) for one in values["counterfactuals"][:_MOST_REASONS]]
    return {name: _cut(value) if name != "thresholds" else {} for name, value in values.items()}


def _cut(value: Any) -> Any:
    """Return a text no longer than is shown, and the texts of a mapping so."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
    if isinstance(value, dict):
        return {name: _cut(one) for name, one in value.items()}
    return value


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
