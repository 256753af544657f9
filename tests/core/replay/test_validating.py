"""A report is kept as long as nothing that its rules follow from changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.lineage import SnapshotRef
from include.replay.cache import Cache
from include.replay.validating import Validating
from include.validation.report import ValidationReport
from tests.core.replay.conftest import CONTRACT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.core

REF = SnapshotRef(
    table="labels", partition="2005-05-31", commit="c", md5="m", size=1, rows=1, source="s", path="p",
    source_sha256="a", schema_digest="b",
)  # fmt: skip
LABELS = {"uri": "labels/{partition}.csv", "format": "csv"}
ONE_TABLE = {"uri": "labels.csv", "format": "csv"}


@pytest.fixture
def validated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[ModelConfig], int]:
    """Return a function that tells how many snapshots had to be validated for a configuration."""
    small = tmp_path / "small"
    small.mkdir()
    (small / "contract.yaml").write_text(CONTRACT)
    made: list[SnapshotRef] = []

    def validate(self: Validating, ref: SnapshotRef) -> ValidationReport:
        made.append(ref)
        return ValidationReport(
            model=self._config.name, table=ref.table, partition=ref.partition, as_of=ref.partition, rows=1,
            contract_digest="d", findings=(), rules=(), gx_result={},
        )  # fmt: skip

    monkeypatch.setattr(Validating, "_validate", validate)

    def count(config: ModelConfig) -> int:
        made.clear()
        Validating(config, small, Cache(tmp_path / "cache"), lambda _: tmp_path).report(REF)
        return len(made)

    return count


@pytest.mark.parametrize(
    "change",
    [
        {"source": {"labels": LABELS | {"known_on": "decided_on"}}},
        {"target": {"event": "lost_on", "horizon_days": 60, "column": "lost_on_within_60_days"}},
        {"source": {"labels": ONE_TABLE | {"partition_by": {"column": "as_of", "every": "day"}}}},
        {"source": {"labels": ONE_TABLE | {"partition_by": {"column": "decided_on", "every": "day"}}}},
        {"time": {"every": "month"}},
        {"time": {"type": "timestamp", "timezone": "Asia/Taipei"}},
        {"weight": {"column": "exposure"}},
    ],
    ids=str,
)
def test_a_report_is_made_anew_when_what_its_rules_follow_from_changes(
    make_config: Any, validated: Callable[[ModelConfig], int], change: dict[str, Any]
) -> None:
    before, after = (
        make_config(source={"labels": LABELS}),
        make_config(**{"source": {"labels": LABELS}} | change),
    )
    assert (validated(before), validated(before)) == (1, 0)
    assert (validated(after), validated(after)) == (1, 0)


def test_a_report_is_kept_when_only_learning_changes(
    make_config: Any, validated: Callable[[ModelConfig], int]
) -> None:
    assert validated(make_config()) == 1
    assert validated(make_config(window={"partitions": 2}, gate={"confidence": 0.9})) == 0
