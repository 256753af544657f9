"""Load a frozen training or test set as the frame that a scikit-learn pipeline takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.data.read_snapshot import read_columns
from include.data.targets import read_targets
from include.data.weights import read_weights

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from include.config.schema import ModelConfig


class Frame(NamedTuple):
    """A training or test set in memory.

    :param features: frame of shape (n, number of features) in the order of ``config.feature_names``: numeric
        columns as float64, categorical ones as objects (text), missing values as NaN in both.
    :param target: the label of each row as a number, of shape (n,), see :mod:`include.data.targets`.
    :param keys: frame of shape (n, 2) or (n, 3): entity, row key where rows are events, and time.
    :param weights: how much each row counts, above 0, float64 of shape (n,); None where all count the same.
    """

    features: pd.DataFrame
    target: np.ndarray
    keys: pd.DataFrame
    weights: np.ndarray | None = None


def load_frame(path: Path, config: ModelConfig) -> Frame:
    """Load ``train.parquet`` or ``test.parquet``.

    :param path: a file that :func:`include.data.dataset.build_dataset` wrote.
    :param config: the model's configuration.
    :raises DataError: when the file is missing, unreadable or of another shape.
    """
    keys = config.row_columns
    columns = (*keys, *config.feature_names, *config.weight_columns, config.target.column)
    table = read_columns(path, config, columns)
    return Frame(
        features=feature_frame(table, config),
        target=read_targets(table[config.target.column], config),
        keys=table.select(list(keys)).to_pandas(date_as_object=False),
        weights=read_weights(table, config, path.name),
    )


def feature_frame(table: pa.Table, config: ModelConfig) -> pd.DataFrame:
    """Return the features of some rows as the frame that a pipeline was fitted on and scores.

    :param table: rows with at least the features, as a canonical snapshot has them.
    :param config: the model's configuration.
    :return: as :attr:`Frame.features`.
    """
    import pandas as pd

    columns = {name: table[name].to_numpy() for name in config.features.numeric}
    columns |= {name: _as_objects(table[name]) for name in config.features.categorical}
    return pd.DataFrame(columns, columns=list(config.feature_names))


def _as_objects(column: pa.ChunkedArray) -> pd.Series:
    """Return text as Python strings, each distinct one made once, and NaN where it is missing."""
    import pandas as pd

    encoded = column.combine_chunks().dictionary_encode()
    names = np.array([*encoded.dictionary.to_pylist(), np.nan], dtype=object)
    missing = len(names) - 1
    return pd.Series(names[encoded.indices.fill_null(missing).to_numpy()], dtype=object)
