"""The tags that lead from a model back to what it came from: on its training run, and on its version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mlops.tracking import tags

if TYPE_CHECKING:
    from mlflow.entities import Run


class ExtractedData(Protocol):
    """What a run says about its snapshots; ``extract`` hands it on."""

    @property
    def manifest_key(self) -> str:
        """Object key of the manifest."""

    @property
    def manifest_digest(self) -> str:
        """Its digest."""


class PreparedData(Protocol):
    """What a run says about its dataset; ``prepare`` hands it on."""

    @property
    def as_of(self) -> str:
        """The date whose knowledge was used (ISO)."""

    @property
    def object_key(self) -> str:
        """The dataset's folder in the object store."""

    @property
    def test_digest(self) -> str:
        """Digest of the test set."""

    @property
    def test_partitions(self) -> tuple[str, ...]:
        """Partitions tested on, oldest first."""

    @property
    def split_seed(self) -> int:
        """Salt of the group split."""

    @property
    def test_share(self) -> float:
        """Share of the entities that are held out."""

    @property
    def split_start(self) -> float:
        """Where the arc of held-out entities begins."""

    @property
    def split_rotation(self) -> float:
        """Share of it that is replaced when the model becomes champion."""

    @property
    def entity_type(self) -> str:
        """As what entity ids were hashed."""

    @property
    def entity_column(self) -> str:
        """Column that holds them."""


# What a training run carries since it may become a version later, as a challenger.
CARRIED = (
    tags.TRAINING_KEY, tags.AS_OF_DATE, tags.NEWEST_LABELS, tags.SPLIT_SEED, tags.SPLIT_SHARE,
    tags.SPLIT_START, tags.SPLIT_ROTATION, tags.ENTITY_COLUMN, tags.ENTITY_TYPE, tags.DATA_DIGEST,
    tags.MANIFEST, tags.DATASET, tags.TEST_DIGEST, tags.REGISTRY_COMMIT,
    tags.CODE_VERSION, tags.AIRFLOW_RUN,
)  # fmt: skip


def lineage_tags(
    extracted: ExtractedData,
    dataset: PreparedData,
    *,
    training_key: str,
    registry_commit: str,
    code_version: str,
    airflow_run: str,
) -> dict[str, str]:
    """Return the tags of a model.

    :param extracted: what ``extract`` returned in the run that trained it.
    :param dataset: what ``prepare`` returned there.
    :param training_key: digest of data, configuration and estimator.
    :param registry_commit: newest commit of the data registry that was learned from.
    :param code_version: commit of this project's code.
    :param airflow_run: key of the task that writes them.
    """
    return {
        tags.TRAINING_KEY: training_key,
        tags.AS_OF_DATE: dataset.as_of,
        tags.NEWEST_LABELS: dataset.test_partitions[-1],
        tags.SPLIT_SEED: str(dataset.split_seed),
        tags.SPLIT_SHARE: str(dataset.test_share),
        tags.SPLIT_START: str(dataset.split_start),
        tags.SPLIT_ROTATION: str(dataset.split_rotation),
        tags.ENTITY_COLUMN: dataset.entity_column,
        tags.ENTITY_TYPE: dataset.entity_type,
        tags.DATA_DIGEST: extracted.manifest_digest,
        tags.MANIFEST: extracted.manifest_key,
        tags.DATASET: dataset.object_key,
        tags.TEST_DIGEST: dataset.test_digest,
        tags.REGISTRY_COMMIT: registry_commit,
        tags.CODE_VERSION: code_version,
        tags.AIRFLOW_RUN: airflow_run,
    }


def lineage_of(run: Run) -> dict[str, str] | None:
    """Return the tags of a model that was trained earlier; None where its run does not carry them all.

    :param run: its MLflow run.
    """
    found = {name: run.data.tags[name] for name in CARRIED if name in run.data.tags}
    return found if len(found) == len(CARRIED) else None
