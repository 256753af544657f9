"""The rows of a delivery that a shadow scores: all of a small one, a share of the entities of a large one.

The gain of one version over another needs a sample only: its standard error falls with the root of the rows,
and at 50,000 rows it is far below any loss that matters. The rows are kept as the frames that the champion is
given anyway, so that a shadow reads and converts nothing a second time.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.data.arrow_numpy import to_mask
from include.data.atomic_file import whole_file
from include.data.read_snapshot import count_rows, stream_columns
from include.data.schema import COMPRESSION, ROWS_PER_GROUP
from include.data.splits import hash_entities
from include.errors import DataError
from include.scoring.outputs import OUTPUTS
from include.scoring.predictions import kept_columns, metadata_of, predictions_schema, repetitive
from include.training.frame import feature_frame
from include.training.predict import predict_scores

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from include.config.schema import ModelConfig
from include.scoring.predictions import Stamp

_SALT = 7919


class SampledRows:
    """Rows of one delivery, in memory: ids, times and features.

    Which entities are taken follows from their id and the delivery's date, so that each delivery brings
    others, and a second try the same.

    :param partition: ISO date of the delivery.
    :param rows: its rows.
    :param wanted: about how many to keep; all of them where there are no more.
    """

    def __init__(self, partition: str, *, rows: int, wanted: int) -> None:
        self.share = min(1.0, wanted / rows) if rows else 1.0
        self._seed = _SALT + date.fromisoformat(partition).toordinal()
        self._kept: list[tuple[pa.Table, pd.DataFrame]] = []

    @property
    def complete(self) -> bool:
        """Whether every row is kept."""
        return self.share >= 1.0

    def __len__(self) -> int:
        return sum(len(keys) for keys, _ in self._kept)

    def add(self, keys: pa.Table, features: pd.DataFrame) -> None:
        """Keep what belongs to the sample.

        :param keys: of some rows, the columns that their predictions repeat, the entity first.
        :param features: the features of the same rows.
        """
        if not self.complete:
            chosen = hash_entities(keys.column(0).combine_chunks(), seed=self._seed) < self.share
            keys, features = keys.filter(to_mask(chosen)), features[chosen]
        if len(keys):
            self._kept.append((keys, features))

    def score(self, model: Any, config: ModelConfig, target: Path, stamp: Stamp) -> int:
        """Write a version's predictions about the rows; return how many there are.

        :param model: a fitted classifier or pipeline.
        :param config: the model's configuration.
        :param target: predictions file to write; it is there whole or not at all.
        :param stamp: where the predictions come from.
        :raises DataError: there is no row.
        :raises ModelError: the model fails on the rows, or gives no probabilities.
        """
        if not len(self):
            raise DataError(f"no row of {stamp.partition} was kept: there is nothing to score")
        schema, write = predictions_schema(config), OUTPUTS[config.task].write
        options: dict[str, Any] = {
            "compression": COMPRESSION, "store_schema": False, "use_dictionary": repetitive(config),
        }  # fmt: skip
        with whole_file(target) as temporary, pq.ParquetWriter(temporary, schema, **options) as parquet:
            parquet.add_key_value_metadata(metadata_of(stamp, config))
            for keys, features in self._kept:
                columns = [*keys.columns, *write(predict_scores(model, features, config), config)]
                parquet.write_table(pa.table(columns, schema=schema), row_group_size=ROWS_PER_GROUP)
        return len(self)


def read_sample(snapshot: Path, config: ModelConfig, partition: str, *, wanted: int) -> SampledRows:
    """Read the rows of a delivery that a shadow scores.

    :param snapshot: canonical snapshot of its features.
    :param config: the model's configuration.
    :param partition: ISO date of the delivery.
    :param wanted: about how many rows.
    :raises DataError: the snapshot can't be read, or lacks a column.
    """
    keys = kept_columns(config)
    kept = SampledRows(partition, rows=count_rows(snapshot), wanted=wanted)
    for group in filter(len, stream_columns(snapshot, config, (*keys, *config.feature_names))):
        kept.add(group.select(list(keys)), feature_frame(group, config))
    return kept
