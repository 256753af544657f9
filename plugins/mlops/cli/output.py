"""What a command prints: text for people, or the same as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Callable


def show(as_json: bool, content: Any, text: Callable[[], str]) -> None:
    """Print a result to stdout.

    :param as_json: whether ``--json`` was given.
    :param content: the result, of what JSON knows.
    :param text: returns the result for people, without a line end.
    """
    sys.stdout.write((to_json(content, indent=1) if as_json else text()) + "\n")
