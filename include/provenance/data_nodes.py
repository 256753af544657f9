"""From what was read of data to nodes: snapshots, deliveries, joins, datasets, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.provenance.graph import Node

if TYPE_CHECKING:
    from include.lineage import SnapshotRef
    from include.provenance.facts import Snapshot, TrainingRun

SNAPSHOT = "snapshot"


def snapshot_name(owner: str, ref: SnapshotRef) -> str:
    """Return what a snapshot is called in a graph."""
    return f"{owner}/{ref.table}/{ref.partition} md5 {ref.md5}"


def snapshot_node(snapshot: Snapshot, registry: str) -> Node:
    """Return the node of a snapshot.

    :param snapshot: what is known of it.
    :param registry: the data registry's git remote, without secrets.
    """
    ref, gaps = snapshot.ref, []
    where = f"dvc/files/md5/{ref.md5[:2]}/{ref.md5[2:]}"
    if snapshot.registered is False:
        gaps.append(
            f"snapshot {ref.md5[:12]} ({ref.path}) is not in the data registry {registry} at commit "
            f"{ref.commit[:12]}: fetch that commit from wherever the registry was copied to, push it, then "
            f"`dvc get {registry} {ref.path} --rev {ref.commit}`"
        )
    if snapshot.stored is False:
        gaps.append(
            f"the content of {ref.path}, {where}, is gone from the object store: restore the object, or "
            f"deliver {ref.partition} again from {ref.source}"
        )
    facts: dict[str, str | int] = {
        "rows": ref.rows,
        "commit": ref.commit[:12],
        "quarantined": snapshot.quarantined,
    }
    text = "; ".join(gaps)
    gap = f"{text}." if text else ""
    return Node(kind=SNAPSHOT, name=snapshot_name(snapshot.owner, ref), facts=facts, gap=gap)


def missing_snapshot(owner: str, path: str, md5: str, commit: str, registry: str) -> Node:
    """Return the gap where the data registry does not know a snapshot at all.

    :param owner: the model's name, or what stands in its place for feature views.
    :param path: path of the data in the registry.
    :param md5: DVC's digest of the content.
    :param commit: commit of the registry that is said to have introduced it.
    :param registry: the data registry's git remote, without secrets.
    """
    *_, table, file = path.split("/")
    gap = (
        f"snapshot {md5[:12]} ({path}) is not in the data registry {registry} at commit {commit[:12]}, so "
        "nobody can tell what it was made from: fetch that commit from wherever the registry was copied to, "
        f"push it, then `dvc get {registry} {path} --rev {commit}`."
    )
    name = f"{owner}/{table}/{file.removesuffix('.parquet')} md5 {md5}"
    return Node(kind=SNAPSHOT, name=name, facts={"commit": commit[:12]}, gap=gap)


def source_node(snapshot: Snapshot) -> Node:
    """Return the node of what a snapshot was made from."""
    ref, gap = snapshot.ref, ""
    if snapshot.source_there is False:
        gap = (
            f"{ref.source} is no longer there. The snapshot has its rows; the delivery itself has to be "
            f"fetched from whoever sent it (sha256 {ref.source_sha256})."
        )
    return Node(kind="source", name=ref.source, facts={"sha256": ref.source_sha256[:16]}, gap=gap)


def join_gap(snapshot: Snapshot, why: str) -> Node:
    """Return the gap where it can't be read what a snapshot was joined with."""
    gap = (
        f"{why}: what the rows were joined with is not known; clear the task extract, which writes it again."
    )
    return Node(kind="join", name=snapshot_name(snapshot.owner, snapshot.ref), gap=gap)


def dataset_node(key: str, there: bool) -> Node:
    """Return the node of a frozen dataset.

    :param key: its folder in the object store.
    :param there: whether its record is there.
    """
    gap = f"{key} is gone from the object store: restore it, or clear the task prepare of that run."
    return Node(kind="dataset", name=key, gap="" if there else gap)


def missing_data(run: TrainingRun, why: str = "") -> Node:
    """Return the gap where nobody knows which snapshots a run had.

    :param run: the run.
    :param why: what is wrong with its manifest; empty where it has none, or it is gone.
    """
    if not run.manifest_key:
        gap = (
            f"run {run.run_id} does not say which snapshots it had (it carries no manifest): look at the "
            "artifact data/versions.html of the run in MLflow."
        )
    else:
        gap = (
            f"{why or f'{run.manifest_key} is gone from the object store'}. It lists the snapshots of run "
            f"{run.run_id}: restore the object, or look at the artifact data/versions.html of the run in "
            "MLflow."
        )
    return Node(kind="manifest", name=run.manifest_key or f"of run {run.run_id}", gap=gap)
