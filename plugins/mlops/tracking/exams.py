"""The exams of a champion's life in the object store: one record each, and the first one stays."""

from __future__ import annotations

import logging
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from include.promotion.alias_plan import CHAMPION
from include.promotion.attempts.exam import Exam
from include.promotion.attempts.life import ChampionLife
from mlops import object_keys
from mlops.hooks.stored_records import read_record
from mlops.tracking.tags import APPROVAL, CANDIDATE_RUN, TRAINING_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlflow.entities import Run

    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.ledger import Ledger

log = logging.getLogger(__name__)


def name_life(ledger: Ledger, version: str) -> str:
    """Return the name of the life of the version that serves: with the decision that made it champion.

    A version that comes back by a rollback begins a new life. One whose alias was set by hand has no
    decision, and its version alone for a name.

    :param ledger: the model's ledger.
    :param version: the version that serves.
    """
    for entry in ledger.entries():
        target = None if entry.abandoned else entry.plan.get(CHAMPION)
        if target == version:
            return f"v{version}-{entry.decision_id}"
        if target is not None and entry.applied:  # another served last: this one was set by hand
            break
    return f"v{version}"


def read_life(
    store: ObjectStoreHook,
    ledger: Ledger,
    life: str,
    candidate: Run,
    test_digest: str,
    *,
    earlier: Iterable[str] | None = None,
    challenger: str | None = None,
) -> ChampionLife:
    """Return the exams that a candidate's is added to, oldest first.

    They are those of candidates whose training began before its own, and were recorded when it was evaluated
    first: another try finds the same ones in its own record.

    :param store: the object store.
    :param ledger: the model's ledger.
    :param life: what :func:`name_life` returned.
    :param candidate: the candidate's MLflow run.
    :param test_digest: digest of the test set.
    :param earlier: candidates of the exams to read; None reads what there is.
    :param challenger: the challenger that sits this exam, which is not barred whatever was said of it since.
    :raises DataError: a record is damaged.
    """
    model, run_id = ledger.model, candidate.info.run_id
    if earlier is None:
        own = read_record(store, object_keys.exam(model, life, run_id), Exam.from_dict)
        earlier = own.earlier if own else _list(store, model, life)
        challenger = own.challenger if own else challenger
    found = [
        read_record(store, object_keys.exam(model, life, one), Exam.from_dict)
        for one in earlier
        if one != run_id
    ]
    return ChampionLife.before(
        run_id, int(candidate.info.start_time), candidate.data.tags.get(TRAINING_KEY, ""), test_digest,
        [exam for exam in found if exam is not None],
        name=life, barred=_rejected_by_people(ledger) - {challenger},
    )  # fmt: skip


def record_exam(store: ObjectStoreHook, model: str, life: str, exam: Exam) -> None:
    """Keep an exam, unless an earlier try has kept it.

    :param store: the object store.
    :param model: name of the model.
    :param life: what :func:`name_life` returned.
    :param exam: what was found.
    """
    path = store.resolve(object_keys.exam(model, life, exam.candidate))
    if not store.exists(path) and store.create_json(path, exam.to_dict()):
        log.info("Kept as exam of %s: %s", life, exam.candidate)


def _list(store: ObjectStoreHook, model: str, life: str) -> list[str]:
    """Return the candidates of the exams that were recorded."""
    pattern = store.resolve(f"{object_keys.exams(model, life)}/*.json")
    return [PurePosixPath(path).stem for path in store.list(pattern)]


def _rejected_by_people(ledger: Ledger) -> frozenset[str]:
    """Return the MLflow runs that a person has rejected, or that nobody approved in time."""
    return frozenset(
        entry.tags[CANDIDATE_RUN]
        for entry in ledger.entries(decision="reject")
        if APPROVAL in entry.tags and CANDIDATE_RUN in entry.tags
    )
