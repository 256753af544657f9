"""An alert: what happened, how bad it is, since when, and where to look. One alert for one cause."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.media import log_line, log_lines
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_SUBJECT, _LONGEST_TEXT = 200, 4000
_DIGEST_LENGTH = 24


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why people are told. While a cause is open they are not told again, whatever meets it how often.

    :param model: the model's name.
    :param kind: what sort of thing it is, such as ``failure``, ``gate: block`` or ``rollback``.
    :param subject: what it is about, free of all that changes from day to day: the champion's version, a
        delivery, an evidence's digest.
    :param event: it happened once, as a rollback does, and is never over; otherwise it lasts until something
        shows that it is over.
    """

    model: str
    kind: str
    subject: str
    event: bool = False

    @property
    def digest(self) -> str:
        """Name of the cause, 24 hexadecimal digits."""
        content = to_json([self.model, self.kind, self.subject])
        return hashlib.sha256(content.encode()).hexdigest()[:_DIGEST_LENGTH]


@dataclass(frozen=True, kw_only=True)
class Alert:
    """What people are told.

    :param cause: why they are told.
    :param subject: one line: which model, what.
    :param text: what happened and what to do.
    :param links: where to look: a name and an address each.
    :param effect: how bad it is: what still works and what does not.
    :param runbook: heading in ``docs/operations.md``, as an anchor.
    :param task: who met the cause, as ``dag.task``; its next success says that the cause is over.
    :param as_of: ISO date on which that run stands; a success for an earlier date says nothing.
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

        :param since: when the cause was met first, as people read it.
        :param docs: where the documentation lies: a URL, or the folder in the repository.
        """
        text = log_lines(self.text).strip()
        if len(text) > _LONGEST_TEXT:
            text = text[:_LONGEST_TEXT].rstrip() + "\n... (cut; the task log has the rest)"
        lasts = "" if self.cause.event else "; told once, until it is over"
        lines = [text, ""]
        if self.effect:
            lines.append(f"How bad: {self.effect}")
        lines.append(f"Since: {since}{lasts}")
        lines += [f"{log_line(name)}: {log_line(address)}" for name, address in self.links.items() if address]
        lines.append(f"Runbook: {docs.rstrip('/')}/operations.md#{self.runbook}")
        return "\n".join(lines)
