"""A page on the data of one run: every snapshot, and the command that brings it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.media import html

if TYPE_CHECKING:
    from include.lineage import Manifest


def render_manifest(manifest: Manifest, registry: str) -> str:
    """Return the page of a manifest.

    :param manifest: the snapshots of a run.
    :param registry: the data registry's git remote.
    """
    title = f"Data of {manifest.model} as of {manifest.as_of}"
    rows = "".join(
        f"<tr><td>{ref.table}<td>{ref.partition}<td>{ref.rows:,}<td><code>{ref.md5}</code>"
        f"<td>{html(ref.source)}"
        f"<td><code>dvc get {html(registry)} {html(ref.path)} --rev {ref.commit}</code></tr>\n"
        for ref in manifest.snapshots
    )
    return (
        f"<!doctype html><meta charset='utf-8'><title>{html(title)}</title>\n"
        "<style>body {font: 14px sans-serif} td, th {padding: .3em .8em; text-align: left}</style>\n"
        f"<h1>{html(title)}</h1>\n<table>\n<tr><th>table<th>partition<th>rows<th>DVC md5<th>delivered as"
        f"<th>get it back</tr>\n{rows}</table>\n"
    )
