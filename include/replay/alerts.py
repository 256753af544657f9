"""Of what people would have been notified: once for each cause, until something ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.alerting.causes import FAILURE, failure_cause, verdict_cause, verdict_kind
from include.replay.outcome import Failure, Notice

if TYPE_CHECKING:
    from include.alerting.alert import Cause
    from include.verdicts import Verdict

_LONGEST = 300


class Alerts:
    """Collects the alerts and failures of a day.

    :param model: the model's name.
    :param open_causes: causes that are open, by digest; changed as the day goes on.
    """

    def __init__(self, model: str, open_causes: dict[str, Cause]) -> None:
        self._model = model
        self._open = open_causes
        self.notices: list[Notice] = []
        self.failures: list[Failure] = []

    def decided(self, verdict: Verdict, *, alert: bool) -> None:
        """Take a decision: it ends the causes that were earlier decisions of its kind.

        :param verdict: the decision.
        :param alert: whether people are notified of it.
        """
        kind, same = verdict_kind(verdict), f"{verdict.kind}: "
        for key, cause in list(self._open.items()):
            if cause.kind != kind and cause.kind.startswith(same) and not cause.event:
                del self._open[key]
        if alert:
            self._notice(verdict_cause(self._model, verdict))

    def failed(self, task: str, error: Exception) -> None:
        """Take the failure of a task."""
        message = "".join(str(error).splitlines()[:1])[:_LONGEST]
        self.failures.append(Failure(task=task, error=type(error).__name__, message=message))
        self._notice(failure_cause(self._model, task, error))

    def succeeded(self, *tasks: str) -> None:
        """Take the success of tasks: it ends their failures."""
        for key, cause in list(self._open.items()):
            if cause.kind == FAILURE and cause.subject.split(":")[0] in tasks:
                del self._open[key]

    def _notice(self, cause: Cause) -> None:
        self.notices.append(Notice(cause=cause, notified=cause.digest not in self._open))
        self._open[cause.digest] = cause
