"""Comparisons that rounding does not decide."""

from __future__ import annotations

import math

import pytest

from include.rounding import exceeds, reaches

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("value", "limit"),
    [(0.1 + 0.2, 0.3), (0.3, 0.1 + 0.2), (0.9 - 0.88, 0.02), (0.15 - 0.1, 0.05), (2.0, 2.0)],
)
def test_figures_that_differ_by_rounding_are_the_same(value: float, limit: float) -> None:
    assert not exceeds(value, limit)
    assert reaches(value, limit)


@pytest.mark.parametrize(
    ("more", "less"), [(0.3 + 1e-11, 0.3), (math.inf, 3.0), (0.0, -math.inf), (0.0, -1e-11)]
)
def test_figures_that_differ_by_more_are_not(more: float, less: float) -> None:
    assert exceeds(more, less)
    assert reaches(more, less)
    assert not exceeds(less, more)
    assert not reaches(less, more)


def test_infinite_figures_reach_each_other() -> None:
    assert reaches(math.inf, math.inf)
    assert not exceeds(math.inf, math.inf)


@pytest.mark.parametrize(("value", "limit"), [(math.nan, 0.0), (0.0, math.nan), (math.nan, math.inf)])
def test_what_is_not_defined_compares_as_false(value: float, limit: float) -> None:
    assert not exceeds(value, limit)
    assert not reaches(value, limit)
