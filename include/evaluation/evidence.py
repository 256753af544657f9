"""How much a set of rows can tell: independent entities of either class, and rows that two models part on.

Below ten entities of either class no method is honest, and the result is inconclusive. Nor is any where a few
entities hold most of the rows: they count as the number of equal ones that would say as much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST_ENTITIES = 10


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
    :param positives: those with a positive label.
    :param negatives: those with a negative label.
    """

    everyone: EntityCount
    positives: EntityCount
    negatives: EntityCount


@dataclass(frozen=True, kw_only=True, eq=False)
class EntityRows:
    """How many rows each entity has.

    :param sizes: of shape (g,).
    :param positives: those of class 1, float64 of shape (g,).
    """

    sizes: np.ndarray
    positives: np.ndarray

    @property
    def evidence(self) -> Evidence:
        """What the rows can tell."""
        return Evidence(
            everyone=describe_entities(self.sizes),
            positives=describe_entities(self.positives),
            negatives=describe_entities(self.sizes - self.positives),
        )


def count_rows(target: np.ndarray, groups: np.ndarray | None) -> EntityRows:
    """Return how many rows each entity has.

    :param target: 0 or 1 of shape (n,).
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,), of which not all need
        occur; None where each row is one of its own.
    """
    if groups is None:
        return EntityRows(sizes=np.ones(len(target), dtype=np.int64), positives=target.astype(np.float64))
    sizes = np.bincount(groups)
    positives = np.bincount(groups[target == 1], minlength=len(sizes))
    return EntityRows(sizes=sizes, positives=positives.astype(np.float64))


def count_evidence(target: np.ndarray, groups: np.ndarray | None) -> Evidence:
    """Return what a set of rows can tell.

    :param target: 0 or 1 of shape (n,).
    :param groups: as for :func:`count_rows`.
    """
    return count_rows(target, groups).evidence


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


def count_alike(groups: np.ndarray) -> float:
    """Return how many entities of equally many rows would say as much (Kish 1965, "Survey Sampling").

    One entity with half of all rows moves every mean towards itself, and so hides how far it lies off: noise
    was distinguished from chance in 12 of a hundred trials, and two equal models from each other in up to 43.

    :param groups: number of each row's entity, integers of shape (n,), at least one.
    """
    return describe_entities(np.bincount(groups)).alike


def explain_scarcity(evidence: Evidence) -> str:
    """Return why a set of rows is too small to tell anything, or nothing when it is not.

    :param evidence: what it holds.
    """
    classes = {"a positive": evidence.positives, "a negative": evidence.negatives}
    few = [
        f"{one.entities} {'entity' if one.entities == 1 else 'entities'} with {name} label"
        for name, one in classes.items()
        if one.entities < FEWEST_ENTITIES
    ]
    if few:
        return f"only {' and '.join(few)}, {FEWEST_ENTITIES} needed"
    for name, one in classes.items():
        if one.alike < FEWEST_ENTITIES:
            return (
                f"some entities have so many of the rows with {name} label that these count as "
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
