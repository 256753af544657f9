"""What a request is refused with: a status, and a message that says what was found and what was expected."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from include.config.config_errors import nearest
from include.errors import InputError
from include.names import shown, shown_all

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_LISTED = 5  # names in a message; a request can hold ten thousand
_COMPARED = 200  # characters of a name that are compared with others


class Refusal(InputError):  # noqa: N818 - it is an answer, too
    """A request that can't be answered, by the fault of whoever sent it.

    :param message: what was found, where, and what was expected.
    :param status: of HTTP.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def repeated(names: Sequence[str]) -> list[str]:
    """Return the names that are there more than once."""
    return [name for name, times in Counter(names).items() if times > 1]


def list_names(names: Collection[str]) -> str:
    """Return names for a message: the first few, and how many more there are."""
    first = shown_all(list(names)[:_LISTED])
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more:,} more" if more > 0 else "")


def with_nearest(names: Sequence[str], known: Sequence[str]) -> str:
    """Return names for a message, each of the first few with the known name that it is nearest to."""
    parts = []
    for name in names[:_LISTED]:
        close = nearest(name[:_COMPARED], known)
        parts.append(shown(name) + (f" (did you mean {shown(close)}?)" if close else ""))
    more = len(names) - len(parts)
    return ", ".join(parts) + (f" and {more:,} more" if more > 0 else "")
