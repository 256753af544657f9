"""Configuration errors: one line each, with file, line, key, what was found and what is allowed."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import ConfigError
from include.media import log_line

if TYPE_CHECKING:
    from collections.abc import Iterable

PROJECT_ROOT = Path(__file__).resolve().parents[2]
_LONGEST_VALUE = 80

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class ConfigIssue:
    """One configuration error.

    :param key: where, from the top of the file: ``("gate", "primary")``; empty for the file as a whole.
    :param text: what was found, what is allowed and what to do.
    :param line: 1-based line in the file, or None to look it up by the key.
    """

    key: Key
    text: str
    line: int | None = None


def shown_path(path: Path) -> str:
    """Return a path as a reader of a log knows it: from the project root where it lies below it."""
    try:
        return path.resolve().relative_to(PROJECT_ROOT).as_posix()
    except (ValueError, OSError, RuntimeError):  # elsewhere, or a link that leads in a circle
        return path.as_posix()


def dotted(key: Key) -> str:
    """Return ``gate.floors.roc_auc`` or ``alerts[0].kind``."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown_value(value: Any) -> str:
    """Return a value with its YAML type, on one line and cut where it is long: ``text 'abc'``."""
    if value is None:
        return "nothing"
    for kinds, name in (
        (bool, "yes/no value"),
        ((int, float), "number"),
        (str, "text"),
        ((list, tuple), "list"),
        (dict, "mapping"),
    ):
        if isinstance(value, kinds):
            try:
                shown = str(value).lower() if isinstance(value, bool) else repr(value)
            except ValueError:  # Python writes out no whole number of more than 4,300 digits
                shown = "of thousands of digits"
            return f"{name} {shown if len(shown) <= _LONGEST_VALUE else shown[:_LONGEST_VALUE] + '...'}"
    return f"{type(value).__name__} {value}"


def one_of(allowed: Iterable[str], found: str) -> str:
    """Return ``allowed: a, b; did you mean 'a'?`` with the nearest name where one is near."""
    names = list(allowed)
    near = nearest(found, names)
    return f"allowed: {', '.join(names) or 'none'}" + (f"; did you mean {near!r}?" if near else "")


def nearest(found: str, names: Iterable[str]) -> str | None:
    """Return the name most like what was found (ratio of :mod:`difflib`, 0.6 at least), or None."""
    close = difflib.get_close_matches(found, list(names), n=1, cutoff=0.6)
    return close[0] if close else None


def config_error(path: Path, issues: Iterable[ConfigIssue]) -> ConfigError:
    """Return the exception that reports all issues of a file, one line each, in the order of the file."""
    ordered = sorted(issues, key=lambda issue: (issue.line or 0, dotted(issue.key)))
    lines = []
    for issue in ordered:
        place = shown_path(path) + (f":{issue.line}" if issue.line else "")
        where = f"{place}: {dotted(issue.key)}" if issue.key else place
        lines.append(f"{where}: {issue.text}")
    return ConfigError("\n".join(map(log_line, lines)))
