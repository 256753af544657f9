"""Find features that nearly make up a model alone: they may know the label instead of foretelling it.

The duration of a call that ended in a sale, the term of a loan that was written off: such columns are filled
in once the outcome is known. Training and test have them, production has not, and no split by entity and time
shows it (Kaufman, Rosset and Perlich 2012, "Leakage in data mining", ACM TKDD 6). What shows is that one
column does nearly all of the work.

Each feature is scored alone (:mod:`include.data.power`). One that reaches much alone is held against a
model of all features and one of all others; features that each do nearly all of the work say the same, so
none of them counts among the others of another. A leak that began with the newest partition is thin in the
whole training set, so that partition is looked at by itself too. On large training sets a sample of entities
is looked at, which is enough for differences of this size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from include.data.arrow_numpy import to_mask
from include.data.dominant_column import DominantColumn
from include.data.power.base import CHANCE
from include.data.power.columns import Columns
from include.data.read_snapshot import read_columns
from include.data.splits import hash_entities

if TYPE_CHECKING:
    from pathlib import Path

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
JUMP = 0.15
"""In the newest partition a feature is named that reaches ALONE there, and so much more than before: that is
four standard errors where each class has fifty rows."""
_FEWEST = 50  # rows of each class, below which rates mean nothing
_SALT = 977


def find_dominant(train: Path, config: ModelConfig) -> tuple[DominantColumn, ...]:
    """Return the features that nearly make up a model alone, the strongest first.

    Those that foretell so much in the newest partition only come last.

    :param train: the training set.
    :param config: the model's configuration; ``split.seed`` seeds the sample and the halves.
    :raises DataError: when the training set can't be read.
    """
    partition = config.partition_column
    columns = (config.entity.column, partition, *config.feature_names, config.target.column)
    table = read_columns(train, config, columns)
    found = _find_in_all(_sample(table, config), config)
    newest = pc.max(table[partition])
    latest = pc.equal(table[partition], newest)
    before = table.filter(pc.invert(latest))
    if not len(before):
        return found
    begun = _find_begun(
        _sample(table.filter(latest), config),
        _sample(before, config),
        config,
        partition=newest.as_py().isoformat(),
        known={one.column for one in found},
    )
    return found + begun


def _sample(table: pa.Table, config: ModelConfig) -> Columns:
    """Return about :data:`ROWS` rows, as whole entities, in two halves."""
    place = hash_entities(table[config.entity.column].combine_chunks(), seed=config.split.seed + _SALT)
    share = ROWS / max(len(table), ROWS)
    chosen = place < share
    half = np.searchsorted([0.5 * share], place[chosen], side="right")
    return Columns.read(table.filter(to_mask(chosen)), half, config)


def _find_in_all(rows: Columns, config: ModelConfig) -> tuple[DominantColumn, ...]:
    """Return the features that dominate the whole training set, the strongest first."""
    if rows.fewest < _FEWEST:
        return ()
    alone = {name: rows.score_alone(name) for name in rows.codes}
    strong = sorted((name for name in alone if alone[name] >= min(ALONE, GREAT)), key=lambda one: -alone[one])
    if not strong:
        return ()
    whole = max(rows.score_together(rows.codes, seed=config.split.seed), *alone.values())
    share = {name: (alone[name] - CHANCE) / (whole - CHANCE) for name in strong}
    full = {name for name in strong if share[name] >= SHARE}
    found = []
    for name in strong:
        great = alone[name] >= GREAT and share[name] >= GREAT_SHARE
        if not great and name not in full:
            continue
        others = rows.codes.keys() - {name} - full
        rest = rows.score_together([one for one in rows.codes if one in others], seed=config.split.seed)
        if great or rest - CHANCE <= REST * (whole - CHANCE):
            found.append(_describe(rows, name, alone[name], whole, rest, alike=sorted(full - {name})))
    return tuple(found)


def _find_begun(
    rows: Columns, before: Columns, config: ModelConfig, *, partition: str, known: set[str]
) -> tuple[DominantColumn, ...]:
    """Return the features that foretell much in the newest partition and did not before it."""
    if min(rows.fewest, before.fewest) < _FEWEST:
        return ()
    alone = {name: rows.score_alone(name) for name in rows.codes if name not in known}
    begun = {
        name: auc for name, auc in alone.items() if auc >= ALONE and auc - before.score_alone(name) >= JUMP
    }
    if not begun:
        return ()
    seed = config.split.seed
    whole = max(rows.score_together(rows.codes, seed=seed), *begun.values())
    rest = rows.score_together([name for name in rows.codes if name not in begun], seed=seed)
    return tuple(
        _describe(rows, name, auc, whole, rest, alike=sorted(begun.keys() - {name}), partition=partition)
        for name, auc in sorted(begun.items(), key=lambda one: -one[1])
    )


def _describe(
    rows: Columns, name: str, auc: float, whole: float, rest: float, *, alike: list[str], partition: str = ""
) -> DominantColumn:
    return DominantColumn(
        column=name,
        auc=round(auc, 4),
        rest=round(rest, 4),
        share=round((auc - CHANCE) / (whole - CHANCE), 4),
        missing=rows.score_alone(name, absence=True) >= auc - 0.01,
        alike=tuple(alike),
        partition=partition,
        scale=rows.power.scale,
    )


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
