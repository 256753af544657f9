"""Read back what an evaluation found, and make sure that it is the one whose result was handed on.

The record of a candidate lies under its MLflow run. If ``evaluate`` runs twice at once (a try whose worker
was taken for dead, and the next one) and the champion changes in between, the record is that of the try that
ended last, and the result that Airflow hands on may be the other's.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from include.errors import DataError
from include.evaluation.record import Evaluation
from mlops.hooks.stored_records import read_record, require_record

if TYPE_CHECKING:
    from mlops.hooks.object_store import ObjectStoreHook

log = logging.getLogger(__name__)


class HandedOn(Protocol):
    """What ``evaluate`` hands on about its records."""

    @property
    def evaluation_key(self) -> str:
        """Object key of the candidate's record."""

    @property
    def challenger_key(self) -> str | None:
        """Object key of the kept challenger's; None where it did not sit the exam."""

    @property
    def test_digest(self) -> str:
        """Digest of the test set."""

    @property
    def champion_version(self) -> str | None:
        """The champion it was compared with; None without one."""

    @property
    def life(self) -> str | None:
        """Name of the champion's life; None where nothing was compared."""


def challenger_record(folder: str, run_id: str) -> str:
    """Return the object key of what was found about the kept challenger in a candidate's exam.

    :param folder: object key of the candidate's evaluation.
    :param run_id: the challenger's MLflow run.
    """
    return f"{folder}/challenger-{run_id}.json"


def require_evaluations(store: ObjectStoreHook, handed_on: HandedOn) -> tuple[Evaluation, Evaluation | None]:
    """Return the records of the candidate, and of the kept challenger if it sat the exam.

    :param store: the object store.
    :param handed_on: what ``evaluate`` returned.
    :raises DataError: one is gone or damaged, or another try wrote it.
    """
    evaluation = require_record(store, handed_on.evaluation_key, Evaluation.from_dict)
    challenger = None
    if handed_on.challenger_key is not None:
        challenger = require_record(store, handed_on.challenger_key, Evaluation.from_dict)
    for one in (evaluation, challenger):
        difference = _difference(one, handed_on) if one is not None else ""
        if difference:
            raise DataError(
                f"the evaluation of {evaluation.model} {difference}: another try of evaluate wrote it. "
                "Nothing was decided; clear the task evaluate, which makes both anew"
            )
    return evaluation, challenger


def find_evaluation(store: ObjectStoreHook, key: str, handed_on: HandedOn) -> Evaluation | None:
    """Return one of the records after the gate has decided on it; None if it is not there as it was then.

    :param store: the object store.
    :param key: its object key.
    :param handed_on: what ``evaluate`` returned.
    :raises DataError: it is damaged.
    """
    found = read_record(store, key, Evaluation.from_dict)
    if found is not None and (difference := _difference(found, handed_on)):
        log.warning("%s is left out: it %s, so another try of evaluate wrote it", key, difference)
        return None
    return found


def _difference(evaluation: Evaluation, handed_on: HandedOn) -> str:
    """Return what a record says otherwise than was handed on; empty if nothing."""
    if evaluation.test_digest != handed_on.test_digest:
        return (
            f"is about test set {evaluation.test_digest[:12]}, and what was handed on about "
            f"{handed_on.test_digest[:12]}"
        )
    version = (evaluation.champion_info or {}).get("version")
    if version != handed_on.champion_version:
        other = _champion(handed_on.champion_version)
        return f"compares with {_champion(version)}, and what was handed on with {other}"
    if evaluation.gains and evaluation.bucketed is None:
        return ""  # of before there were lives: whoever decides on it says so
    compared = bool(evaluation.gains)
    if compared != (handed_on.life is not None):
        could = "was" if compared else "could not be"
        return f"{could} compared with {_champion(version)}, unlike what was handed on"
    return ""


def _champion(version: str | None) -> str:
    return f"version {version}" if version else "no champion"
