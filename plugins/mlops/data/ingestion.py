"""From deliveries to snapshots: what is unchanged is kept, what is new or restated is converted."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.data.ingest.convert import convert
from include.data.labels.impossible_days import check_delivery
from include.data.schema import schema_digest, table_columns
from mlops.data.finishing import AsDelivered
from mlops.hooks.dvc.workspace import NewSnapshot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from mlops.data.finishing import Finish
    from mlops.data.known_deliveries import KnownDeliveries
    from mlops.hooks.sources.base import TableSource
    from mlops.hooks.sources.hook import SourceHook

log = logging.getLogger(__name__)
AS_DELIVERED = AsDelivered()


def convert_changed(
    config: ModelConfig,
    source: SourceHook,
    selected: Mapping[str, Mapping[str, str]],
    known: Mapping[tuple[str, str], SnapshotRef],
    *,
    deliveries: KnownDeliveries,
    scratch: Path,
    features: Finish = AS_DELIVERED,
) -> tuple[list[SnapshotRef], list[NewSnapshot]]:
    """Return the snapshots that stay as they are, and those that were converted now.

    A delivery stays as it is when its bytes and the types asked for are those of the newest version, or are
    known to give its content.

    :param config: the model's configuration.
    :param source: the hook that fetches deliveries.
    :param selected: table to partition to URI.
    :param known: newest version of each table and partition.
    :param deliveries: what earlier runs found.
    :param scratch: folder for copies and new snapshots.
    :param features: what becomes of a delivery of features once it is read.
    :raises DataError: a delivery can't be read as what ``model.yaml`` says.
    """
    kept: list[SnapshotRef] = []
    new: list[NewSnapshot] = []
    for name, partitions in selected.items():
        table = source.tables[name]
        finish = features if name == "features" else AS_DELIVERED
        columns = table_columns(config, name)
        digest = schema_digest(columns)
        to_fetch = []
        for partition in partitions:
            current = known.get((name, partition))
            if current and _stays(table, current, deliveries, digest, finish):
                kept.append(current)
            else:
                to_fetch.append(partition)
        table.expect(to_fetch)
        for partition in to_fetch:
            current = known.get((name, partition))
            delivery = table.fetch(partition, scratch)
            sha256 = finish.digest(partition, delivery.sha256)
            if current and deliveries.is_version(current, sha256, digest):
                kept.append(current)
                continue
            target = scratch / f"{name}-{partition}.parquet"
            rows = convert(
                delivery.files,
                fmt=delivery.fmt,
                columns=finish.columns(columns),
                target=target,
                origin=delivery.uri,
                part_origins=delivery.origins,
                part_numbers=delivery.numbers,
            )
            check_delivery(
                target, table=name, partition=partition, config=config, now=datetime.now(UTC),
                origin=delivery.uri,
            )  # fmt: skip
            new.append(
                NewSnapshot(
                    table=name,
                    partition=partition,
                    file=finish.finish(target, partition, sha256),
                    rows=rows,
                    source=delivery.uri,
                    source_sha256=sha256,
                    schema_digest=digest,
                )
            )
    return kept, new


def _stays(
    table: TableSource, current: SnapshotRef, deliveries: KnownDeliveries, digest: str, finish: Finish
) -> bool:
    """Return whether a version is known to be what the source has, before any of it is fetched."""
    fingerprint = table.fingerprint(current.partition)
    if fingerprint is not None:
        made_from = finish.digest(current.partition, fingerprint)
        if deliveries.is_version(current, made_from, digest):
            return True
    if current.schema_digest == digest and table.has_rolled_out(current.partition, current.rows):
        log.info(
            "%s of %s: the source keeps only a part of it now; the version with all %d rows stays",
            current.table, current.partition, current.rows,
        )  # fmt: skip
        return True
    return False
