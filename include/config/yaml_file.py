"""Read a YAML file so that every key keeps its line, and refuse what YAML itself would swallow in silence.

PyYAML keeps the last of two equal keys without a word and forgets where a value stood. So the file is
composed into nodes (by libyaml, https://pyyaml.org/wiki/PyYAMLDocumentation), the nodes give lines and
duplicates, and only then the plain values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

import yaml

from include.config.config_errors import ConfigIssue, Key, config_error, dotted, shown_value

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 1_000_000  # bytes; a model.yaml has about 2,000
DEEPEST = 30  # libyaml composes by recursion and takes the process down with it some thousands of levels deep
MOST_KEYS = 20_000  # aliases of aliases can make any number of them out of a small file


@dataclass(frozen=True)
class YamlFile:
    """What a YAML file says and where it says it.

    :param path: the file.
    :param content: its top mapping as plain values.
    :param lines: 1-based line of each key, by its path from the top.
    :param written: each value other than a list or mapping, as it is written there, by its key: ``NO`` where
        the content has False.
    """

    path: Path
    content: dict[str, Any]
    lines: dict[Key, int]
    written: dict[Key, str] = field(default_factory=dict)

    def line_of(self, key: Key) -> int | None:
        """Return the line of a key, or of the nearest one above it that is in the file."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key)

    def located(self, issue: ConfigIssue) -> ConfigIssue:
        """Return the issue with its line."""
        return issue if issue.line else ConfigIssue(issue.key, issue.text, self.line_of(issue.key))


@cache
def _loader() -> type[Any]:
    """Return libyaml's safe loader, or its slower twin where PyYAML was built without it."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> YamlFile:
    """Read a file whose top is a mapping.

    :param path: the file to read, UTF-8.
    :raises ConfigError: the file is missing, unreadable, not valid YAML, not a mapping, or names a key twice.
    """
    text = _read_text(path)
    loader = _loader()(text)
    try:
        _refuse_depth(text)
        node = loader.get_single_node()
        lines: dict[Key, int] = {}
        written: dict[Key, str] = {}
        repeated = [] if node is None else _walk(node, (), lines, written, ())
        if repeated:
            raise config_error(path, repeated)
        content = None if node is None else loader.construct_document(node)
    except (yaml.YAMLError, ValueError, OverflowError, TypeError, AttributeError, RecursionError) as error:
        # The last four are what PyYAML's constructors raise on some tags and dates.
        raise config_error(path, [_invalid(error)]) from error
    finally:
        loader.dispose()
    if not isinstance(content, dict):
        found = "an empty file" if content is None else shown_value(content)
        raise config_error(path, [ConfigIssue((), f"expected a mapping of keys to values, found {found}")])
    return YamlFile(path, content, lines, written)


def _read_text(path: Path) -> str:
    """Return the text of a file, or raise a ConfigError that says why it can't be read."""
    try:
        size, kind = path.stat().st_size, path.stat().st_mode
        if not (S_ISREG(kind) or S_ISDIR(kind)):  # a pipe or a device is never read to its end
            raise config_error(
                path, [ConfigIssue((), "is not a regular file; write the configuration into one")]
            )
        data = path.read_bytes() if size <= LARGEST_FILE else b""
    except FileNotFoundError as error:
        raise config_error(path, [ConfigIssue((), "the file is missing; create it")]) from error
    except OSError as error:
        raise config_error(path, [ConfigIssue((), f"can't be read: {error.strerror}")]) from error
    if size > LARGEST_FILE:
        raise config_error(path, [ConfigIssue((), f"has {size:,} bytes; at most {LARGEST_FILE:,} are read")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        text = f"byte 0x{data[error.start]:02x} is not UTF-8; save the file with UTF-8 encoding"
        raise config_error(path, [ConfigIssue((), text, line)]) from error


def _refuse_depth(text: str) -> None:
    """Raise a YAMLError where a list or mapping lies too deep; the parser's events come without recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"nested over {DEEPEST} levels", problem_mark=event.start_mark)  # type: ignore[arg-type]


def _walk(
    node: yaml.Node,
    key: Key,
    lines: dict[Key, int],
    written: dict[Key, str],
    above: tuple[yaml.Node, ...],
) -> list[ConfigIssue]:
    """Note line and text of every key below a node; return an issue for each key that is written twice."""
    if any(node is parent for parent in above):
        raise yaml.YAMLError(f"{dotted(key)} contains itself through an alias")
    if len(lines) > MOST_KEYS:
        raise yaml.YAMLError(f"more than {MOST_KEYS:,} keys and items")
    repeated: list[ConfigIssue] = []
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[*key, index] = item.start_mark.line + 1
            repeated += _walk(item, (*key, index), lines, written, (*above, node))
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            inner = (*key, str(name.value))
            line = name.start_mark.line + 1
            if inner in lines and name.tag != "tag:yaml.org,2002:merge":
                text = f"the key is written twice, first in line {lines[inner]}; keep one"
                repeated.append(ConfigIssue(inner, text, line))
            else:
                lines[inner] = line
            repeated += _walk(value, inner, lines, written, (*above, node))
    else:
        written[key] = str(node.value)
    return repeated


def _invalid(error: Exception) -> ConfigIssue:
    """Return what the YAML parser disliked, with its position, on one line."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error) or type(error).__name__
    column = f" at column {mark.column + 1}" if mark else ""
    text = f"is not valid YAML: {problem}{column}"
    return ConfigIssue((), text, mark.line + 1 if mark else None)
