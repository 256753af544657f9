"""A page on the data of one run: every snapshot, and the command that brings it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.reporting.html import render

if TYPE_CHECKING:
    from include.lineage import Manifest


def render_manifest(manifest: Manifest, registry: str) -> str:
    """Return the page of a manifest.

    :param manifest: the snapshots of a run.
    :param registry: the data registry's git remote.
    """
    return render(
        "reporting/manifest_page.html.j2",
        title=f"Data of {manifest.model} as of {manifest.as_of}",
        snapshots=manifest.snapshots,
        registry=registry,
    )
