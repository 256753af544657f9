from __future__ import annotations

from dataclasses import replace

import pytest

from include.lineage import Manifest, SnapshotRef

pytestmark = pytest.mark.core

REF = SnapshotRef(
    table="features",
    partition="2005-04-30",
    path="m/features/2005-04-30.parquet",
    md5="aa",
    rows=1234,
    size=10,
    commit="c0ffee",
    source="file:///a.csv",
    source_sha256="bb",
    schema_digest="cc",
)
LABELS = replace(REF, table="labels", path="m/labels/2005-04-30.parquet")


def manifest(*refs: SnapshotRef) -> Manifest:
    return Manifest(model="m", as_of="2005-05-31", snapshots=refs)


def test_a_manifest_survives_json() -> None:
    assert Manifest.from_dict(manifest(REF, LABELS).to_dict()) == manifest(REF, LABELS)


def test_the_digest_is_that_of_the_content() -> None:
    moved = replace(REF, source="s3://b/a.csv", commit="another", source_sha256="other")
    assert manifest(REF, LABELS).digest == manifest(LABELS, moved).digest
    assert manifest(REF).digest != manifest(replace(REF, md5="ab")).digest
    assert manifest(REF).digest != manifest(replace(REF, partition="2005-05-31")).digest
    assert manifest(REF).digest != manifest(LABELS).digest


def test_tables_are_told_apart() -> None:
    assert manifest(REF, LABELS).of("labels") == (LABELS,)
