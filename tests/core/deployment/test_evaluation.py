"""An evaluation that was changed by hand is found."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from include.deployment.evaluation import check_evaluation
from include.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core

WRITTEN = '{"roc_auc": 0.84, "low": null}'
DIGEST = hashlib.sha256(WRITTEN.encode()).hexdigest()


def check(
    folder: Path, *, kept: str = WRITTEN, shown: str | None = WRITTEN, recorded: str | None = DIGEST
) -> None:
    (folder / "kept.json").write_text(kept)
    if shown is not None:
        (folder / "shown.json").write_text(shown)
    check_evaluation(
        folder / "kept.json", folder / "shown.json", recorded, version="loans version 3", source="staging"
    )


def test_what_was_written_passes_however_mlflow_formats_it(tmp_path: Path) -> None:
    check(tmp_path)
    check(tmp_path, shown='{"low":null,\n"roc_auc":0.84}')


@pytest.mark.parametrize("kept", [WRITTEN + " ", WRITTEN.replace("4", "5"), ""])
def test_a_record_of_the_store_that_was_changed_is_named(tmp_path: Path, kept: str) -> None:
    with pytest.raises(
        ModelError, match=r"loans version 3 can't be deployed: kept\.json in the store of staging"
    ):
        check(tmp_path, kept=kept)


@pytest.mark.parametrize("shown", [WRITTEN.replace("4", "5"), "", "[", None])
def test_what_mlflow_shows_and_was_changed_or_removed_is_named(tmp_path: Path, shown: str | None) -> None:
    with pytest.raises(
        ModelError, match=r"shown\.json on its MLflow run in staging is not what its evaluation"
    ):
        check(tmp_path, shown=shown)


def test_a_copy_is_compared_with_its_digest_alone(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_text(WRITTEN)
    check_evaluation(tmp_path / "kept.json", None, DIGEST, version="loans version 3", source="production")


def test_of_an_older_one_nothing_is_known(tmp_path: Path) -> None:
    check(tmp_path, kept="{}", recorded=None)
