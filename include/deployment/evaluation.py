"""Whether what is known of a version's evaluation is what the evaluation wrote."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from include.data.dataset_files import file_digest
from include.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path


def check_evaluation(
    kept: Path, shown: Path | None, recorded: str | None, *, version: str, source: str
) -> None:
    """Make sure that nobody has changed an evaluation since.

    :param kept: the record of the object store.
    :param shown: the same content as MLflow shows it; None where that is about another environment's.
    :param recorded: SHA-256 of ``kept`` as it was written; None of versions that are older than that digest,
        for which nothing is known.
    :param version: model, number of the version, for messages.
    :param source: its environment.
    :raises ModelError: somebody has changed one of the two.
    """
    if not recorded:
        return
    found = file_digest(kept)
    if found != recorded:
        what = (
            f"{kept.name} in the store of {source} is not what its evaluation wrote (sha256 {found[:12]}, "
            f"expected {recorded[:12]})"
        )
    elif shown is not None and not _same(kept, shown):
        what = (
            f"{shown.name} on its MLflow run in {source} is not what its evaluation wrote, and its store has"
        )
    else:
        return
    raise ModelError(
        f"{version} can't be deployed: {what}: somebody has changed it. Restore it, or evaluate the run "
        "again."
    )


def _same(kept: Path, shown: Path) -> bool:
    """Compare two documents; one that is gone or no JSON is not the same."""
    try:
        return bool(json.loads(kept.read_bytes()) == json.loads(shown.read_bytes()))
    except (OSError, ValueError):
        return False
