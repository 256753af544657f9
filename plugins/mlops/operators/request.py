"""What a person asks for on a model's page: a release, a rejection, an acknowledgement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import ConfigError
from include.promotion.approval import read_comment
from mlops.operators.base import ModelOperator
from mlops.requests import REQUESTS
from mlops.requests.base import Asked
from mlops.run_context import person, run_key

if TYPE_CHECKING:
    from airflow.sdk import Context


class RequestOperator(ModelOperator):
    """Does one of :data:`mlops.requests.REQUESTS`, in the name of who triggered the run.

    What was done before is not done again: a retry, or a task that is cleared, ends the same.

    :param request: its name.
    :param subject: what it is about: the md5 of a snapshot, the number of a version, the digest of an alert.
    :param reason: why, in the words of who asked for it.
    """

    shown = True
    ui_color = "#ffe0dc"

    def __init__(self, *, request: str, subject: str, reason: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.request = request
        self.subject = subject
        self.reason = reason

    def execute(self, context: Context) -> dict[str, Any]:
        """Return what was done.

        :raises ConfigError: there is no such request, no reason, or nothing of that name.
        :raises RefusedError: the version was approved, or serves.
        """
        wanted = REQUESTS.get(self.request)
        if wanted is None:
            raise ConfigError(f"{self.request!r} can't be asked for; {', '.join(REQUESTS)} can")
        reason = read_comment(self.reason)
        if not reason or not self.subject.strip():
            raise ConfigError(f"{self.request} needs a reason, and the {wanted.subject}")
        verdict = wanted.do(
            Asked(
                config=self.config, store=self.store, registry=self.model_registry, ledger=self.ledger,
                subject=self.subject.strip(), reason=reason, by=person(context),
                task=run_key(context),
            )
        )  # fmt: skip
        self.note(verdict=verdict)
        self.log.info("%s", verdict.to_text())
        return {"request": self.request, "subject": self.subject.strip(), "done": verdict.summary}
