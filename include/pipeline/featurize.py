"""The stage ``featurize``: from snapshots to a frozen training set and test set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.load import load_model
from include.data.dataset import build_dataset
from include.data.dominant import warnings_of
from include.errors import DataError
from include.lineage import Manifest
from include.pipeline.files import read_record
from include.pipeline.prepare import snapshot_file
from include.verdicts import Verdict

if TYPE_CHECKING:
    from include.pipeline.places import Places


def run(places: Places) -> str:
    """Join features with the labels known by the day, split, and freeze both parts; return what there is.

    They are what the task ``prepare`` of the training DAG leaves while there is no champion, to the byte.

    :param places: the pipeline's files.
    :raises DataError: there is not enough to train and test on yet, or the data is at fault.
    """
    config = load_model(places.folder)
    manifest = read_record(places.manifest, Manifest.from_dict)
    features, labels = (
        {ref.partition: snapshot_file(places, ref) for ref in manifest.of(table)}
        for table in ("features", "labels")
    )
    found = build_dataset(features, labels, config, manifest.as_of, places.dataset)
    if isinstance(found, Verdict):
        raise DataError(f"nothing to train on as of {manifest.as_of}:\n{found.to_text()}")
    return "\n".join([
        f"{found.split_kind}: {found.train.rows:,} rows of {', '.join(found.train_partitions)} to train on,",
        f"{found.test.rows:,} rows of {', '.join(found.test_partitions)} to test on",
        *(f"warning: {warning}" for warning in warnings_of(found, config)),
    ])
