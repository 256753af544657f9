"""Promotions in the ledger, how each stands, and their accounts."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from include.errors import DataError
from include.promotion.alias_plan import CHAMPION, PREVIOUS_CHAMPION
from include.promotion.probation.account import Account, Promise, TrainingCost
from include.promotion.probation.promotions import PROMOTION as PROMOTED
from include.promotion.probation.promotions import ROLLBACK, Move, follow_promotions
from include.strict_json import to_json
from mlops.hooks.mlflow_errors import error_code
from mlops.tracking.tags import ACCOUNT, AS_OF_DATE, PROMISED, PROMOTION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlflow.entities.model_registry import ModelVersion

    from include.promotion.probation.promotions import PromotionLife
    from mlops.hooks.mlflow import MlflowHook
    from mlops.tracking.ledger import Entry, Ledger
    from mlops.tracking.model_registry import ModelRegistry

log = logging.getLogger(__name__)

PROBATION = "probation"


def read_moves(entries: Iterable[Entry], registry: ModelRegistry) -> list[Move]:
    """Return every change of the champion that was applied.

    A promotion that was recorded before its as-of date was kept has that of the version's training.

    :param entries: the ledger.
    :param registry: the registered model.
    """
    return [
        Move(
            decision_id=entry.decision_id,
            kind=entry.kind,
            version=str(entry.plan[CHAMPION]),
            displaced=str(entry.plan.get(PREVIOUS_CHAMPION) or ""),
            time=entry.time,
            as_of=entry.tags.get(AS_OF_DATE) or _trained_as_of(registry, entry),
        )
        for entry in entries
        if entry.applied and entry.kind in {PROMOTED, ROLLBACK} and entry.plan.get(CHAMPION)
    ]


def _trained_as_of(registry: ModelRegistry, entry: Entry) -> str:
    if entry.kind != PROMOTED:
        return ""
    version = registry.version(str(entry.plan[CHAMPION]))
    return str(version.tags.get(AS_OF_DATE, "")) if version is not None else ""


def find_promotions(
    entries: Sequence[Entry], registry: ModelRegistry, serving: str | None, *, on: bool
) -> list[PromotionLife]:
    """Return every promotion with how it stands, newest first.

    :param entries: the ledger, newest first.
    :param registry: the registered model.
    :param serving: the version that the alias points at.
    :param on: whether the model has a probation.
    """
    decided: dict[str, str] = {}
    for entry in entries:  # newest first: the last word counts, and "keep" is final
        # One that was only planned is decided again, so that it gets its verdict.
        if entry.kind == PROBATION and entry.applied and (about := entry.tags.get(PROMOTION)):
            if entry.decision == "keep":
                decided[about] = entry.decision
            else:
                decided.setdefault(about, "ask")
    return follow_promotions(read_moves(entries, registry), serving=serving, decided=decided, on=on)


def read_promise(entry: Entry) -> Promise | None:
    """Return what the gate promised; None where it compared nothing, or it was not recorded."""
    found = entry.tags.get(PROMISED)
    return Promise.from_dict(json.loads(found)) if found else None


def read_account(entry: Entry) -> Account | None:
    """Return the account of a promotion as it was drawn up last; None before that, or if it is damaged."""
    found = entry.tags.get(ACCOUNT)
    if not found:
        return None
    try:
        return Account.from_dict(json.loads(found))
    except (DataError, ValueError) as error:
        log.warning("The account of promotion %s can't be read: %s", entry.decision_id, error)
        return None


def read_accounts(entries: Iterable[Entry]) -> list[Account]:
    """Return the accounts of all promotions, in the order of their entries.

    A promotion that monitoring has not looked at yet has an account that says so.

    :param entries: the ledger.
    """
    return [
        read_account(entry) or _empty_account(entry)
        for entry in entries
        if entry.applied and entry.kind == PROMOTED and entry.plan.get(CHAMPION)
    ]


def _empty_account(entry: Entry) -> Account:
    promised = read_promise(entry)
    return Account(
        decision_id=entry.decision_id,
        version=str(entry.plan[CHAMPION]),
        displaced=str(entry.plan.get(PREVIOUS_CHAMPION) or ""),
        promoted=entry.tags.get(AS_OF_DATE, ""),
        as_of="",
        metric=promised.metric if promised else "",
        state="not looked at by monitoring yet",
        promised=promised,
    )


def write_account(ledger: Ledger, entry: Entry, account: Account) -> bool:
    """Keep an account with the promotion it is about; return whether that changed anything.

    It follows from predictions, labels and the ledger, so it may be written any number of times. One of an
    earlier date than the one that stands there is not written.

    :param ledger: the ledger.
    :param entry: the promotion.
    :param account: its account.
    """
    known = read_account(entry)
    if known is not None and (known.as_of > account.as_of or known.to_dict() == account.to_dict()):
        return False
    ledger.hook.set_tags(entry.run_id, {ACCOUNT: to_json(account.to_dict(), sort_keys=True)})
    figures = {
        "delivered": account.delivered.gain.value if account.delivered else None,
        "regret": account.regret,
        "promised": account.promised.gain.value if account.promised else None,
    }
    ledger.hook.log_metrics(
        entry.run_id, {name: float(value) for name, value in figures.items() if value is not None}
    )
    return True


def read_cost(hook: MlflowHook, version: ModelVersion | None) -> TrainingCost:
    """Return what the training of a version took, by its MLflow run.

    :param hook: the MLflow hook.
    :param version: the version; None when it was deleted.
    """
    if version is None or not version.run_id:
        return TrainingCost()
    try:
        run = hook.run(version.run_id)
    except Exception as error:
        if error_code(error) is None:  # an outage; the run is not gone for good
            raise
        return TrainingCost()
    metrics, ended = run.data.metrics, run.info.end_time
    rows = metrics.get("train_rows")
    return TrainingCost(
        wall_seconds=(ended - run.info.start_time) / 1000 if ended else None,
        cpu_seconds=metrics.get("fit_cpu_seconds"),
        rows=int(rows) if rows is not None else None,
    )
