"""Rows of one entity are one observation, however many they are."""

from __future__ import annotations

import numpy as np
import pytest

from include.evaluation.influence import measure_gain
from include.evaluation.interval import count_alike, gain_interval
from include.evaluation.trivial import compare_with_trivial

pytestmark = pytest.mark.core

ROWS, TRIES = 400, 100


def heavy(share, entities):
    """Return the entity of each row where some entities share a part of all rows, and the others have one."""
    own = int(ROWS * share / entities)
    first = np.repeat(np.arange(entities), own)
    return np.concatenate([first, entities + np.arange(ROWS - len(first))])


def draw(rng, groups):
    """Return a value per row, most of which its entity decides."""
    return 0.9 * rng.normal(size=ROWS)[groups] + 0.4 * rng.normal(size=ROWS)


@pytest.mark.parametrize(("share", "entities"), [(0.5, 1), (0.9, 1), (0.8, 4)])
@pytest.mark.parametrize("metric", ["roc_auc", "log_loss"])
def test_an_entity_with_half_of_all_rows_tells_nothing(share, entities, metric):
    """It moves every mean towards itself, and so hides how far it lies off."""
    groups, rng = heavy(share, entities), np.random.default_rng(3)
    told = 0
    for _ in range(TRIES):
        target = (draw(rng, groups) < -0.5).astype(np.int8)
        one, other = (1 / (1 + np.exp(0.8 - draw(rng, groups))) for _ in range(2))
        gain = measure_gain(metric, target, one, other)
        found = gain_interval(metric, gain, target, groups, 0.95, differs=(one > 0.5) != (other > 0.5))
        trivial = compare_with_trivial(metric, target, one, groups, base_rate=0.3, confidence=0.95)
        told += bool(found.low > 0) + bool(trivial.low > 0)
    assert told <= 2


def test_it_is_said_why():
    groups = heavy(0.5, 1)
    target = (np.arange(ROWS) % 3 == 0).astype(np.int8)
    scores = np.linspace(0.1, 0.9, ROWS)
    gain = measure_gain("roc_auc", target, scores, scores[::-1])
    found = gain_interval("roc_auc", gain, target, groups, 0.95, differs=np.ones(ROWS, dtype=bool))
    assert found.note == (
        "some entities have so many of the rows with a positive label that these count as 3.9 entities, "
        "10 needed"
    )


@pytest.mark.parametrize(
    ("groups", "alike"), [(np.arange(50), 50), (np.arange(50) // 5, 10), (heavy(0.5, 1), 4)]
)
def test_entities_of_equal_size_count_as_themselves(groups, alike):
    assert count_alike(groups) == pytest.approx(alike, rel=0.02)
