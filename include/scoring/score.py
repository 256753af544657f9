"""Score a delivery: one row group of the snapshot in memory at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.data.atomic_file import whole_file
from include.data.read_snapshot import stream_columns
from include.data.schema import COMPRESSION, ROWS_PER_GROUP
from include.scoring.outputs import OUTPUTS
from include.scoring.predictions import kept_columns, metadata_of, predictions_schema, repetitive, summary_of
from include.training.frame import feature_frame
from include.training.predict import predict_scores

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.scoring.distribution import Distribution
    from include.scoring.predictions import Stamp
    from include.scoring.sample import SampledRows


def score_snapshot(
    snapshot: Path,
    model: Any,
    config: ModelConfig,
    target: Path,
    stamp: Stamp,
    *,
    keep: SampledRows | None = None,
) -> Distribution:
    """Write the predictions of one delivery: keys, time and answer of each row, in the snapshot's order.

    The same snapshot, model and stamp give the same bytes. ``target`` is there whole or not at all.

    :param snapshot: canonical snapshot of the features.
    :param model: a fitted estimator or pipeline.
    :param config: the model's configuration.
    :param target: predictions file to write.
    :param stamp: where the predictions come from; it is written into the file.
    :param keep: is given the rows as the model is, for another one to score; None keeps nothing.
    :return: how the answers are spread.
    :raises DataError: the snapshot can't be read, lacks a column, or has no row.
    :raises ModelError: the model is none of the task, fails on the rows, or gives values that are not valid
        answers (:func:`include.training.predict.predict_scores`).
    :raises StorageError: the disk is full or fails.
    """
    keys = kept_columns(config)
    schema = predictions_schema(config)
    groups = stream_columns(snapshot, config, (*keys, *config.feature_names))
    summary, write = summary_of(config), OUTPUTS[config.task].write
    options = {"compression": COMPRESSION, "store_schema": False, "use_dictionary": repetitive(config)}
    with whole_file(target) as temporary:
        with pq.ParquetWriter(temporary, schema, **options) as parquet:
            parquet.add_key_value_metadata(metadata_of(stamp, config))
            for group in filter(len, groups):
                frame = feature_frame(group, config)
                scores = predict_scores(model, frame, config)
                summary.add(scores)
                columns = [*(group[key] for key in keys), *write(scores, config)]
                parquet.write_table(pa.table(columns, schema=schema), row_group_size=ROWS_PER_GROUP)
                if keep is not None:
                    keep.add(group.select(list(keys)), frame)
        return summary.result()
