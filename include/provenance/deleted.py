"""Versions that the model registry no longer has: the ledger and the stamps of predictions remember them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from include.provenance.facts import Version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.provenance.facts import Decision, Prediction


def deleted_versions(
    model: str, live: Iterable[Version], decisions: Iterable[Decision], predictions: Iterable[Prediction]
) -> list[Version]:
    """Return the versions that something tells of and the model registry does not have, by number.

    A number alone proves nothing: MLflow counts anew when somebody deletes a whole registered model. So a
    version is one number and one run.

    :param model: the model's name.
    :param live: the versions that there are.
    :param decisions: the ledger.
    :param predictions: files of predictions.
    """
    there = {(one.number, one.run_id) for one in live}
    numbers = {one.number for one in live}
    told: Counter[tuple[str, str]] = Counter()
    decided: Counter[tuple[str, str]] = Counter()
    for prediction in predictions:
        told[prediction.stamp.version, prediction.stamp.training_run] += 1
    for decision in decisions:
        if decision.version and (decision.run_id or decision.version not in numbers):
            decided[decision.version, decision.run_id] += 1
    runs = {number: run for number, run in [*told, *decided] if run}
    for (number, run), count in list(decided.items()):
        if not run and number in runs:  # an entry that names no run is about the one that others name
            del decided[number, run]
            decided[number, runs[number]] += count
    found = sorted({*told, *decided} - there, key=lambda one: (int(one[0]) if one[0].isdecimal() else 0, one))
    return [
        Version(
            model=model,
            number=number,
            run_id=run,
            deleted=True,
            known_from=_counted(decided[number, run], told[number, run]),
        )
        for number, run in found
    ]


def _counted(entries: int, files: int) -> str:
    parts = [
        f"{count:,} {one if count == 1 else many}"
        for count, one, many in (
            (entries, "ledger entry", "ledger entries"),
            (files, "file of predictions", "files of predictions"),
        )
        if count
    ]
    return " and ".join(parts)
