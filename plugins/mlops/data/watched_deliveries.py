"""The deliveries that a monitoring run can use: one that can't be read does not block the others."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from include.errors import DataError
from include.monitoring.policy.missing import UNREADABLE, MissingDelivery
from mlops.data.ingestion import AS_DELIVERED, convert_changed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from mlops.data.finishing import Finish
    from mlops.data.known_deliveries import KnownDeliveries
    from mlops.hooks.dvc.workspace import NewSnapshot
    from mlops.hooks.sources.hook import SourceHook

log = logging.getLogger(__name__)
_LONGEST = 300


def convert_readable(
    config: ModelConfig,
    source: SourceHook,
    selected: Mapping[str, Mapping[str, str]],
    known: Mapping[tuple[str, str], SnapshotRef],
    *,
    deliveries: KnownDeliveries,
    scratch: Path,
    watching: bool = True,
    features: Finish = AS_DELIVERED,
) -> tuple[list[SnapshotRef], list[NewSnapshot], list[MissingDelivery]]:
    """Return the snapshots that stay, those converted now, and the deliveries that can't be read.

    An older version of a delivery that can't be read any more is not used in its place: it was replaced.
    Parameters as :func:`mlops.data.ingestion.convert_changed`, and:

    :param watching: whether to continue without the deliveries that can't be read.
    :raises DataError: about the newest delivery of features, if none can be read; without *watching*, about
        the first delivery that can't.
    """
    kept: list[SnapshotRef] = []
    new: list[NewSnapshot] = []
    missing: list[MissingDelivery] = []
    newest: DataError | None = None
    for table, partitions in selected.items():
        for partition, uri in partitions.items():
            try:
                stays, converted = convert_changed(
                    config,
                    source,
                    {table: {partition: uri}},
                    known,
                    deliveries=deliveries,
                    scratch=scratch,
                    features=features,
                )
            except DataError as error:
                if not watching:
                    raise
                newest = error if table == "features" else newest
                log.error(  # noqa: TRY400 - the message says where; the trace would say how it was read
                    "%s of %s can't be read, what else there is is watched: %s", table, partition, error
                )
                detail = "".join(str(error).splitlines()[:1])[:_LONGEST]
                missing.append(
                    MissingDelivery(table=table, partition=partition, reason=UNREADABLE, detail=detail)
                )
            else:
                kept += stays
                new += converted
    readable = [ref.table for ref in kept] + [snapshot.table for snapshot in new]
    if newest is not None and "features" not in readable:
        raise newest
    return kept, new, missing
