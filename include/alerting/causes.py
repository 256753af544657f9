"""Which failures, and which verdicts, have the same cause.

The same broken delivery fails today, tomorrow and in three DAGs, and people should be notified once. A cause
must not contain what changes from day to day, and must contain what distinguishes it from others. The rules:

* **A server, a disk or the network** (:class:`InfrastructureError`): the class is the cause. One outage
  fails everything that runs meanwhile, each task with its own message.
* **Input** (:class:`InputError`): task, class and the first line of the message. Dates stay, because they
  name deliveries, except the as-of date of the run (``as of 2005-06-30``); a delivery's digest stays as well.
* **Anything else**: task, class and the first line, without dates, identifiers and figures.
* **Killed without an error of its own**: the task.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from include.alerting.alert import Cause
from include.errors import DataError, InfrastructureError, InputError

if TYPE_CHECKING:
    from include.verdicts import Verdict

FAILURE = "failure"
_DATE = r"\d{4}-\d{2}-\d{2}"
_IDENTIFIER = r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b"
_DIGEST = r"\b[0-9a-f]{32}\b"
_FIGURE = r"\b\d[\d.,:]*"  # of its own: a digit in the name of a column stays
_BOUND = re.compile(rf"\b(as of|up to|before|after|later than) {_DATE}")  # the run's as-of date
_LONGEST = 300


def failure_cause(model: str, task: str, error: BaseException | None) -> Cause:
    """Return the cause of a task's failure.

    :param model: the model's name.
    :param task: the task's id, without its DAG: three DAGs may meet one broken delivery.
    :param error: what it raised; None where it was killed.
    """
    if error is None:
        return Cause(model=model, kind=FAILURE, subject=f"{task} was lost")
    name = type(error).__name__
    if isinstance(error, InfrastructureError):
        return Cause(model=model, kind=FAILURE, subject=name)
    line = (str(error).strip().splitlines() or [""])[0]
    line = _BOUND.sub(r"\1 #", line)
    kept = []
    if isinstance(error, InputError):
        kept.append(_DATE)
    if isinstance(error, DataError):
        kept.append(_DIGEST)
    return Cause(model=model, kind=FAILURE, subject=f"{task}: {name}: {without_figures(line, *kept)}")


def without_figures(line: str, *kept: str) -> str:
    """Return a line with ``#`` for each identifier and figure, so that two days' messages are equal.

    :param line: the line.
    :param kept: patterns of what stays.
    """
    pattern = "|".join([*(f"(?P<kept{at}>{one})" for at, one in enumerate(kept)), _IDENTIFIER, _FIGURE])
    return re.sub(pattern, lambda found: found[0] if found.lastgroup else "#", line)[:_LONGEST]


def verdict_cause(model: str, verdict: Verdict, subject: str = "") -> Cause:
    """Return the cause of an alert about a verdict. Each decision of each kind is a cause of its own.

    :param model: the model's name.
    :param verdict: the verdict; a rejected candidate is an event, since it is not rejected twice.
    :param subject: what it is about, if the caller knows, such as an evidence's digest; otherwise the
        verdict's input ``cause``, if there is one.
    """
    kind = verdict_kind(verdict)
    subject = subject or str(verdict.inputs.get("cause") or "")
    if subject:
        return Cause(model=model, kind=kind, subject=subject)
    candidate = verdict.inputs.get("candidate_run")
    if verdict.decision == "reject" and candidate:
        return Cause(model=model, kind=kind, subject=str(candidate), event=True)
    champion = verdict.inputs.get("champion_info") or {}
    if champion.get("version"):
        return Cause(model=model, kind=kind, subject=f"champion version {champion['version']}")
    return Cause(model=model, kind=kind, subject=without_figures(verdict.subject))


def verdict_kind(verdict: Verdict) -> str:
    """Return the kind of cause that a verdict is: ``gate: block``."""
    return f"{verdict.kind}: {verdict.decision}"
