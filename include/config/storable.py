"""Find values of a configuration file that can't be stored or shown anywhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from include.config.config_errors import ConfigIssue, Key, shown_value

if TYPE_CHECKING:
    from collections.abc import Iterator

_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_MOST_BITS = 63  # what databases and NumPy count with


def storable_issues(found: Any, key: Key) -> Iterator[ConfigIssue]:
    r"""Check that no value is one that a database, a page, a terminal or a JSON document can't take.

    YAML lets such characters in by an escape only, such as ``"\0"``; PostgreSQL refuses a whole DAG file for
    one of them. Python writes out no whole number of more than 4,300 digits.
    """
    if isinstance(found, dict):
        for name, value in found.items():
            yield from storable_issues(value, (*key, str(name)))
    elif isinstance(found, (list, tuple)):
        for index, item in enumerate(found):
            yield from storable_issues(item, (*key, index))
    elif isinstance(found, str) and (odd := _ODD.search(found)):
        text = f"contains the character U+{ord(odd[0]):04X}, which can't be shown or stored; remove it"
        yield ConfigIssue(key, text)
    elif isinstance(found, int) and found.bit_length() > _MOST_BITS:
        yield ConfigIssue(key, f"found {shown_value(found)}; a whole number has at most {_MOST_BITS} bits")
