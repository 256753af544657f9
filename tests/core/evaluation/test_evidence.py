"""How much a set of rows can tell, at the very limits."""

from __future__ import annotations

import numpy as np
import pytest

from include.evaluation.evidence import (
    EntityCount,
    count_entities,
    count_evidence,
    describe_entities,
    explain_agreement,
    explain_concentration,
    explain_scarcity,
)

pytestmark = pytest.mark.core


def labels(positives: int, negatives: int) -> np.ndarray:
    return np.repeat([1, 0], [positives, negatives]).astype(np.int8)


@pytest.mark.parametrize(
    ("positives", "negatives", "why"),
    [
        (10, 10, ""),
        (9, 10, "only 9 entities with a positive label, 10 needed"),
        (1, 10, "only 1 entity with a positive label, 10 needed"),
        (2, 0, "only 2 entities with a positive label and 0 entities with a negative label, 10 needed"),
        (0, 1, "only 0 entities with a positive label and 1 entity with a negative label, 10 needed"),
    ],
)
def test_ten_entities_of_either_class_are_needed(positives: int, negatives: int, why: str) -> None:
    assert explain_scarcity(count_evidence(labels(positives, negatives), None)) == why


def test_entities_count_and_not_rows_and_one_may_have_labels_of_both_kinds() -> None:
    groups = np.arange(40) // 2
    found = count_evidence(np.tile([1, 0], 20).astype(np.int8), groups)
    assert (found.everyone.entities, found.positives.entities, found.negatives.entities) == (20, 20, 20)
    alone = count_evidence(labels(20, 20), groups)
    assert (alone.everyone.entities, alone.positives.entities, alone.negatives.entities) == (20, 10, 10)


def test_numbers_without_rows_are_no_entities() -> None:
    found = count_evidence(labels(2, 2), np.array([5, 5, 7, 9]))
    assert (found.everyone.entities, found.everyone.alike) == (3, pytest.approx(16 / 6))
    assert (found.positives.entities, found.negatives.entities) == (1, 2)


@pytest.mark.parametrize(
    ("entities", "alike", "why"),
    [
        (20, 20.0, ""),
        (19, 19.0, "only 19 entities, 20 needed"),
        (
            21,
            19.94,
            "some of the 21 entities have so many of the rows that they count as 19.9, 20 needed",
        ),
    ],
)
def test_twenty_entities_are_needed_whatever_their_labels(entities: int, alike: float, why: str) -> None:
    assert explain_concentration(EntityCount(entities=entities, alike=alike)) == why


@pytest.mark.parametrize(
    ("parted", "why"),
    [
        (0, "no entity is decided differently, 10 needed"),
        (1, "only 1 entity is decided differently, 10 needed"),
        (2, "only 2 entities are decided differently, 10 needed"),
        (9, "only 9 entities are decided differently, 10 needed"),
        (10, ""),
    ],
)
def test_models_that_decide_alike_are_told_apart_by_ten_entities(parted: int, why: str) -> None:
    assert explain_agreement(parted) == why


def test_no_rows_are_of_nobody() -> None:
    assert count_entities(np.array([], dtype=np.int64)) == 0
    assert count_entities(np.array([3, 3, 5])) == 2
    assert describe_entities(np.zeros(4)) == EntityCount(entities=0, alike=0.0)
