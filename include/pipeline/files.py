"""Read and write the JSON files that stages hand on to each other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from include.data.atomic_file import whole_file
from include.errors import DataError
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")


def write_json(path: Path, content: Any) -> None:
    """Write plain values, the same ones as the same bytes.

    :param path: the file; its folder is made where it is missing.
    :param content: mappings, sequences, texts and numbers.
    :raises StorageError: the disk is full or fails.
    """
    with whole_file(path) as file:
        file.write_text(to_json(content, indent=2) + "\n", encoding="utf-8")


def read_record(path: Path, build: Callable[[Any], T]) -> T:
    """Return a record that an earlier stage wrote.

    :param path: the file.
    :param build: makes the record from plain values, such as ``Manifest.from_dict``.
    :raises DataError: it is not there, damaged, or of a newer format than this code knows.
    """
    try:
        return build(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} can't be read ({error}); run `dvc repro`, which makes it again") from error
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
