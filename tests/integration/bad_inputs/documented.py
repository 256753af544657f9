"""The table of docs/bad-input.md, which holds what is really printed: the tests compare."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "bad-input.md"


@dataclass(frozen=True)
class Row:
    """One row.

    :param tasks: the tasks that stop it.
    :param printed: pieces of the message in their order; what is left out stands between them.
    """

    tasks: tuple[str, ...]
    printed: tuple[str, ...]


@cache
def rows() -> dict[str, Row]:
    """Return the rows by what comes in."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 4 and cells[2].startswith("`"):
            tasks = tuple(task.strip(" `") for task in cells[1].split(","))
            found[cells[0]] = Row(tasks, tuple(piece.strip() for piece in cells[2].strip("`").split("…")))
    return found


def check_documented(what: str, task: str, printed: str) -> None:
    """Compare what a task printed with the row that a reader of the page finds.

    :param what: the row's first cell.
    :param task: the task that failed.
    :param printed: class and message of its error, on one line.
    """
    assert what in rows(), f"docs/bad-input.md has no row {what!r}: {task} printed {printed}"
    row, place = rows()[what], 0
    assert task in row.tasks, f"docs/bad-input.md says that {what!r} is stopped by {row.tasks}, not {task}"
    for piece in row.printed:
        found = printed.find(piece, place)
        assert found >= 0, f"docs/bad-input.md says of {what!r}: {piece!r}; {task} printed {printed}"
        place = found + len(piece)
