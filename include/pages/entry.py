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
from typing import Any

from include.pages.bounded import REMEDY, cut, fact, fit
from include.pages.moment import MOST_DAYS, Moment, sorted_moments
from include.records import Record, RecordKind
from include.strict_json import plain
from include.verdicts import Verdict

NEWEST_DAYS = 30  # of a metric, whose line stands beside each model; of anything else the newest one
_MOST_REASONS = 40

ENTRY = RecordKind(name="page entry", remedy=REMEDY)


@dataclass(frozen=True, kw_only=True)
class Place:
    """The Airflow task that decided: what its log is found by."""

    dag_id: str = ""
    run_id: str = ""
    task_id: str = ""


NOWHERE = Place()


@dataclass(frozen=True, kw_only=True)
class Entry(Record, kind=ENTRY):
    """What the pages know of one kind of decision about a model.

    :param as_of: ISO date of the newest run.
    :param place: the task that left it.
    :param verdict: its verdict; None for a task that decides nothing.
    :param facts: what else is shown, such as the version that scored; text and numbers only.
    :param history: the days, oldest first; stored are the newest of them.
    :param links: label to address, such as that of the MLflow run; others than of the web are left out.
    """

    as_of: str
    place: Place = NOWHERE
    verdict: Verdict | None = None
    facts: dict[str, str | float | None] = field(default_factory=dict)
    history: tuple[Moment, ...] = ()
    links: dict[str, str] = field(default_factory=dict)

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
            "links": _web_links(self.links),
        }
        least_important_last = [verdict["reasons"], verdict["counterfactuals"]] if verdict else []
        return fit(fields, least_important_last, oldest_first=[days])

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Entry:
        date.fromisoformat(fields["as_of"])
        verdict = fields["verdict"]
        return cls(
            as_of=fields["as_of"],
            place=read_place(fields["place"]),
            verdict=_verdict(verdict) if verdict is not None else None,
            facts={str(name): fact(value) for name, value in fields["facts"].items()},
            history=sorted_moments(fields["history"]),
            links=_web_links(fields.get("links") or {}),
        )


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


def read_place(values: dict[str, Any]) -> Place:
    """Return a place.

    :param values: its fields.
    :raises ValueError: something in it is not text.
    """
    if wrong := [name for name, value in values.items() if not isinstance(value, str)]:
        raise ValueError(f"{wrong[0]} is not text")
    return Place(**values)


def _shortened(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON values without its inputs, and with texts of bounded length."""
    values = verdict.to_dict()
    values["inputs"] = {}
    values["reasons"] = [cut(one) for one in values["reasons"][:_MOST_REASONS]]
    values["counterfactuals"] = [cut(one) for one in values["counterfactuals"][:_MOST_REASONS]]
    return {name: cut(value) if name != "thresholds" else {} for name, value in values.items()}


def _web_links(links: dict[str, Any]) -> dict[str, str]:
    """Return the addresses of the web: a browser that is given another one may run it."""
    return {
        str(label): url for label, url in links.items()
        if isinstance(url, str) and url.startswith(("http://", "https://"))
    }  # fmt: skip
