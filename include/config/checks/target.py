"""Check that the target is described as its task needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.checks.content import text_at, texts_at, value_at
from include.config.config_errors import ConfigIssue
from include.config.tasks import TASKS, task_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEWEST = 3
_KEY = ("target", "classes")
_COLUMN, _EVENT, _HORIZON = ("target", "column"), ("target", "event"), ("target", "horizon_days")
_KNOWN_ON = ("source", "labels", "known_on")


def target_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that the target is of its task, and that an event has what it takes."""
    yield from _class_issues(content)
    yield from _event_issues(content)


def _class_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
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


def _event_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that an event comes with its horizon, and with nothing that says the same in another way."""
    event, horizon = value_at(content, _EVENT), value_at(content, _HORIZON)
    if event is None:
        if horizon is not None:
            yield ConfigIssue(
                _HORIZON,
                "there is no event that could come within it; name the column with its date as target.event, "
                "or remove the key",
            )
        return
    if horizon is None:
        yield ConfigIssue(
            _HORIZON,
            "the key is missing; an event makes a target within a horizon only: add the days from a row "
            "within which it counts, such as 90",
        )
    task = task_of(content)
    if task is not None and not task.has_outcome:
        can = " or ".join(one.name for one in TASKS.values() if one.has_outcome)
        yield ConfigIssue(
            _EVENT,
            f"whether an event comes within a horizon is a question of two answers; write task: {can}, or "
            f"name the target's column for task {task.name} as target.column",
        )
    column = text_at(content, _COLUMN)
    if column is not None and column != f"{event}_within_{horizon}_days":
        yield ConfigIssue(
            _COLUMN,
            f"found {column!r} besides target.event, from which the target follows; remove one of them",
        )
    if value_at(content, _KNOWN_ON) is not None:
        yield ConfigIssue(
            _KNOWN_ON,
            "the label of an event is known when its horizon and target.delay_days are over, whenever the "
            "event was recorded; remove the key",
        )
