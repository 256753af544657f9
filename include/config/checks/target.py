"""Check that the target is described as its task needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.checks.content import texts_at, value_at
from include.config.config_errors import ConfigIssue
from include.config.tasks import TASKS, task_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEWEST = 3
_KEY = ("target", "classes")


def target_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that classes are named where the task has any, each once."""
    task = task_of(content)
    if task is None:
        return
    found = value_at(content, _KEY)
    if not task.names_classes:
        if found:
            others = " or ".join(one.name for one in TASKS.values() if one.names_classes)
            yield ConfigIssue(
                _KEY, f"task {task.name} has no classes to name; remove the key, or write task: {others}"
            )
        return
    names = texts_at(content, _KEY)
    if found is None or (isinstance(found, (list, tuple)) and len(names) < _FEWEST):
        yield ConfigIssue(
            _KEY,
            f"found {len(names)} classes; task {task.name} needs {_FEWEST} or more: list each value of the "
            "target once, as text; for two classes write task: binary and deliver 0 and 1",
        )
    for index, name in enumerate(names):
        if name and name in names[:index]:
            yield ConfigIssue((*_KEY, index), f"{name!r} is listed twice; remove one")
