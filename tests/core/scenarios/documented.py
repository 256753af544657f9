"""What docs/scenarios.md says: kept in catalogue.yaml, compared by the tests with what really happens.

``python -m tests.core.scenarios.documented`` (``make docs``) writes the page anew.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "scenarios.md"
CATALOGUE = Path(__file__).with_name("catalogue.yaml")
_HEADER = "| day | what the product does |\n|---|---|"
_QUIET = "The product does nothing."


@cache
def catalogue() -> dict[str, Any]:
    """Return the content of the page: title, text, and the scenarios."""
    content: dict[str, Any] = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return content


@cache
def scenarios() -> dict[str, dict[str, Any]]:
    """Return the scenarios by name."""
    return {one["name"]: one for one in catalogue()["scenarios"]}


def expected(name: str) -> dict[int, list[str]]:
    """Return what has to happen in a scenario: day to events. The first champion is promoted in each."""
    found: dict[int, list[str]] = catalogue()["always"] | scenarios()[name]["expected"]
    return found


def page() -> str:
    """Return docs/scenarios.md as it has to be."""
    source = CATALOGUE.relative_to(ROOT).as_posix()
    blocks = [f"# {catalogue()['title']}\n\n<!-- Written by `make docs` from {source} -->"]
    blocks.append(catalogue()["text"].strip())
    for one in catalogue()["scenarios"]:
        days = one["expected"]
        table = "\n".join([_HEADER, *(f"| {day} | {'; '.join(events)} |" for day, events in days.items())])
        title = f"## {one['name'].capitalize()}"
        said = f"**What happens:** {one['happens']}\n**Wanted:** {one['wanted']}".replace("\n", "\n\n")
        blocks += [f"{title}\n{said}", table if days else _QUIET]
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
