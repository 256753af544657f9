"""The product does in each scenario exactly what docs/scenarios.md says."""

from __future__ import annotations

import os

import pytest

from include.replay.cache import Cache
from tests.core.scenarios.documented import PAGE, expected, page, scenarios
from tests.core.scenarios.plan import Plan
from tests.core.scenarios.stories import STORIES
from tests.core.scenarios.walk import walk
from tests.core.scenarios.world import DELAY, Law, draw

# In its quiet world luck comes to 3.3 standard errors: a gate that asks for less promotes.
FIRST_SEED = 5

pytestmark = [pytest.mark.core, pytest.mark.long, pytest.mark.no_cover]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every scenario with as many seeds as are asked for."""
    if "seed" in metafunc.fixturenames:
        worlds = metafunc.config.getoption("--scenario-seeds")
        seeds = sorted(range(1, max(worlds, FIRST_SEED) + 1), key=lambda seed: seed != FIRST_SEED)
        metafunc.parametrize("seed", seeds[:worlds], scope="module")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory, seed: int) -> Cache:
    """What the scenarios of a seed have in common is computed once, also where workers run side by side."""
    base = tmp_path_factory.getbasetemp()
    return Cache((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"scenarios-{seed}")


# Played by `make scenarios` only: CI has another story of the same kind.
LONG = {
    "quiet world trained every day",
    "label shift",
    "category spelled otherwise",
    "benign covariate shift",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.full) if name in LONG else name for name in STORIES]
)
def test_what_happens_is_what_the_page_says(name: str, seed: int, cache: Cache) -> None:
    assert walk(name, seed, cache) == expected(name)


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_page_has_every_scenario() -> None:
    assert [*scenarios()] == [*STORIES]


def test_days_under_the_same_law_are_the_same() -> None:
    assert draw(3, 5, Law()).equals(draw(3, 5, Law()))
    assert not draw(3, 5, Law()).equals(draw(4, 5, Law()))


@pytest.mark.parametrize("name", STORIES)
def test_nothing_comes_before_its_day(name: str) -> None:
    plan = Plan(seed=1)
    STORIES[name](plan)
    for one in plan.arrivals():
        assert one.on >= one.partition


def test_labels_come_after_the_delay() -> None:
    labels = [one for one in Plan(seed=1).arrivals() if one.table == "labels"]
    first = min(labels, key=lambda one: one.partition)
    assert first.partition == f"2030-01-{DELAY + 1:02}"
