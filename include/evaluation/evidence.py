"""How much a set of rows can tell: independent entities of either class, and rows that two models part on.

Below ten entities of either class no method is honest, and the result is inconclusive. Nor is any where a few
entities hold most of the rows: they count as the number of equal ones that would say as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.data.weights import count_equivalent, relative_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FEWEST_ENTITIES = 10
POSITIVE, NEGATIVE = "a positive label", "a negative label"  # the two classes, in sentences
_TWO = 2
_DIGITS = 9  # equal entities count as exactly as many as there are, whatever rounding does to their sums


@dataclass(frozen=True, kw_only=True)
class EntityCount:
    """How many entities there are, of one class or of all.

    :param entities: how many there are.
    :param alike: how many of equally many rows would say as much, see :func:`count_alike`.
    """

    entities: int
    alike: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a set of rows can tell.

    :param everyone: all entities.
    :param classes: those with a label of each class, as sentences name it: ``a positive label``; empty where
        the target is a number.
    """

    everyone: EntityCount
    classes: Mapping[str, EntityCount]

    @property
    def positives(self) -> EntityCount:
        """Those with a positive label, where there are two classes."""
        return self.classes[POSITIVE]

    @property
    def negatives(self) -> EntityCount:
        """Those with a negative label, where there are two classes."""
        return self.classes[NEGATIVE]


@dataclass(frozen=True, kw_only=True, eq=False)
class EntityRows:
    """How many rows each entity has.

    :param sizes: of shape (g,); what they weigh where rows have weights, of mean 1.
    :param classes: those of each class, float64 of shape (g,) each, by its name in sentences; empty where the
        target is a number.
    """

    sizes: np.ndarray
    classes: Mapping[str, np.ndarray]

    @property
    def positives(self) -> np.ndarray:
        """Those of class 1, where there are two classes, float64 of shape (g,)."""
        return self.classes[POSITIVE]

    @property
    def evidence(self) -> Evidence:
        """What the rows can tell."""
        describe = describe_weights if self.sizes.dtype.kind == "f" else describe_entities
        return Evidence(
            everyone=describe(self.sizes),
            classes={name: describe(sizes) for name, sizes in self.classes.items()},
        )


def count_rows(
    target: np.ndarray, groups: np.ndarray | None, weights: np.ndarray | None = None
) -> EntityRows:
    """Return how many rows each entity has, of two classes.

    :param target: 0 or 1 of shape (n,).
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,), of which not all need
        occur; None where each row is one of its own.
    :param weights: how much each row counts, above 0, float64 of shape (n,), in whatever unit; None where all
        count the same.
    """
    if weights is not None:
        return count_rows_of_classes(target, groups, (NEGATIVE, POSITIVE), weights)
    sizes = _sizes(target, groups)
    positives: np.ndarray
    if groups is None:
        positives = target.astype(np.float64)
    else:
        positives = np.bincount(groups[target == 1], minlength=len(sizes)).astype(np.float64)
    return EntityRows(sizes=sizes, classes={POSITIVE: positives, NEGATIVE: sizes - positives})


def _sizes(target: np.ndarray, groups: np.ndarray | None, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the rows of each entity, or what they weigh, of shape (g,)."""
    if weights is None:
        return np.ones(len(target), dtype=np.int64) if groups is None else np.bincount(groups)
    relative = relative_weights(weights)
    return relative if groups is None else np.bincount(groups, weights=relative)


def count_rows_of_classes(
    target: np.ndarray, groups: np.ndarray | None, names: Sequence[str], weights: np.ndarray | None = None
) -> EntityRows:
    """Return how many rows each entity has, of each of some classes.

    :param target: number of each row's class, integers 0 ... k - 1 of shape (n,).
    :param groups: as for :func:`count_rows`.
    :param names: the k classes, as sentences name them.
    :param weights: as for :func:`count_rows`.
    """
    sizes, classes = _sizes(target, groups, weights), {}
    each = 1.0 if weights is None else relative_weights(weights)
    for label, name in enumerate(names):
        own = (target == label) * each
        classes[name] = own if groups is None else np.bincount(groups, weights=own, minlength=len(sizes))
    return EntityRows(sizes=sizes, classes=classes)


def count_rows_of_numbers(
    target: np.ndarray, groups: np.ndarray | None, weights: np.ndarray | None = None
) -> EntityRows:
    """Return how many rows each entity has, where the target is a number.

    :param target: of shape (n,).
    :param groups: as for :func:`count_rows`.
    :param weights: as for :func:`count_rows`.
    """
    return EntityRows(sizes=_sizes(target, groups, weights), classes={})


def count_evidence(
    target: np.ndarray, groups: np.ndarray | None, weights: np.ndarray | None = None
) -> Evidence:
    """Return what a set of rows can tell.

    :param target: 0 or 1 of shape (n,).
    :param groups: as for :func:`count_rows`.
    :param weights: as for :func:`count_rows`.
    """
    return count_rows(target, groups, weights).evidence


def describe_entities(sizes: np.ndarray) -> EntityCount:
    """Return how many entities there are.

    :param sizes: rows of each, of shape (g,); who has none is not counted.
    """
    entities = int(np.count_nonzero(sizes))
    if not entities:
        return EntityCount(entities=0, alike=0.0)
    rows = sizes.astype(np.int64)
    # Whole numbers, divided once: equal entities count as exactly as many as there are.
    alike = int(rows.sum()) ** 2 / int(np.einsum("i,i->", rows, rows))
    return EntityCount(entities=entities, alike=alike)


def describe_weights(weights: np.ndarray) -> EntityCount:
    """Return how many entities there are, and how many of equal weight would say as much.

    :param weights: what the rows of each weigh, float64 of shape (g,); who weighs nothing is not counted.
    """
    alike = round(count_equivalent(weights), _DIGITS)
    return EntityCount(entities=int(np.count_nonzero(weights)), alike=alike)


def count_alike(groups: np.ndarray) -> float:
    """Return how many entities of equally many rows would say as much (Kish 1965, "Survey Sampling").

    One entity with half of all rows moves every mean towards itself, and so hides how far it lies off: noise
    was distinguished from chance in 12 of a hundred trials, and two equal models from each other in up to 43.

    :param groups: number of each row's entity, integers of shape (n,), at least one.
    """
    return describe_entities(np.bincount(groups)).alike


def explain_scarcity(evidence: Evidence, *, by_class: bool = True) -> str:
    """Return why a set of rows is too small to tell anything, or nothing when it is not.

    :param evidence: what it holds.
    :param by_class: whether each class must have entities enough; two are enough for a figure that is a mean
        over all rows.
    """
    classes = dict(evidence.classes)
    if not by_class:
        largest = sorted(classes, key=lambda name: classes[name].alike, reverse=True)[:_TWO]
        classes = {name: one for name, one in classes.items() if name in largest}
    few = [
        f"{one.entities} {'entity' if one.entities == 1 else 'entities'} with {name}"
        for name, one in classes.items()
        if one.entities < FEWEST_ENTITIES
    ]
    if few:
        return f"only {' and '.join(few)}, {FEWEST_ENTITIES} needed"
    for name, one in classes.items():
        if one.alike < FEWEST_ENTITIES:
            return (
                f"some entities have so many of the rows with {name} that these count as "
                f"{one.alike:.1f} entities, {FEWEST_ENTITIES} needed"
            )
    return ""


def explain_concentration(everyone: EntityCount) -> str:
    """Return why there are too few entities, whatever their class, or nothing when there are not.

    :param everyone: all entities.
    """
    needed = 2 * FEWEST_ENTITIES
    if everyone.entities < needed:
        return f"only {everyone.entities} entities, {needed} needed"
    if everyone.alike < needed:
        return (
            f"some of the {everyone.entities} entities have so many of the rows that they count as "
            f"{everyone.alike:.1f}, {needed} needed"
        )
    return ""


def explain_agreement(parted: int) -> str:
    """Return why two models decide too much alike to be told apart, or nothing when they don't.

    For a metric that counts decisions, such as the accuracy, rows on which both decide the same say nothing;
    that none was found among these rows does not make the difference zero.

    :param parted: how many entities have rows about which the models decide differently.
    """
    if parted >= FEWEST_ENTITIES:
        return ""
    what = "entities are" if parted > 1 else "entity is"
    return f"{f'only {parted}' if parted else 'no'} {what} decided differently, {FEWEST_ENTITIES} needed"


def count_entities(groups: np.ndarray) -> int:
    """Return how many entities some rows are of.

    :param groups: number of each row's entity, integers of shape (n,).
    """
    return int(np.count_nonzero(np.bincount(groups))) if len(groups) else 0
