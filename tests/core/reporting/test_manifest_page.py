from __future__ import annotations

import pytest

from include.lineage import Manifest, SnapshotRef
from include.reporting.manifest_page import render_manifest

pytestmark = pytest.mark.core


def page(source: str, registry: str) -> str:
    ref = SnapshotRef(
        table="features",
        partition="2005-04-30",
        path="m/features/2005-04-30.parquet",
        md5="aa",
        rows=1234,
        size=10,
        commit="c0ffee",
        source=source,
        source_sha256="bb",
        schema_digest="cc",
    )
    return render_manifest(Manifest(model="m", as_of="2005-05-31", snapshots=(ref,)), registry)


def test_the_page_names_the_command_that_brings_a_version_back() -> None:
    shown = page("file:///a.csv", "/srv/registry.git")
    assert "dvc get /srv/registry.git m/features/2005-04-30.parquet --rev c0ffee" in shown


def test_the_page_escapes_what_others_named() -> None:
    shown = page("file:///<script>alert(1)</script>", "<b>")
    assert "<script>" not in shown
    assert "<b>" not in shown
