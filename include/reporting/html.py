"""Render pages from Jinja templates: one file each, no script, nothing loaded from elsewhere.

Templates stand beside the code that fills them in. Values come from data and are not to be trusted: each is
escaped where it is put in, after control characters have been made visible (:mod:`include.media`), and
every page forbids the browser to load or run anything.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from include.media import log_lines

if TYPE_CHECKING:
    from jinja2 import Template

_INCLUDE = Path(__file__).parents[1]


def render(template: str, **values: Any) -> str:
    """Return a page.

    :param template: path of the template below ``include``, such as ``validation/page.html.j2``.
    :param values: what it shows; texts are plain text.
    :raises UndefinedError: the template shows a value that it was not given.
    """
    return _template(template).render(values)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(_INCLUDE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _visible(value: Any) -> Any:
    """Return a text without control characters; what is HTML already was made of such texts."""
    return log_lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value
