"""The datasets of a task, from what it knows to what OpenLineage gets: snapshots, files, models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    dataset_type_dataset,
    dataset_version_dataset,
    input_statistics_input_dataset,
    output_statistics_output_dataset,
    schema_dataset,
)

from include.data.schema import ARROW_TYPES, table_columns
from mlops.openlineage.facets import MODEL_VERSION, ModelVersionDatasetFacet
from mlops.openlineage.naming import Name, of_snapshot
from mlops.openlineage.quality import quality_facets

if TYPE_CHECKING:
    from openlineage.client.generated.base import DatasetFacet, InputDatasetFacet

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.validation.report import ValidationReport

Facets = dict[str, "DatasetFacet"]


def read(
    name: Name, facets: Facets | None = None, quality: dict[str, InputDatasetFacet] | None = None
) -> InputDataset:
    """Return what a task read.

    :param name: of the dataset.
    :param facets: about it.
    :param quality: facets of this reading.
    """
    return InputDataset(name.namespace, name.name, facets=facets or {}, inputFacets=quality or {})


def written(
    name: Name, facets: Facets | None = None, *, rows: int | None = None, size: int | None = None
) -> OutputDataset:
    """Return what a task wrote.

    :param name: of the dataset.
    :param facets: about it.
    :param rows: how many rows were written; None where it has none.
    :param size: in bytes; None where it is not known.
    """
    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=rows, size=size)
    counted = rows is not None or size is not None
    return OutputDataset(
        name.namespace, name.name, facets=facets or {},
        outputFacets={"outputStatistics": statistics} if counted else {},
    )  # fmt: skip


def read_snapshot(
    remote: str, ref: SnapshotRef, config: ModelConfig, report: ValidationReport | None = None
) -> InputDataset:
    """Return a snapshot that was read.

    :param remote: the git remote of the data registry.
    :param ref: the snapshot.
    :param config: the model's configuration.
    :param report: what the contract found about it, where this task checked it.
    """
    counted = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
        rowCount=ref.rows, size=ref.size, fileCount=1
    )
    return read(
        of_snapshot(remote, ref), _snapshot_facets(ref, config),
        {"inputStatistics": counted, **(quality_facets(report, ref.size) if report else {})},
    )  # fmt: skip


def written_snapshot(remote: str, ref: SnapshotRef, config: ModelConfig) -> OutputDataset:
    """Return a snapshot that became a version. Parameters as above."""
    return written(of_snapshot(remote, ref), _snapshot_facets(ref, config), rows=ref.rows, size=ref.size)


def versioned(version: str) -> Facets:
    """Return the facet of a dataset's version.

    :param version: a digest, or a number.
    """
    return {"version": dataset_version_dataset.DatasetVersionDatasetFacet(version)}


def model_facets(version: ModelVersionDatasetFacet) -> Facets:
    """Return the facets of a model.

    :param version: what is known about it.
    """
    number = version.version or version.runId
    return {
        MODEL_VERSION: version,
        "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet("MODEL"),
        **(versioned(number) if number else {}),
    }


def snapshot_version(ref: SnapshotRef) -> str:
    """Return the version of a snapshot: DVC's digest of its content, and the commit that introduced it."""
    return f"{ref.md5}@{ref.commit}"


def _snapshot_facets(ref: SnapshotRef, config: ModelConfig) -> Facets:
    fields = [
        schema_dataset.SchemaDatasetFacetFields(
            name=column.name, type=ARROW_TYPES[column.kind], ordinal_position=place
        )
        for place, column in enumerate(table_columns(config, ref.table), start=1)
    ]
    return {
        **versioned(snapshot_version(ref)),
        "schema": schema_dataset.SchemaDatasetFacet(fields=fields),
    }
