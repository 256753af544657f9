"""A share of ``make bench-luck``: models without any merit, led through the evaluation and the gate."""

from __future__ import annotations

import pytest

from benchmarks.luck import SCENES, Cell, count_promotions

pytestmark = pytest.mark.core

TRIES = 60


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("cell", [Cell(50, 0.5, 1), Cell(100, 0.5, 5), Cell(300, 0.1, 1)], ids=str)
def test_luck_promotes_nobody(scene, cell):
    """Of 60 tries 1.5 are 2.5 %; more than 5 come of that once in 250 times, and the draws are fixed."""
    assert count_promotions(SCENES[scene], cell, TRIES) <= 5
