"""What docs/bad-input.md says: kept in catalogue.yaml, compared by the tests with what is really printed.

``python -m tests.integration.bad_inputs.documented`` (``make docs``) writes the page anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "bad-input.md"
CATALOGUE = Path(__file__).with_name("catalogue.yaml")
_HEADER = "| what comes in | what stops it | what it says | what to do |\n|---|---|---|---|"


@dataclass(frozen=True)
class Row:
    """One row.

    :param tasks: the tasks, or the command, that stop it.
    :param printed: pieces of the message in their order; what is left out stands between them.
    """

    tasks: tuple[str, ...]
    printed: tuple[str, ...]


@cache
def catalogue() -> dict[str, Any]:
    """Return the content of the page: title, text, and sections with their rows."""
    content: dict[str, Any] = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return content


@cache
def rows() -> dict[str, Row]:
    """Return the rows by what comes in."""
    found: dict[str, Row] = {}
    for section in catalogue()["sections"]:
        for row in section["rows"]:
            assert row["what"] not in found, f"{CATALOGUE.name} has two rows {row['what']!r}"
            pieces = tuple(piece.strip() for piece in row["printed"].split("…"))
            found[row["what"]] = Row(tuple(row["tasks"]), pieces)
    return found


def page() -> str:
    """Return docs/bad-input.md as it has to be."""
    blocks = [f"# {catalogue()['title']}\n\n<!-- Written by `make docs` from {_source()} -->"]
    blocks.append(catalogue()["text"].strip())
    for section in catalogue()["sections"]:
        table = "\n".join([_HEADER, *(_line(row) for row in section["rows"])])
        blocks.append("\n".join(filter(None, [f"## {section['title']}", section.get("text", "").strip()])))
        blocks.append(table)
    return "\n\n".join(blocks) + "\n"


def check_documented(what: str, task: str, printed: str) -> None:
    """Compare what a task printed with the row that a reader of the page finds.

    :param what: the row's first cell.
    :param task: the task that failed.
    :param printed: class and message of its error, on one line.
    """
    assert what in rows(), f"{CATALOGUE.name} has no row {what!r}: {task} printed {printed}"
    row, place = rows()[what], 0
    assert task in row.tasks, f"{CATALOGUE.name} says that {what!r} is stopped by {row.tasks}, not {task}"
    for piece in row.printed:
        found = printed.find(piece, place)
        assert found >= 0, f"{CATALOGUE.name} says of {what!r}: {piece!r}; {task} printed {printed}"
        place = found + len(piece)


def _source() -> str:
    return CATALOGUE.relative_to(ROOT).as_posix()


def _line(row: dict[str, Any]) -> str:
    """Return one line of a table; a bar would end its cell."""
    printed = row["printed"].replace("|", "\\|")
    fence = "``" if "`" in printed else "`"
    tasks = ", ".join(f"`{task}`" for task in row["tasks"])
    return f"| {row['what']} | {tasks} | {fence}{printed}{fence} | {row['remedy']} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
