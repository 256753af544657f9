"""The page for on-call lists what was tried, and nothing else."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from tests.integration.bad_inputs.documented import PAGE, check_documented, page, rows

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


def test_every_row_of_the_page_is_tried() -> None:
    files = (ROOT / "tests").rglob("test_*.py")
    tests = "".join(file.read_text(encoding="utf-8") for file in files)
    assert len(rows()) > 40
    assert [what for what in rows() if f'"{what}"' not in tests] == []


def test_the_page_is_the_one_that_make_docs_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize(
    ("what", "task", "printed", "says"),
    [
        ("full moon", "extract", "DataError: it is full", "has no row 'full moon'"),
        ("empty file", "train", "DataError: /accounts.csv: the file is empty", "is stopped by"),
        (
            "empty file",
            "extract",
            "DataError: /accounts.csv: nothing there",
            "'/accounts.csv: the file is empty",
        ),
    ],
)
def test_what_the_page_does_not_say_is_noticed(what: str, task: str, printed: str, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        check_documented(what, task, printed)
