"""What waits for a decision: versions for whose approval somebody was asked, candidates without an end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.promotion.alias_plan import CHALLENGER, CHAMPION, decision_id
from include.watchdog.facts import Champion, Waiting
from mlops.tracking.ledger import entries_of
from mlops.tracking.runs import all_runs
from mlops.tracking.tags import AS_OF_DATE, VERSION

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from mlops.tracking.ledger import Entry, Ledger
    from mlops.tracking.model_registry import ModelRegistry

_RUNNING = "attributes.status = 'RUNNING'"  # an entry that is neither applied nor abandoned


def find_champion(registry: ModelRegistry) -> Champion | None:
    """Return the version that serves; None without one.

    :param registry: the model's versions.
    """
    found = registry.champion()
    return Champion(version=str(found.version), trained=found.tags.get(AS_OF_DATE, "")) if found else None


def find_approvals(registry: ModelRegistry, ledger: Ledger) -> tuple[Waiting, ...]:
    """Return the version for whose approval somebody was asked and has not answered.

    :param registry: the model's versions.
    :param ledger: the model's decisions.
    """
    number = registry.aliases().get(CHALLENGER)
    version = registry.version(number) if number else None
    if (
        version is None
        or ledger.find(decision_id(registry.model, "approval", str(version.run_id))) is not None
    ):
        return ()
    return (Waiting(subject=f"version {version.version}", since=_made(version)),)


def find_undecided(
    registry: ModelRegistry, ledger: Ledger, waiting: tuple[Waiting, ...]
) -> tuple[Waiting, ...]:
    """Return decisions that are planned and not applied, and the newest version if nobody has decided on it.

    :param registry: the model's versions.
    :param ledger: the model's decisions.
    :param waiting: versions that wait for an approval, which are not forgotten.
    """
    unfinished = all_runs(ledger.hook, ledger.experiment, filter_string=_RUNNING, order="DESC")
    found = [Waiting(subject=_describe(one), since=_moment(one.time)) for one in entries_of(unfinished)]
    newest = registry.newest()
    if newest is not None:
        subject = f"version {newest.version}"
        serves = registry.aliases().get(CHAMPION) == str(newest.version)
        waits = subject in {one.subject for one in waiting}
        if not serves and not waits and not ledger.entries(version=str(newest.version)):
            found.append(Waiting(subject=subject, since=_made(newest)))
    return tuple(found)


def _describe(entry: Entry) -> str:
    version = entry.tags.get(VERSION)
    about = f" of version {version}" if version else ""
    return f"the {entry.kind}{about} ({entry.decision_id})"


def _made(version: ModelVersion) -> datetime:
    return _moment(version.creation_timestamp)


def _moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
