"""Try a new model's folder as its first training run would go, without Airflow and without a registry.

Deliveries are converted, validated, joined, split, learned from and evaluated by the functions that the tasks
call (:mod:`include.replay`), so what is found is what the first run will find.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.config.load import load_model
from include.data.maturity import due_date
from include.data.selection import select_partitions
from include.errors import DataError, InputError
from include.lineage import Manifest
from include.replay.deliveries import Calendar
from include.replay.learning import Learning
from include.replay.local_deliveries import LocalDeliveries
from include.replay.models import Models
from include.replay.outcome import Kind, Result
from include.replay.state import State
from include.replay.validating import Validating

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.evaluation.record import Evaluation
    from include.lineage import SnapshotRef
    from include.replay.cache import Cache
    from include.replay.outcome import Trained
    from include.verdicts import Verdict

_RULES_SHOWN, _VALIDATED = 5, 8


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How the first training would end.

    :param as_of: the day as of which it was tried.
    :param result: how it ended.
    :param verdict: the decision it ended with; None where a task failed.
    :param evaluation: the default model on the test set; None where it did not come to that.
    :param task: the task that failed; empty where none did.
    :param error: why it did.
    """

    as_of: str
    result: Result
    verdict: Verdict | None = None
    evaluation: Evaluation | None = None
    task: str = ""
    error: str = ""


def try_out(folder: Path, deliveries: Mapping[str, Path], labelled: str, cache: Cache) -> Trial:
    """Run a training as of the day on which everything that is labelled is known.

    :param folder: the model folder.
    :param deliveries: partition to file.
    :param labelled: the newest partition with labels.
    :param cache: where what is computed is kept: a second trial with other limits takes less.
    :raises ConfigError: the folder is wrong.
    """
    config = load_model(folder)
    as_of = max(due_date(labelled, config), *deliveries)
    chosen = select_partitions(
        {"features": {day: str(path) for day, path in deliveries.items()}, "labels": {}},
        as_of, config, origin="The table",
    )["features"]  # fmt: skip
    known = LocalDeliveries.of_tables(config, {day: deliveries[day] for day in chosen}, {}, cache)
    learning = Learning(config, Models(config, folder, cache), cache, known.file)
    task = "extract"
    try:
        refs = _readable(known)
        task = "validate"
        _require(refs, Validating(config, folder, cache, known.file))
        task = ""
        trained = learning.run(Kind.TRAINING, _manifest(config, as_of, refs), State())
    except InputError as error:
        return Trial(as_of=as_of, result=Result.FAILED, task=task or learning.task, error=str(error))
    return _of(trained, as_of)


def _of(trained: Trained, as_of: str) -> Trial:
    return Trial(as_of=as_of, result=trained.result, verdict=trained.verdict, evaluation=trained.evaluation)


def _manifest(config: ModelConfig, as_of: str, refs: list[SnapshotRef]) -> Manifest:
    return Manifest(model=config.name, as_of=as_of, snapshots=tuple(refs))


def _readable(known: LocalDeliveries) -> list[SnapshotRef]:
    """Return the snapshots of all deliveries, oldest first.

    :raises DataError: one can't be read.
    """
    found = []
    for (_, _), one in sorted(Calendar(known.versions).on("9999-12-31").items()):
        if one.ref is None:
            raise DataError(one.error)
        found.append(one.ref)
    return found


def _require(refs: list[SnapshotRef], validating: Validating) -> None:
    """Make sure that deliveries meet the contract: some of them over all the time, and the newest.

    Rules were counted on all of them, so that what could fail is how a rule is written, or a built-in one.

    :raises DataError: one does not; the message names the rules.
    """
    step = -(-len(refs) // _VALIDATED)
    for ref in refs[::-1][::step]:
        report = validating.report(ref)
        if not report.passed:
            raise DataError(report.summary(_RULES_SHOWN))
