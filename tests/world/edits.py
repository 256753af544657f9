"""Change files of a model's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def edit(file: Path, *changes: tuple[str, str]) -> None:
    """Replace text in a file."""
    text = file.read_text()
    for old, new in changes:
        assert old in text, f"{file.name} no longer holds {old!r}"
        text = text.replace(old, new)
    file.write_text(text)
