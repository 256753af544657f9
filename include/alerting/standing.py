"""What is known of a cause: since when it is open, how often it was met, and who has been told."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from include.records import RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.alerting.alert import Alert

OPEN_ALERT = RecordKind(
    name="open alert",
    remedy="remove the file: what it is about is told once more when it is met again",
    upgrades=(lambda fields: {**fields, "tried": bool(fields["told"])},),
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An open cause.

    :param model: the model's name.
    :param kind: the cause's kind.
    :param subject: the cause's subject.
    :param headline: the alert's one line.
    :param since: when it was met first, ISO time in UTC.
    :param last: when it was met last.
    :param times: how often it was met.
    :param tasks: who met it, as ``dag.task``.
    :param as_of: newest ISO date of a run that met it.
    :param told: name of each channel that was told, and when.
    :param tried: whether whoever met it first is done with telling, whether or not a channel took it.
    """

    model: str
    kind: str
    subject: str
    headline: str
    since: str
    last: str
    times: int = 1
    tasks: tuple[str, ...] = ()
    as_of: str = ""
    told: dict[str, str] = field(default_factory=dict)
    tried: bool = False

    @classmethod
    def begin(cls, alert: Alert, now: str) -> Standing:
        """Return what is known of a cause that is met for the first time.

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
            last=now,
            tasks=(alert.task,) if alert.task else (),
            as_of=alert.as_of,
        )

    def met_again(self, alert: Alert, now: str) -> Standing:
        """Return what is known after the cause was met once more."""
        tasks = dict.fromkeys((*self.tasks, alert.task)) if alert.task else self.tasks
        return replace(
            self,
            last=now,
            times=self.times + 1,
            tasks=tuple(tasks),
            as_of=max(self.as_of, alert.as_of),
        )

    def told_to(self, channels: Iterable[str], now: str) -> Standing:
        """Return what is known after these channels were told; none of them where none took it."""
        return replace(self, told={**self.told, **dict.fromkeys(channels, now)}, tried=True)

    def over_by(self, task: str, as_of: str) -> bool:
        """Return whether the success of a task shows that the cause is over.

        :param task: as ``dag.task``.
        :param as_of: ISO date of its run; one for a date before the failure says nothing.
        """
        return task in self.tasks and as_of >= self.as_of

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; :meth:`from_dict` reads them."""
        return OPEN_ALERT.stamp({**asdict(self), "tasks": list(self.tasks)})

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Standing:
        """Build it from what :meth:`to_dict` returned, in this version or an earlier one.

        :raises DataError: it is damaged, or of a newer format.
        """
        return OPEN_ALERT.read(plain, lambda fields: cls(**{**fields, "tasks": tuple(fields["tasks"])}))
