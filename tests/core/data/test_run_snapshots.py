"""What a run looks at by a date, and which deliveries of labels it fetches for that."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.run_snapshots import RunSnapshots
from include.lineage import Manifest, SnapshotRef

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core

APRIL, MAY, JUNE, JULY = "2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31"


class Kept:
    """A store of snapshots that remembers what was fetched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.refs: list[SnapshotRef] = []
        self.fetched: list[str] = []

    def add(self, table: str, partition: str, about: str, target: int) -> None:
        rows = {
            "customer_id": pa.array([1], pa.int64()),
            "as_of": pa.array([date.fromisoformat(about)], pa.date32()),
            "defaulted": pa.array([target], pa.int8()),
        }
        path = f"{table}-{partition}.parquet"
        pq.write_table(pa.table(rows), self.folder / path)
        self.refs.append(
            SnapshotRef(
                table=table, partition=partition, path=path, md5="a" * 32, rows=1, size=1, commit="c",
                source="s", source_sha256="0", schema_digest="0",
            )
        )  # fmt: skip

    def local(self, ref: SnapshotRef) -> Path:
        self.fetched.append(ref.path)
        return self.folder / ref.path


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


@pytest.fixture
def make_run(make_config, kept: Kept) -> Callable[..., RunSnapshots]:
    def make(as_of: str, **changes) -> RunSnapshots:
        manifest = Manifest(model="m", as_of=JULY, snapshots=tuple(kept.refs))
        return RunSnapshots(
            config=make_config(**changes), manifest=manifest, as_of=as_of, local=kept.local
        )  # fmt: skip

    return make


def test_what_comes_after_the_date_is_not_looked_at(kept: Kept, make_run) -> None:
    for day in (APRIL, MAY, JUNE):
        kept.add("features", day, day, 0)
    assert list(make_run(MAY).features) == [APRIL, MAY]


def test_labels_are_fetched_from_the_oldest_delivery_in_question_to_the_date(kept: Kept, make_run) -> None:
    for day, about in ((APRIL, APRIL), (MAY, APRIL), (JUNE, MAY), (JULY, MAY)):
        kept.add("features", day, day, 0)
        kept.add("labels", day, about, int(day == JULY))
    labels = make_run(JUNE).known_labels([MAY])
    assert kept.fetched == [f"labels-{MAY}.parquet", f"labels-{JUNE}.parquet"]
    assert labels.of(MAY).targets.tolist() == [0], "what July corrects is not known in June"
    assert make_run(JULY).known_labels([MAY]).of(MAY).targets.tolist() == [1]


def test_a_target_among_the_features_is_read_from_the_deliveries_in_question(kept: Kept, make_run) -> None:
    for day in (APRIL, MAY):
        kept.add("features", day, day, 1)
    labels = make_run(JULY, source={"labels": None}).known_labels([MAY])
    assert kept.fetched == [f"features-{MAY}.parquet"]
    assert labels.of(MAY).targets.tolist() == [1]
