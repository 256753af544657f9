"""The stage ``prepare``: from deliveries to typed snapshots that meet their contract."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from include.config.load import load_model
from include.data.ingest.partitions import parse_partition
from include.data.selection import select_partitions
from include.errors import DataError
from include.lineage import Manifest
from include.pipeline.deliveries import files_of, find_tables, lay_example, list_deliveries
from include.pipeline.files import write_json
from include.replay.cache import Cache
from include.replay.deliveries import Calendar
from include.replay.local_deliveries import Arrival, LocalDeliveries
from include.replay.validating import Validating

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.pipeline.places import Places

NEWEST = "newest"


def run(places: Places, deliveries: Path, as_of: str = NEWEST) -> str:
    """Write the snapshots that a training as of a day works on, and their manifest; return what there is.

    They are what the tasks ``extract`` and ``validate`` of the training DAG leave, to the byte.

    :param places: the pipeline's files.
    :param deliveries: the folder of the deliveries, or of an example.
    :param as_of: ISO date; ``newest``: that of the newest delivery of the model's own tables.
    :raises ConfigError: the model's folder is wrong.
    :raises ContractBreach: a delivery breaks a critical rule of its contract.
    :raises DataError: a delivery can't be read as what ``model.yaml`` says, or there is none.
    """
    config = load_model(places.folder)
    tables = find_tables(config, places.folder)
    with tempfile.TemporaryDirectory(prefix="prepare-") as folder:
        scratch = Path(folder)
        root = lay_example(config, deliveries, scratch)
        delivered = list_deliveries(tables, root)
        as_of = _day(as_of, delivered, config)
        chosen = {
            **{name: delivered[name] for name in config.features.views},
            **select_partitions(delivered, as_of, config, origin=str(deliveries)),
        }
        arrivals = [
            Arrival(table=name, partition=day, content=files_of(tables[name], path))
            for name, by_day in chosen.items()
            for day, path in by_day.items()
            if day <= as_of
        ]
        cache = Cache(scratch / "cache")
        known = LocalDeliveries(config, arrivals, cache)
        refs = _readable(known, as_of)
        Validating(config, places.folder, cache, known.file).require(refs)
        manifest = Manifest(model=config.name, as_of=as_of, snapshots=refs)
        for ref in refs:
            target = snapshot_file(places, ref)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(known.file(ref), target)
    write_json(places.manifest, manifest.to_dict())
    return f"as of {as_of}: {len(refs)} snapshots, {sum(ref.rows for ref in refs):,} rows"


def snapshot_file(places: Places, ref: SnapshotRef) -> Path:
    """Return where a snapshot lies.

    :param places: the pipeline's files.
    :param ref: the snapshot.
    """
    return places.snapshots / ref.table / f"{ref.partition}.parquet"


def _day(as_of: str, delivered: Mapping[str, Mapping[str, str]], config: ModelConfig) -> str:
    """Return the date as of which the pipeline runs."""
    if as_of != NEWEST:
        try:
            return parse_partition(as_of).isoformat()
        except ValueError as error:
            raise DataError(f"as_of: {error}, nor {NEWEST!r}; correct it in params.yaml") from error
    days = [day for name in config.source.tables for day in delivered[name]]
    if not days:
        uri = config.source.features.location[0]
        raise DataError(f"{config.name}: nothing was delivered as {uri}; expected a delivery at least")
    return max(days)


def _readable(known: LocalDeliveries, as_of: str) -> tuple[SnapshotRef, ...]:
    """Return the snapshots of the model's own tables, by table and then oldest first.

    :raises DataError: one can't be read.
    """
    found = []
    for _, one in sorted(Calendar(known.versions).on(as_of).items()):
        if one.ref is None:
            raise DataError(one.error)
        found.append(one.ref)
    return tuple(found)
