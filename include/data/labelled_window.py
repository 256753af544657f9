"""What a run has to train and to evaluate on: partitions, rows, classes and entities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from include.data.maturity import due_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Coverage
    from include.data.labelled_rows import LabelledRows
    from include.data.splits import Holdout


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How much some rows say.

    :param rows: the rows.
    :param positives: those of class 1.
    :param positive_entities: distinct entities with a row of class 1: rows of one entity repeat each other.
    :param negative_entities: distinct entities with a row of class 0.
    """

    rows: int
    positives: int
    positive_entities: int
    negative_entities: int


@dataclass(frozen=True, kw_only=True)
class Window:
    """What a run has to train and to evaluate on.

    :param as_of: ISO date whose knowledge is used.
    :param train: partitions to train on, oldest first; those of the smallest test set where no test set is
        enough.
    :param test: partitions to test on, oldest first.
    :param trained: figures of the training rows.
    :param tested: figures of the test rows.
    :param coverage: how far labels are known, of every partition looked at, oldest first.
    :param full: whether there are as many labelled partitions as ``window.partitions`` allows.
    :param empty: features without any value in the partitions to train on.
    :param champion_holdout: whom the champion's training left out, where that is another holdout.
    """

    as_of: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    trained: Figures
    tested: Figures
    coverage: tuple[Coverage, ...]
    full: bool
    empty: tuple[str, ...] = ()
    champion_holdout: Holdout | None = None


def count_rows(parts: Sequence[LabelledRows]) -> Figures:
    """Return how much the rows of some partitions say together."""
    return Figures(
        rows=sum(len(part.targets) for part in parts),
        positives=sum(int(part.targets.sum()) for part in parts),
        positive_entities=_entities(part.pick(part.targets == 1) for part in parts),
        negative_entities=_entities(part.pick(part.targets == 0) for part in parts),
    )


def is_enough(test: Figures, config: ModelConfig) -> bool:
    """Tell whether a test set is large enough to evaluate on.

    :param test: its figures.
    :param config: the model's configuration, whose ``gate`` says how much it takes.
    """
    fewest = min(test.positive_entities, test.negative_entities)
    return test.rows >= config.gate.min_rows and fewest >= config.gate.min_positives


def next_due(window: Window, config: ModelConfig) -> str | None:
    """Return the ISO date on which the labels of the next partition are due; None when none waits."""
    dates = (due_date(seen.partition, config) for seen in window.coverage if seen.left_out)
    return min((day for day in dates if day > window.as_of), default=None)


def _entities(parts: Iterable[LabelledRows]) -> int:
    """Count distinct entities."""
    arrays = [part.entities for part in parts]
    return int(pc.count_distinct(pa.chunked_array(arrays)).as_py()) if arrays else 0
