"""How a card shows the values of a pack: figures, intervals, lists and nested keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.reporting.numbers import show_number

if TYPE_CHECKING:
    from collections.abc import Mapping

_NONE = "-"


def show_facts(found: Mapping[str, Any]) -> dict[str, str]:
    """Return names and values as texts.

    :param found: name to value, names with underscores between their words.
    """
    return {name.replace("_", " "): show_value(value) for name, value in found.items()}


def to_dotted(name: str, value: Any) -> list[tuple[str, Any]]:
    """Return nested mappings as dotted names with their values."""
    if not isinstance(value, dict) or not value:
        return [(name, value)]
    return [
        pair for key, one in value.items() for pair in to_dotted(f"{name}.{key}" if name else str(key), one)
    ]


def show_value(value: Any) -> str:
    """Return a value as a text: whole numbers with commas, lists with commas between their items.

    :param value: a JSON value.
    """
    if value is None or value in ("", [], {}):
        return _NONE
    if isinstance(value, (list, tuple)):
        return ", ".join(show_value(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def show_limit(value: Any) -> str:
    """Return a value of ``model.yaml`` as it is written there."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else show_value(value)


def show_figure(value: float | None) -> str:
    """Return a measured figure, or a count.

    :param value: None where it is not defined.
    """
    return _NONE if value is None else f"{value:,}" if isinstance(value, int) else show_number(value)


def show_interval(found: Mapping[str, Any] | None) -> str:
    """Return a figure with its interval."""
    if not found or found["value"] is None:
        return _NONE
    if found["low"] is None or found["high"] is None:
        return f"{show_number(found['value'])} ({found.get('note') or 'no interval'})"
    return f"{show_number(found['value'])} [{show_number(found['low'])}, {show_number(found['high'])}]"
