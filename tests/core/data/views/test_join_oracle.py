"""Joined values are those of a search through all values, row by row."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, strategies

from include.data.views.join import join_views
from tests.core.data.views.worlds import World, expected, random_world

pytestmark = pytest.mark.core

# Each world has 13 rows on average: `make properties` compares about 130,000 of them.


@given(strategies.integers(0, 2**63 - 1))
def test_each_row_gets_the_newest_value_that_was_known(seed: int) -> None:
    world = random_world(seed)
    with tempfile.TemporaryDirectory() as folder:
        found = joined(world, Path(folder))

    wanted = expected(world)
    assert len(found) == len(wanted)
    for number, (row, values) in enumerate(zip(found, wanted, strict=True)):
        for name, value in values.items():
            got = row[f"crm__{name}"]
            assert got == value or math.isclose(got, value, abs_tol=1e-9), (seed, number, name, got, value)


def joined(world: World, folder: Path, budget: int = 600) -> list[dict[str, object]]:
    """Return the rows of a world with their view."""
    rows, paths = world.write(folder)
    join_views(rows, folder / "joined.parquet", world.config, {"crm": paths}, scratch=folder, budget=budget)
    return list(pq.ParquetFile(folder / "joined.parquet").read().to_pylist())
