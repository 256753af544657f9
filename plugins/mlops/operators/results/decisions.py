"""What the tasks that decide which version serves hand on."""

from __future__ import annotations

from dataclasses import dataclass

from mlops.operators.results.base import TaskResult


@dataclass(frozen=True, kw_only=True)
class Approved(TaskResult):
    """A person's answer, from ``approve``.

    :param approved: whether the version may serve.
    :param by: who answered.
    """

    approved: bool
    by: str


@dataclass(frozen=True, kw_only=True)
class Promoted(TaskResult):
    """The aliases after a promotion, from ``promote``.

    :param version: the version that serves now.
    :param aliases: every alias with its version.
    :param decision_id: id of the decision in the ledger.
    """

    version: str
    aliases: dict[str, str]
    decision_id: str


@dataclass(frozen=True, kw_only=True)
class RolledBack(Promoted):
    """The aliases after a rollback, from ``rollback``.

    :param from_version: the version that served before.
    """

    from_version: str
