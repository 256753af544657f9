"""Put the bounds into a query as its driver wants parameters: values never become part of the text.

The styles are those of PEP 249, ``paramstyle``. ``:from`` becomes ``%(mlops_from)s``, ``?``, ``%s``, ``:1``
or ``:mlops_from`` (``from`` alone is a reserved word in Oracle).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

from include.config.sql.query import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from include.config.sql.query import Bound, Query

Style = Literal["qmark", "numeric", "named", "format", "pyformat"]

# What stands in the text, by name of the bound and number of the parameter from 1.
_WRITTEN: dict[Style, Callable[[str, int], str]] = {
    "qmark": lambda _, __: "?",
    "numeric": lambda _, number: f":{number}",
    "named": lambda name, _: f":mlops_{name}",
    "format": lambda _, __: "%s",
    "pyformat": lambda name, _: f"%(mlops_{name})s",
}
_BY_NAME = {"named", "pyformat"}
_PERCENT = {"format", "pyformat"}  # where % begins a parameter, so that one of the query's own is doubled


def find_module(connection: Any) -> Any:
    """Return the driver's module that follows PEP 249, or None.

    :param connection: as a hook gives it.
    """
    for kind in type(connection).__mro__:
        parts = kind.__module__.split(".")
        for length in range(len(parts), 0, -1):
            module = sys.modules.get(".".join(parts[:length]))
            if getattr(module, "paramstyle", None) in _WRITTEN:
                return module
    return None


def find_style(module: Any, placeholder: str) -> Style:
    """Return how a driver wants parameters.

    :param module: from :func:`find_module`.
    :param placeholder: what the Airflow hook would write; it counts where the driver does not say.
    """
    if module is not None:
        style: Style = module.paramstyle
        return style
    return "qmark" if placeholder == "?" else "format"


def render(
    before: str, query: Query, after: str, style: Style, values: Mapping[Bound, Any]
) -> tuple[str, Any]:
    """Return the text of a statement and its parameters.

    :param before: what stands before the query.
    :param query: the query.
    :param after: what stands after it.
    :param style: how the driver wants parameters.
    :param values: of the bounds, in the driver's types.
    """
    text = "".join(_texts([before, *query.pieces, after], style))
    names = [piece.name for piece in query.pieces if isinstance(piece, Parameter)]
    if style in _BY_NAME:
        return text, {f"mlops_{name}": values[name] for name in names}
    return text, tuple(values[name] for name in names)


def _texts(pieces: list[str | Parameter], style: Style) -> Iterator[str]:
    number = 0
    for piece in pieces:
        if isinstance(piece, Parameter):
            number += 1
            yield _WRITTEN[style](piece.name, number)
        else:
            yield piece.replace("%", "%%") if style in _PERCENT else piece
