"""What is measured in a stream, and the rows of one chunk of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.config.tasks import TASKS
from include.evaluation.streaming.bins import COARSE, FINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np

WHOLE = ""
"""The cut that leaves the whole set in one group."""
STREAMED_FROM = 1_000_000
"""Rows above which models are measured in chunks: the exact form sorts them all, and takes gigabytes."""
MOST_ROWS = 1 << 16
"""Rows of a chunk that are summed at a time: they stay in the cache, and sums of up to 2^19 are exact."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A way of cutting the rows into groups, each of which is measured for itself.

    :param groups: number of groups; each row belongs to one of them.
    :param metrics: what is measured in each group.
    :param shift: how fine the bins are, see :mod:`include.evaluation.streaming.bins`.
    """

    groups: int = 1
    metrics: tuple[str, ...] = TASKS["binary"].metrics
    shift: int = FINE


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is measured: the same for every chunk, worker and partition whose sums are added.

    :param models: names of the models, each of which has scored every row.
    :param cuts: cuts by name; one that is called :data:`WHOLE` has a single group.
    :param pairs: pairs of models of which it is counted how many rows they decide differently.
    :param heaviest: the largest weight of a row in the whole stream; None where all rows count the same.
    """

    models: tuple[str, ...]
    cuts: Mapping[str, Cut] = field(default_factory=lambda: {WHOLE: Cut()})
    pairs: tuple[tuple[str, str], ...] = ()
    heaviest: float | None = None

    def each(self) -> Iterator[tuple[str, Cut, str]]:
        """Yield the name of each cut, the cut and a model, for every combination."""
        for name, cut in self.cuts.items():
            for model in self.models:
                yield name, cut, model

    @classmethod
    def of(
        cls,
        models: tuple[str, ...],
        slices: Mapping[str, int],
        primary: str,
        heaviest: float | None = None,
    ) -> Plan:
        """Return the plan of an evaluation: all metrics on the whole set, the primary one on each slice.

        :param models: names of the models; each is paired with the first.
        :param slices: number of groups of each column that cuts the set into slices.
        :param primary: the primary metric.
        :param heaviest: the largest weight of a row; None where all count the same.
        """
        narrow = {
            name: Cut(groups=groups, metrics=(primary,), shift=COARSE) for name, groups in slices.items()
        }
        pairs = tuple((models[0], other) for other in models[1:])
        return cls(models=models, cuts={WHOLE: Cut(), **narrow}, pairs=pairs, heaviest=heaviest)

    def to_plain(self) -> dict[str, Any]:
        """Return plain JSON values, which say whether two sums are of the same plan."""
        cuts = {name: [one.groups, list(one.metrics), one.shift] for name, one in self.cuts.items()}
        plain = {"models": list(self.models), "cuts": cuts, "pairs": [list(pair) for pair in self.pairs]}
        return plain if self.heaviest is None else plain | {"heaviest": self.heaviest}


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some rows of the stream.

    :param target: 0 or 1 of shape (m,).
    :param scores: probabilities of class 1 by model, float64 of shape (m,).
    :param buckets: bucket of each row's entity (:func:`include.evaluation.buckets.assign_buckets`), shape
        (m,); a first pass needs none.
    :param groups: number of each row's group by cut, integers of shape (m,); :data:`WHOLE` needs none.
    :param weights: how much each row counts, 0 or more, float64 of shape (m,); None where the plan knows of
        none.
    """

    target: np.ndarray
    scores: Mapping[str, np.ndarray]
    buckets: np.ndarray | None = None
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.target)

    def pieces(self) -> Iterator[Chunk]:
        """Yield the rows again, at most :data:`MOST_ROWS` at a time."""
        for start in range(0, len(self), MOST_ROWS):
            rows = slice(start, start + MOST_ROWS)
            yield Chunk(
                target=self.target[rows],
                scores={name: values[rows] for name, values in self.scores.items()},
                buckets=None if self.buckets is None else self.buckets[rows],
                groups={name: values[rows] for name, values in self.groups.items()},
                weights=None if self.weights is None else self.weights[rows],
            )
