"""An alert: what happened, how bad it is, since when, and where to look. One alert per cause.

A cause stays open until something shows that it has ended; meanwhile it is an open alert, of which each
occurrence is counted and nobody is notified again.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from include.media import log_line, log_lines
from include.records import Record, RecordKind
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST_SUBJECT, _LONGEST_TEXT = 200, 4000
_DIGEST_LENGTH = 24


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What an alert is about. While it is open nobody is notified again, however often it occurs.

    :param model: the model's name.
    :param kind: what sort of thing it is, such as ``failure``, ``gate: block`` or ``rollback``.
    :param subject: what it is about, free of all that changes from day to day: the champion's version, a
        delivery, an evidence's digest.
    :param event: it happened once, as a rollback does, and is never resolved; otherwise it lasts until
        something shows that it has ended.
    """

    model: str
    kind: str
    subject: str
    event: bool = False

    @property
    def digest(self) -> str:
        """Identifier of the cause, 24 hexadecimal digits."""
        content = to_json([self.model, self.kind, self.subject])
        return hashlib.sha256(content.encode()).hexdigest()[:_DIGEST_LENGTH]


@dataclass(frozen=True, kw_only=True)
class Alert:
    """What people are notified of.

    :param cause: what it is about.
    :param subject: one line: which model, what.
    :param text: what happened and what to do.
    :param links: where to look: name to address.
    :param effect: how bad it is: what still works and what does not.
    :param runbook: heading in ``docs/operations.md``, as an anchor.
    :param task: where it occurred, as ``dag.task``; the next success of that task resolves the cause.
    :param as_of: as-of date of that run, ISO; a success for an earlier date resolves nothing.
    """

    cause: Cause
    subject: str
    text: str
    links: Mapping[str, str] = field(default_factory=dict)
    effect: str = ""
    runbook: str = "alerts"
    task: str = ""
    as_of: str = ""

    @property
    def headline(self) -> str:
        """The subject on one line, cut where it is long: line breaks would end a mail's header."""
        line = " ".join(log_line(self.subject).split())
        return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 3] + "..."

    def to_text(self, since: str, docs: str) -> str:
        """Return the whole message.

        :param since: when the cause occurred first, for people to read.
        :param docs: where the documentation is: a URL, or the folder in the repository.
        """
        text = log_lines(self.text).strip()
        if len(text) > _LONGEST_TEXT:
            text = text[:_LONGEST_TEXT].rstrip() + "\n... (cut; the task log has the rest)"
        lasts = "" if self.cause.event else "; no further message until it is resolved"
        lines = [text, ""]
        if self.effect:
            lines.append(f"How bad: {self.effect}")
        lines.append(f"Since: {since}{lasts}")
        lines += [f"{log_line(name)}: {log_line(address)}" for name, address in self.links.items() if address]
        lines.append(f"Runbook: {docs.rstrip('/')}/operations.md#{self.runbook}")
        return "\n".join(lines)


def _with_attempt(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 1 to 2: whether somebody has tried to notify, which nobody recorded before."""
    return {**fields, "tried": bool(fields["told"])}


def _with_field_names(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 2 to 3: other names, the same content."""
    new = {"last": "last_seen", "times": "occurrences", "told": "notified", "tried": "attempted"}
    return {new.get(name, name): value for name, value in fields.items()}


def _with_acknowledgement(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 3 to 4: who looks after it."""
    return {**fields, "acknowledged": {}}


OPEN_ALERT = RecordKind(
    name="open alert",
    remedy="remove the file: people are then notified again when its cause occurs again",
    upgrades=(_with_attempt, _with_field_names, _with_acknowledgement),
)


@dataclass(frozen=True, kw_only=True)
class OpenAlert(Record, kind=OPEN_ALERT):
    """A cause that has not ended, as it is kept in the object store.

    :param model: the model's name.
    :param kind: the cause's kind.
    :param subject: the cause's subject.
    :param headline: the alert's one line.
    :param since: first occurrence, ISO time in UTC.
    :param last_seen: latest occurrence, ISO time in UTC.
    :param occurrences: how often it occurred.
    :param tasks: where it occurred, as ``dag.task``.
    :param as_of: newest as-of date of a run in which it occurred, ISO.
    :param notified: name of each channel that accepted the alert, and when.
    :param attempted: whether the first occurrence is done with notifying, even if no channel accepted it.
    :param acknowledged: who looks after it (``by``), since when (``at``), and what that person says
        (``reason``); empty where nobody does.
    """

    model: str
    kind: str
    subject: str
    headline: str
    since: str
    last_seen: str
    occurrences: int = 1
    tasks: tuple[str, ...] = ()
    as_of: str = ""
    notified: dict[str, str] = field(default_factory=dict)
    attempted: bool = False
    acknowledged: dict[str, str] = field(default_factory=dict)

    @classmethod
    def first(cls, alert: Alert, now: str) -> OpenAlert:
        """Return the open alert after the first occurrence of its cause.

        :param alert: the alert.
        :param now: ISO time in UTC.
        """
        cause = alert.cause
        return cls(
            model=cause.model,
            kind=cause.kind,
            subject=cause.subject,
            headline=alert.headline,
            since=now,
            last_seen=now,
            tasks=(alert.task,) if alert.task else (),
            as_of=alert.as_of,
        )

    def occurred_again(self, alert: Alert, now: str) -> OpenAlert:
        """Return the open alert after one more occurrence; parameters as for :meth:`first`."""
        tasks = dict.fromkeys((*self.tasks, alert.task)) if alert.task else self.tasks
        return replace(
            self,
            last_seen=now,
            occurrences=self.occurrences + 1,
            tasks=tuple(tasks),
            as_of=max(self.as_of, alert.as_of),
        )

    def notified_through(self, channels: Iterable[str], now: str) -> OpenAlert:
        """Return the open alert after an attempt to notify.

        :param channels: names of those that accepted it; none of them where all failed.
        :param now: ISO time in UTC.
        """
        return replace(self, notified={**self.notified, **dict.fromkeys(channels, now)}, attempted=True)

    def acknowledged_by(self, by: str, reason: str, now: str) -> OpenAlert:
        """Return the open alert after somebody said that they look after it.

        :param by: who.
        :param reason: what they say.
        :param now: ISO time in UTC.
        """
        return replace(self, acknowledged={"by": by, "reason": reason, "at": now})

    def resolved_by(self, task: str, as_of: str) -> bool:
        """Return whether the success of a task shows that the cause has ended.

        :param task: as ``dag.task``.
        :param as_of: as-of date of its run, ISO; one before the latest occurrence's shows nothing.
        """
        return task in self.tasks and as_of >= self.as_of

    def _plain(self) -> dict[str, Any]:
        return {**asdict(self), "tasks": list(self.tasks)}

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        return cls(**{**fields, "tasks": tuple(fields["tasks"])})
