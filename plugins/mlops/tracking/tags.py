"""Every tag that this project sets in MLflow, on runs and on model versions.

A name that has been written stays: runs and versions of earlier releases carry it.
"""

from __future__ import annotations

PREFIX = "mlops."

# Runs: how one is found again (mlops.tracking.runs), and which of two that were created at once is the one.
RUN_KEY = "mlops.run_key"
CLAIM = "mlops.claim"

# Training runs and what follows from them, also on versions.
MODEL = "mlops.model"
AS_OF_DATE = "mlops.as_of"
TRAINING_KEY = "mlops.training_key"
CODE_VERSION = "mlops.code_version"
MANIFEST = "mlops.manifest"
DATASET = "mlops.dataset"
TASK = "mlops.task"
SUPERSEDED_BY = "mlops.superseded_by"
TRAIN_RESULT = "mlops.train_result"
GATE = "mlops.gate"
EVALUATION_DIGEST = "mlops.evaluation_digest"  # SHA-256 of the record in the object store

# Versions: lineage, and whom the split left out.
NEWEST_LABELS = "mlops.newest_labels"
SPLIT_SEED = "mlops.split_seed"
SPLIT_SHARE = "mlops.split_test_share"
SPLIT_START = "mlops.split_start"
SPLIT_ROTATION = "mlops.split_rotation"
ENTITY_COLUMN = "mlops.entity_column"
ENTITY_TYPE = "mlops.entity_type"
TEST_DIGEST = "mlops.test_digest"
DATA_DIGEST = "mlops.data_digest"
REGISTRY_COMMIT = "mlops.registry_commit"
AIRFLOW_RUN = "mlops.airflow_run"
EVALUATION = "mlops.evaluation"
APPROVAL = "mlops.approval"
APPROVAL_BY = "mlops.approval_by"
APPROVAL_AT = "mlops.approval_at"
APPROVAL_COMMENT = "mlops.approval_comment"

# Ledger entries.
DECISION_ID = "mlops.decision_id"
KIND = "mlops.kind"
DECISION = "mlops.decision"
SUMMARY = "mlops.summary"
DECIDED_BY = "mlops.decided_by"
PLAN = "mlops.plan"
VERSION = "mlops.version"
FROM_VERSION = "mlops.from_version"
FROM_TRAINING_KEY = "mlops.from_training_key"
BY = "mlops.by"
COMMENT = "mlops.comment"
CANDIDATE_RUN = "mlops.candidate_run"
PROMISED = "mlops.promised"  # of a promotion: what the gate found
ACCOUNT = "mlops.account"  # of a promotion: what was delivered since, written anew as labels come
PROMOTION = "mlops.promotion"  # of a decision of probation: the promotion it is about
LOOK = "mlops.look"

# What came from another environment: on its run, its version and both ledgers' entries.
DEPLOYED_FROM = "mlops.deployed_from"  # the environment
DEPLOYED_TO = "mlops.deployed_to"
DEPLOYED_VERSION = "mlops.deployed_version"  # its version in the other environment
DEPLOYED_RUN = "mlops.deployed_run"  # its MLflow run there
ORIGIN_RUN = "mlops.origin_run"  # its MLflow run where it was trained, however often it was deployed since
DEPLOYMENT = "mlops.deployment"  # id of the decision, the same in both ledgers
DEPLOYMENT_SLOT = "mlops.deployment_slot"  # of an entry of the target: deployments of a model go one by one

# The monitoring run of a window (mlops.monitoring.window_run); its version is VERSION.
PARTITION = "mlops.partition"
SNAPSHOT_MD5 = "mlops.snapshot_md5"
DRIFT_DECISION = "mlops.drift"


def named(name: str) -> str:
    """Return a tag of this project by its short name: ``kind`` is ``mlops.kind``."""
    return f"{PREFIX}{name}"


def section_tag(section: str, name: str) -> str:
    """Return the tag of one section of a window's monitoring run: ``mlops.<section>.<name>``."""
    return f"{PREFIX}{section}.{name}"


def section_digest(section: str) -> str:
    """Return the tag that says that a section is complete, and with which content."""
    return section_tag(section, "digest")
