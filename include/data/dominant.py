"""Find features that nearly make up a model alone: they may know the label instead of foretelling it.

The duration of a call that ended in a sale, the term of a loan that was written off: such columns are filled
in once the outcome is known. Training and test have them, production has not, and no split by entity and time
shows it (Kaufman, Rosset and Perlich 2012, "Leakage in data mining", ACM TKDD 6). What shows is that one
column does nearly all of the work.

Each feature is scored alone, by the rates of positives in its bins or categories, missing values being one of
them. A feature that reaches much alone is held against a model of all features and one of all others. Every
score is made by entities that it is not measured on. On large training sets a sample of entities is looked
at, which is enough for differences of this size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.arrow_numpy import to_numpy
from include.data.dataset_record import DominantColumn
from include.data.read_snapshot import read_columns
from include.data.splits import hash_entities
from include.evaluation.metrics import measure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Dataset

ROWS = 20_000  # of the training set are looked at, about, as whole entities
SHARE, ALONE, REST = 0.95, 0.75, 0.8
"""A feature dominates that reaches this share of what all features reach beyond chance level, and this AUC
alone, while the others come to no more than that share without it. The example's status of repayment, the
strongest honest feature at hand, reaches a share of .90 to .93 and an AUC of .80 to .87, and is not named."""
GREAT_SHARE, GREAT = 0.85, 0.9
"""So does one of such an AUC, whatever the others reach, for they may know the label too: the term of a loan
came to .98, the duration of a call to .95, and the future is rarely that plain."""
_BINS = 50
_FEWEST = 50  # rows of each class, below which rates mean nothing
_SMOOTHING = 5.0  # rows of the average rate that each bin begins with
_SALT = 977


def find_dominant(train: Path, config: ModelConfig) -> tuple[DominantColumn, ...]:
    """Return the features that nearly make up a model alone, the strongest first.

    :param train: the training set.
    :param config: the model's configuration; ``split.seed`` seeds the sample and the halves.
    :raises DataError: when the training set can't be read.
    """
    import numpy as np

    columns = (config.entity.column, *config.feature_names, config.target.column)
    table = read_columns(train, config, columns)
    place = hash_entities(table[config.entity.column].combine_chunks(), seed=config.split.seed + _SALT)
    chosen = place < ROWS / max(len(table), ROWS)
    target = to_numpy(table[config.target.column])[chosen]
    if min(int(target.sum()), len(target) - int(target.sum())) < _FEWEST:
        return ()
    half = np.searchsorted([0.5 * ROWS / max(len(table), ROWS)], place[chosen], side="right")
    codes = {
        name: _encode(table[name].combine_chunks().filter(chosen), numeric=name in config.features.numeric)
        for name in config.feature_names
    }
    alone = {name: _score_alone(values, target, half) for name, values in codes.items()}
    strong = sorted(
        (name for name in codes if alone[name] >= min(ALONE, GREAT)), key=lambda name: -alone[name]
    )
    if not strong:
        return ()
    whole = max(_score_together(list(codes.values()), target, half, config), *alone.values())
    found = []
    for name in strong:
        share = (alone[name] - 0.5) / (whole - 0.5)
        great = alone[name] >= GREAT and share >= GREAT_SHARE
        if not great and share < SHARE:
            continue
        others = [values for other, values in codes.items() if other != name]
        rest = _score_together(others, target, half, config) if others else 0.5
        if great or rest - 0.5 <= REST * (whole - 0.5):
            absent = np.isnan(codes[name])
            found.append(
                DominantColumn(
                    column=name,
                    auc=round(alone[name], 4),
                    rest=round(rest, 4),
                    share=round(share, 4),
                    missing=_score_alone(absent.astype(np.float64), target, half) >= alone[name] - 0.01,
                )
            )
    return tuple(found)


def warnings_of(dataset: Dataset, config: ModelConfig) -> list[str]:
    """Return a text that stands out in a log for each dominant column that nobody has allowed.

    :param dataset: the dataset's record.
    :param config: the model's configuration.
    """
    frame = "!" * 100
    return [
        f"{frame}\nWARNING dominant column {one.column}: {one.describe()};\n{one.remedy()}\n{frame}"
        for one in dataset.dominant
        if one.column not in config.features.allow_dominant
    ]


def _encode(values: pa.Array, *, numeric: bool) -> np.ndarray:
    """Return numbers, or the codes of categories, as float64 with NaN for what is missing."""
    if numeric:
        return to_numpy(values.fill_null(float("nan")))
    codes: np.ndarray = to_numpy(values.dictionary_encode().indices.fill_null(-1)).astype("float64")
    codes[codes < 0] = float("nan")
    return codes


def _score_alone(values: np.ndarray, target: np.ndarray, half: np.ndarray) -> float:
    """Return the AUC of one feature, as the mean over the halves, each scored by rates of the other."""
    import numpy as np

    known = values[~np.isnan(values)]
    distinct = np.unique(known)
    if len(distinct) > _BINS:
        distinct = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1), method="lower"))
    bins = np.where(np.isnan(values), len(distinct), np.searchsorted(distinct, values, side="right") - 1)
    scores = np.zeros(len(target))
    for fold in (0, 1):
        fitted, scored = half != fold, half == fold
        rows = np.bincount(bins[fitted], minlength=len(distinct) + 1)
        hits = np.bincount(bins[fitted], weights=target[fitted], minlength=len(distinct) + 1)
        average = hits.sum() / max(rows.sum(), 1)
        scores[scored] = ((hits + _SMOOTHING * average) / (rows + _SMOOTHING))[bins[scored]]
    return _mean_auc(scores, target, half)


def _score_together(
    columns: Sequence[np.ndarray], target: np.ndarray, half: np.ndarray, config: ModelConfig
) -> float:
    """Return the AUC of boosted trees on some features, as the mean over the halves."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    scores = np.zeros(len(target))
    for fold in (0, 1):
        known = [values for values in columns if not np.isnan(values[half != fold]).all()]
        if not known:
            return 0.5
        matrix = np.column_stack(known)
        trees = HistGradientBoostingClassifier(
            max_iter=60, max_leaf_nodes=15, early_stopping=False, random_state=config.split.seed
        )
        trees.fit(matrix[half != fold], target[half != fold])
        scores[half == fold] = trees.predict_proba(matrix[half == fold])[:, 1]
    return _mean_auc(scores, target, half)


def _mean_auc(scores: np.ndarray, target: np.ndarray, half: np.ndarray) -> float:
    """Return the mean AUC of the halves; 0.5 where a half has one class."""
    found = [measure("roc_auc", target[half == fold], scores[half == fold]) for fold in (0, 1)]
    return sum(0.5 if auc != auc else auc for auc in found) / 2  # noqa: PLR0124 - NaN
