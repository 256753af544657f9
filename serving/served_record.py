"""What a server remembers over a restart: which version it served last, and with which signature.

Without it a server that starts anew would take whatever the alias points to, a changed signature among it,
while one that has been running refuses that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from include.data.atomic_file import whole_file
from include.errors import DataError
from include.records import Record, RecordKind
from include.strict_json import to_json
from serving.signature import Signature

if TYPE_CHECKING:
    from pathlib import Path

SERVED = RecordKind(
    name="record of what was served",
    remedy="remove the file: the server then takes the signature of the version that the alias points to",
)


@dataclass(frozen=True, kw_only=True)
class Served(Record, kind=SERVED):
    """What was served.

    :param number: of the version.
    :param signature: what clients rely on.
    """

    number: str
    signature: Signature

    def _plain(self) -> dict[str, Any]:
        return {"version": self.number, "signature": self.signature.to_dict()}

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        return cls(number=str(fields["version"]), signature=Signature.from_dict(fields["signature"]))


def read_served(path: Path) -> Served | None:
    """Return what was served; None where nothing was.

    :param path: the file.
    :raises DataError: it is damaged, or of a newer format.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return Served.from_dict(json.loads(content))
    except ValueError as error:
        raise DataError(f"{path}: this is not valid JSON ({error}): {SERVED.remedy}") from error
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def write_served(path: Path, served: Served) -> None:
    """Remember what is served.

    :raises StorageError: the disk does not take it.
    """
    with whole_file(path) as temporary:
        temporary.write_text(to_json(served.to_dict(), indent=2) + "\n", encoding="utf-8")
