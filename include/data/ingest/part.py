"""One file of a delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Part(NamedTuple):
    """A file of a delivery, most often the only one.

    :param file: on local disk.
    :param origin: its URI, named in messages.
    :param names: its columns, in its order.
    """

    file: Path
    origin: str
    names: tuple[str, ...]
