"""One file that holds all partitions: rows on no day that can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.errors import DataError
from tests.world.one_file import USUAL, in_one_file

if TYPE_CHECKING:
    from tests.integration.bad_inputs.conftest import Refusal
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


def test_rows_on_no_day_that_can_be_are_refused(world: World, refused: Refusal) -> None:
    world.edit((USUAL, in_one_file(world.source)))
    file = world.source / "accounts.csv"
    fine = file.read_text().splitlines()
    at = fine[0].split(",").index("as_of")
    for what, day, says in (
        ("row without a day in a file of all partitions", "", "line 3"),
        ("row of 1970 in a file of all partitions", "1970-01-01", "line 3"),
        ("row of the future in a file of all partitions", "2999-12-31", "line 3"),
        ("time with a zone among days in a file of all partitions", "2005-05-31T10:00:00Z", "zone"),
    ):
        cells = fine[2].split(",")
        cells[at] = day
        file.write_text("\n".join([*fine[:2], ",".join(cells), *fine[3:]]) + "\n")
        refused(what, world.pipeline(), "extract", DataError, "accounts.csv", says)


def test_a_file_without_the_column_that_it_is_cut_by_is_refused(world: World, refused: Refusal) -> None:
    lines = in_one_file(world.source)
    world.edit((USUAL, lines.replace("as_of", "posted_on")))
    what = "file of all partitions without its day column"
    refused(what, world.pipeline(), "extract", DataError, "accounts.csv", "posted_on")
