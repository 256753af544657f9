"""Records that outlive the code that wrote them: each carries its format, and older ones are read for ever.

A kind of record counts its formats from 1. A record without the key ``format`` is of format 1, for the first
ones did not carry it. When the fields of a kind change, one function is added that turns the format before
into the new one, and a sample of the format before is kept among the tests; nothing else has to know. A
record of a newer format is refused, because half of what it says would be lost or misread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

FORMAT = "format"


@dataclass(frozen=True, kw_only=True)
class RecordKind:
    """One kind of stored record.

    :param name: what people call it, such as ``evaluation``.
    :param remedy: what to do with one that can't be read, after "or".
    :param upgrades: functions from the fields of one format to those of the next, the first from format 1
        to 2; they may change the dictionary that they are given.
    """

    name: str
    remedy: str
    upgrades: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = ()

    @property
    def format(self) -> int:
        """The format that this code writes."""
        return len(self.upgrades) + 1

    def stamp(self, plain: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record with its format.

        :param plain: its fields as JSON values.
        """
        return {FORMAT: self.format, **plain}

    def check(self, found: Any) -> int:
        """Return the format of a record.

        :param found: what stands under its key ``format``; 1 where it has none.
        :raises DataError: this code does not know the format.
        """
        if isinstance(found, bool) or not isinstance(found, int) or found < 1:
            raise DataError(
                f"this is not a valid {self.name}: its format is {found!r}, expected a whole number from 1 "
                f"to {self.format}: {self.remedy}"
            )
        if found > self.format:
            known = "only format 1" if self.format == 1 else f"formats 1 to {self.format}"
            raise DataError(
                f"this {self.name} has format {found}, and the code here knows {known}: a newer version of "
                f"this project wrote it. Bring the code here up to that version, or {self.remedy}"
            )
        return found

    def read(self, plain: Any, build: Callable[[dict[str, Any]], T]) -> T:
        """Build an object from a record of any format up to the present one.

        :param plain: the record as JSON values; it is not changed.
        :param build: makes the object from the fields of the present format.
        :raises DataError: the record is of a newer format, or damaged.
        """
        if not isinstance(plain, dict):
            raise DataError(
                f"this is not a valid {self.name}: found {type(plain).__name__}, expected a mapping of "
                f"fields: {self.remedy}"
            )
        first = self.check(plain.get(FORMAT, 1))
        fields = {name: value for name, value in plain.items() if name != FORMAT}
        try:
            for upgrade in self.upgrades[first - 1 :]:
                fields = upgrade(fields)
            return build(fields)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"the key {error} is missing" if isinstance(error, KeyError) else str(error)
            raise DataError(f"this {self.name} is damaged ({what}): {self.remedy}") from error


class Record:
    """An object that is stored: each is written and read in the same way, as a record of its kind.

    A subclass names the kind, ``class Exam(Record, kind=EXAM)``, and says how its fields become JSON values
    and how it is built from them.
    """

    _kind: ClassVar[RecordKind]

    def __init_subclass__(cls, *, kind: RecordKind, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._kind = kind

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values with their format; :meth:`from_dict` reads them."""
        return self._kind.stamp(self._plain())

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """Build an object from what :meth:`to_dict` returned, in this version or an earlier one.

        :param values: the record as JSON values; it is not changed.
        :raises DataError: it is damaged, or of a newer format.
        """
        return cls._kind.read(values, cls._build)

    def _plain(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        raise NotImplementedError

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        """Build an object from the fields of the present format."""
        raise NotImplementedError
