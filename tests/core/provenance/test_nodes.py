"""What is shown of each thing, and in which words it is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from include.provenance import data_nodes, model_nodes
from tests.world.provenance import run, snapshot, version

pytestmark = pytest.mark.core

SNAPSHOT = snapshot("features", "2026-01-02", "abcdef0123456789")
GAPS = {
    "a version that was deleted": (
        model_nodes.version_node(version("2", "r", deleted=True, known_from="1 ledger entry")),
        "somebody deleted it. What is shown of it comes from 1 ledger entry",
    ),
    "a run that was deleted": (
        model_nodes.run_node(run("r", deleted=True)),
        "`mlflow runs restore --run-id r`",
    ),
    "a run of another server": (model_nodes.missing_run("m", "r9"), "run r9 is not in MLflow"),
    "a version without a run": (model_nodes.missing_run("m", ""), "registered by other means"),
    "a run without a manifest": (
        data_nodes.missing_data(replace(run("r"), manifest_key="")), "data/versions.html",
    ),
    "a manifest that is gone": (data_nodes.missing_data(run("r")), "m/r is gone from the object store"),
    "a manifest that is damaged": (
        data_nodes.missing_data(run("r"), "m/r is not valid JSON"), "m/r is not valid JSON.",
    ),
    "a snapshot that the registry lost": (
        data_nodes.snapshot_node(replace(SNAPSHOT, registered=False), "/reg.git"),
        "snapshot abcdef012345 (churn/features/2026-01-02.parquet) is not in the data registry /reg.git at "
        "commit c0ffee: fetch",
    ),
    "a snapshot whose content is gone": (
        data_nodes.snapshot_node(replace(SNAPSHOT, stored=False), "/reg.git"),
        "dvc/files/md5/ab/cdef0123456789, is gone from the object store: restore the object, or deliver "
        "2026-01-02 again from file:///in/features/2026-01-02.csv",
    ),
    "a delivery that is gone": (
        data_nodes.source_node(replace(SNAPSHOT, source_there=False)), "is no longer there",
    ),
    "an evaluation": (model_nodes.evaluation_node("e.json", None), "e.json is gone"),
    "an Airflow run": (model_nodes.airflow_node("m", ""), "no tag says which Airflow run"),
    "code of no commit": (model_nodes.code_node("unknown", None), "nothing says which commit"),
    "code that differed": (model_nodes.code_node("abc-dirty", True), "files differed from commit abc"),
    "code of elsewhere": (model_nodes.code_node("abc", False), "commit abc is not in this checkout"),
    "an alias moved by hand": (
        model_nodes.missing_promotion(version("2", "r", aliases=("champion",))),
        "churn/2 is champion, and no applied",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GAPS)
def test_a_gap_says_what_is_missing_and_what_to_do(name):
    node, words = GAPS[name]
    assert words in node.gap


@pytest.mark.parametrize(
    "node",
    [
        model_nodes.version_node(version("2", "r")),
        model_nodes.run_node(run("r")),
        data_nodes.snapshot_node(SNAPSHOT, "/reg.git"),
        data_nodes.snapshot_node(replace(SNAPSHOT, registered=True, stored=True), "/reg.git"),
        data_nodes.source_node(SNAPSHOT),
        model_nodes.evaluation_node("e.json", {"rows": 3, "champion_info": {"version": "1"}}),
        model_nodes.airflow_node("m", "dag/run/train"),
        model_nodes.code_node("abc", True),
        model_nodes.code_node("abc", None),
    ],
)
def test_what_was_found_or_not_looked_for_makes_no_gap(node):
    assert node.gap == ""
