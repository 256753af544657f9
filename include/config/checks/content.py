"""Read single values of a configuration file as plain content, valid or not: the schema reports the rest."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.config.config_errors import Key


def value_at(content: Any, key: Key) -> Any:
    """Return what stands at a key, or None."""
    for part in key:
        content = content.get(part) if isinstance(content, dict) else None
    return content


def text_at(content: dict[str, Any], key: Key) -> str | None:
    """Return the text at a key, or None where something else or nothing stands there."""
    found = value_at(content, key)
    return found if isinstance(found, str) else None


def texts_at(content: dict[str, Any], key: Key) -> list[str]:
    """Return the list at a key with anything but text replaced by an empty text, so that places stay."""
    found = value_at(content, key)
    return (
        [item if isinstance(item, str) else "" for item in found] if isinstance(found, (list, tuple)) else []
    )


def mapping_at(content: dict[str, Any], key: Key) -> dict[Any, Any]:
    """Return the mapping at a key, or an empty one."""
    found = value_at(content, key)
    return found if isinstance(found, dict) else {}


def as_float(number: float) -> float:
    """Return a number as it is stored: two whole numbers of many digits may become one."""
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def are_numbers(found: Any) -> bool:
    """Tell whether something is a list of numbers."""
    return isinstance(found, (list, tuple)) and all(
        isinstance(item, (int, float)) and not isinstance(item, bool) for item in found
    )
