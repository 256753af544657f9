"""From what was read of a model to nodes: versions, runs, decisions, predictions, and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.provenance.graph import Node

if TYPE_CHECKING:
    from include.provenance.facts import Decision, Prediction, TrainingRun, Version

VERSION, RUN, PREDICTIONS = "version", "run", "predictions"


def version_node(version: Version) -> Node:
    """Return the node of a version."""
    gap = ""
    if version.deleted:
        gap = (
            f"version {version.number} of {version.model} is no longer in the model registry: somebody "
            f"deleted it. What is shown of it comes from {version.known_from or 'nothing else'}; MLflow "
            "can't bring it back."
        )
    return Node(
        kind=VERSION,
        name=version.name,
        facts={"alias": ", ".join(version.aliases), "registered": moment(version.registered)},
        gap=gap,
    )


def run_node(run: TrainingRun) -> Node:
    """Return the node of a training run."""
    gap = ""
    if run.deleted:
        gap = (
            f"run {run.run_id} was deleted in MLflow, which still knows it: `mlflow runs restore --run-id "
            f"{run.run_id}` brings it back."
        )
    facts = {
        "status": run.status,
        "as of": run.as_of,
        "started": moment(run.started),
        "superseded by": run.superseded_by,
    }
    return Node(kind=RUN, name=run.run_id, facts=dict(facts), gap=gap)


def missing_run(model: str, run_id: str) -> Node:
    """Return the gap where MLflow does not know a run."""
    if not run_id:
        gap = (
            "nothing says which MLflow run it came from: it was registered by other means than this project. "
            "Register it from its run, or train anew."
        )
        return Node(kind=RUN, name=f"unknown, of {model}", gap=gap)
    gap = (
        f"run {run_id} is not in MLflow: it was deleted for good, or this is another server than the one "
        f"that trained {model}. Look for it on that server, or restore MLflow's database."
    )
    return Node(kind=RUN, name=run_id, gap=gap)


def evaluation_node(key: str, found: dict[str, object] | None) -> Node:
    """Return the node of an evaluation.

    :param key: its object key.
    :param found: its record as JSON values; None where it is gone.
    """
    if found is None:
        gap = f"{key} is gone from the object store: restore it, or clear the task evaluate of that run."
        return Node(kind="evaluation", name=key, gap=gap)
    info = found.get("champion_info")
    against = info.get("version", "") if isinstance(info, dict) else ""
    facts: dict[str, str | int] = {
        "rows": str(found.get("rows", "")),
        "test set": str(found.get("test_digest", ""))[:12],
        "compared with version": str(against or ""),
    }
    return Node(kind="evaluation", name=key, facts=facts)


def airflow_node(model: str, key: str) -> Node:
    """Return the node of an Airflow task; a gap where nothing names one."""
    if key:
        return Node(kind="Airflow task", name=key)
    gap = "no tag says which Airflow run it was: it was made by hand, or by an early version of this project."
    return Node(kind="Airflow task", name=f"unknown, of {model}", gap=gap)


def code_node(commit: str, known: bool | None) -> Node:
    """Return the node of the code.

    :param commit: git commit, with ``-dirty`` where files differed from it.
    :param known: whether this checkout has the commit; None where nobody looked.
    """
    plain, gap = commit.removesuffix("-dirty"), ""
    if commit in {"", "unknown"}:
        gap = (
            "nothing says which commit of the code it was: neither git nor MLOPS_VERSION was there. Build "
            "images with `make image`, which writes the commit into them."
        )
    elif plain != commit:
        gap = (
            f"files differed from commit {plain[:12]} when it ran, and nobody kept them: commit before you "
            "train what may be promoted."
        )
    elif known is False:
        gap = f"commit {plain[:12]} is not in this checkout: `git fetch` it from where it was trained."
    return Node(kind="commit", name=commit or "unknown", gap=gap)


def decision_node(decision: Decision) -> Node:
    """Return the node of an entry of the ledger."""
    facts: dict[str, str | int] = {
        "what": f"{decision.kind}: {decision.decision}",
        "state": decision.state,
        "by": decision.by,
        "at": moment(decision.time),
        "why": decision.summary,
    }
    return Node(kind="decision", name=decision.decision_id, facts=facts)


def missing_promotion(version: Version) -> Node:
    """Return the gap where a version has an alias that no decision gave it."""
    aliases = " and ".join(version.aliases)
    gap = (
        f"{version.name} is {aliases}, and no applied decision in the ledger says why: somebody moved the "
        "alias by hand. Look at MLflow's access log, and let the rollback DAG or a training decide again."
    )
    return Node(kind="decision", name=f"none for {version.name}", gap=gap)


def prediction_node(prediction: Prediction) -> Node:
    """Return the node of a file of predictions, from its stamp."""
    stamp = prediction.stamp
    facts: dict[str, str | int] = {"partition": stamp.partition, "as of": stamp.as_of}
    return Node(kind=PREDICTIONS, name=prediction.key, facts=facts)


def unreadable_node(key: str, why: str) -> Node:
    """Return the gap where a file can't be read.

    :param key: its object key.
    :param why: what is wrong with it.
    """
    gap = f"nobody can tell whether it belongs here: {why}"
    return Node(kind="file", name=key, gap=gap)


def moment(milliseconds: int) -> str:
    """Return a time as text; empty of 0."""
    if not milliseconds:
        return ""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}Z"
