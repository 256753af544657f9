"""What all task results have in common: how one is written for XCom, and how it is read."""

from __future__ import annotations

from dataclasses import MISSING, asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from include.errors import InputError, MlopsError
from include.strict_json import plain, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_REMEDY = "An earlier task was set to success by hand, or ran with older code: clear it."


@dataclass(frozen=True, kw_only=True)
class TaskResult:
    """What a task returns. Its fields hold what JSON can hold, at any depth; a sequence is a tuple."""

    def to_xcom(self) -> dict[str, Any]:
        """Return plain JSON values, None for a figure that is not defined.

        :raises TypeError: a value is not of its field's type, so that no later task could read it: the task
            that made it fails, and not the one that was given it.
        """
        values: dict[str, Any] = plain(asdict(self))
        try:
            TypeAdapter(type(self)).validate_json(to_json(values), strict=True)
        except ValidationError as error:
            raise TypeError(f"{type(self).__name__} can't be handed on: {_list(error)}") from error
        return values

    @classmethod
    def from_xcom(cls, value: Any, *, task_id: str, field: str) -> Self:
        """Read what :meth:`to_xcom` returned. Keys that are not known are left out.

        :param value: the value of the XCom.
        :param task_id: the task that reads it, for the message.
        :param field: the field in which it was given the value, for the message.
        :raises InputError: it is not a mapping, keys are missing, or a value has another type.
        """
        return read(cls, value, task_id=task_id, field=field)


def read(
    kind: type[T],
    value: Any,
    *,
    task_id: str,
    field: str,
    build: Callable[[dict[str, Any]], T] | None = None,
) -> T:
    """Read what an earlier task handed on.

    :param kind: a frozen dataclass.
    :param value: the value of the XCom.
    :param task_id: the task that reads it, for the message.
    :param field: the field in which it was given the value, for the message.
    :param build: makes the object from the value; types are checked where there is none.
    :raises InputError: it is not a mapping, keys are missing, or a value has another type.
    """
    needed = _required(kind)
    if not isinstance(value, dict):
        raise InputError(
            f"Task {task_id!r} was given {value!r} as {field}; expected a mapping with {', '.join(needed)}. "
            f"{_REMEDY}"
        )
    if missing := [name for name in needed if name not in value]:
        raise InputError(
            f"Task {task_id!r} was given {field} without {', '.join(missing)}; it holds "
            f"{', '.join(sorted(map(str, value)))}. {_REMEDY}"
        )
    try:
        found: T = build(value) if build else TypeAdapter(kind).validate_json(to_json(value), strict=True)
    except ValidationError as error:
        raise InputError(
            f"Task {task_id!r} was given {field} that can't be read: {_list(error)}. {_REMEDY}"
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError, MlopsError) as error:
        raise InputError(
            f"Task {task_id!r} was given {field} that can't be read ({type(error).__name__}: {error}). "
            f"{_REMEDY}"
        ) from error
    return found


def _list(error: ValidationError) -> str:
    """Return one phrase for each value that has another type than its field."""
    return "; ".join(
        f"{'.'.join(map(str, one['loc']))}: found {one['input']!r}, {one['msg']}"
        for one in error.errors(include_url=False)
    )


def _required(kind: type) -> list[str]:
    """Return the keys that a value must have: the fields without a default."""
    return [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
