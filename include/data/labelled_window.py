"""What a run has to train and to evaluate on: partitions, rows, classes and entities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from include.data.maturity import due_date
from include.data.targets import TARGETS

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
    :param classes: rows of each class; none where the target is a number.
    :param entities: distinct entities with a row of each class: rows of one entity repeat each other.
    """

    rows: int
    classes: tuple[int, ...]
    entities: tuple[int, ...]


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


def count_rows(parts: Sequence[LabelledRows], config: ModelConfig) -> Figures:
    """Return how much the rows of some partitions say together.

    :param parts: the rows.
    :param config: the model's configuration, whose task and target say which classes there are.
    """
    labels = range(len(TARGETS[config.task].classes(config)))
    return Figures(
        rows=sum(len(part.targets) for part in parts),
        classes=tuple(sum(int((part.targets == label).sum()) for part in parts) for label in labels),
        entities=tuple(_entities(part.pick(part.targets == label) for part in parts) for label in labels),
    )


def is_enough(test: Figures, config: ModelConfig) -> bool:
    """Tell whether a test set is large enough to evaluate on.

    :param test: its figures.
    :param config: the model's configuration, whose ``gate`` says how much it takes.
    """
    enough = all(entities >= config.gate.min_positives for entities in test.entities)
    return test.rows >= config.gate.min_rows and enough


def next_due(window: Window, config: ModelConfig) -> str | None:
    """Return the ISO date on which the labels of the next partition are due; None when none waits."""
    dates = (due_date(seen.partition, config) for seen in window.coverage if seen.left_out)
    return min((day for day in dates if day > window.as_of), default=None)


def _entities(parts: Iterable[LabelledRows]) -> int:
    """Count distinct entities."""
    arrays = [part.entities for part in parts]
    return int(pc.count_distinct(pa.chunked_array(arrays)).as_py()) if arrays else 0
