"""Read the files of ``include/features``. Light enough to run while a DAG file is parsed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ValidationError

from include.config.checks.content import mapping_at
from include.config.checks.queries import read_table_query
from include.config.checks.source import table_issues
from include.config.config_errors import ConfigIssue, config_error, nearest
from include.config.joined_view import AGE
from include.config.schema_errors import schema_issues
from include.config.storable import storable_issues
from include.config.views.view import View
from include.config.yaml_file import read_yaml
from include.names import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.config.yaml_file import YamlFile

FOLDER = "features"
SUFFIX = ".yaml"
# With two underscores in it, a__b and its column c would be called like a and its column b__c.
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def views_folder(model_folder: Path) -> Path:
    """Return the folder with the views that a model may use: ``features`` beside ``models``.

    :param model_folder: such as ``include/models/credit_risk``.
    """
    return model_folder.absolute().parent.parent / FOLDER


def view_names(root: Path) -> list[str]:
    """Return the names of the views in a folder, sorted; an absent folder holds none.

    :param root: usually ``include/features``.
    """
    try:
        return sorted(
            path.stem for path in root.iterdir() if path.suffix == SUFFIX and path.name[0] not in "._"
        )
    except (FileNotFoundError, NotADirectoryError):
        return []


def load_view(root: Path, name: str) -> View:
    """Return the validated content of a view's file.

    :param root: usually ``include/features``.
    :param name: the view's name, which is the file's without ``.yaml``.
    :raises ConfigError: one line for each configuration error: file and line, key, what was found, what is
        allowed.
    """
    source = read_yaml(root / f"{name}{SUFFIX}")
    issues = [] if _NAME.fullmatch(name) else [ConfigIssue((), _MISNAMED.format(name=name))]
    view = None
    try:
        view = View.model_validate(source.content)
    except ValidationError as error:
        issues += schema_issues(error, View)
    query, wrong = read_table_query(source.content, ("source",), root, "the folder of the views")
    issues += wrong
    reported = {issue.key for issue in issues}
    issues += [issue for issue in _cross_issues(source, view) if issue.key not in reported]
    if issues or view is None:
        raise config_error(source.path, map(source.located, issues))
    view.attach_query(query)
    return view


_MISNAMED = (
    "the file is called {name!r}; a view's name is a lower-case letter, then lower-case letters, digits and "
    "single underscores: rename the file"
)


def _cross_issues(source: YamlFile, view: View | None) -> Iterator[ConfigIssue]:
    """Yield what is wrong between the keys of a view; most can be told only once the schema is met."""
    yield from storable_issues(source.content, ())
    yield from table_issues(mapping_at(source.content, ("source",)), ("source",))
    if view is None:
        return
    yield from _name_issues(view)
    yield from _clock_issues(view)


def _name_issues(view: View) -> Iterator[ConfigIssue]:
    """Check that each column has one role, and no name that is kept."""
    role_of: dict[str, str] = dict.fromkeys(view.key, "in key")
    times = {"event_time": view.event_time, "known_at": view.known_at}
    for name, clock in times.items():
        if clock is None:
            continue
        if role_of.get(clock.column) == "in key":
            yield ConfigIssue(
                (name, "column"), f"{clock.column!r} is in key too; a column has one role: remove one"
            )
        role_of.setdefault(clock.column, name)
    for column in view.columns:
        key = ("columns", column)
        if column in role_of:
            yield ConfigIssue(key, f"{column!r} is {role_of[column]} too; a column has one role: remove one")
        elif column.casefold().startswith(INTERNAL):
            yield ConfigIssue(
                key,
                f"names that begin with {INTERNAL!r} are kept; have the column delivered under another name",
            )
        elif column == AGE:
            yield ConfigIssue(
                key, f"{AGE!r} is what the age of a view's values is called; deliver it under another name"
            )


def _clock_issues(view: View) -> Iterator[ConfigIssue]:
    """Check what is said about the two clocks."""
    known = view.known_at or view.event_time
    name = "event_time" if view.known_at is None else "known_at"
    if view.delay is not None and view.delay.endswith("h") and known.type == "date":
        yield ConfigIssue(
            ("delay",),
            f"found {view.delay!r}, and {name} is a date, which knows no hours; write days, such as 1d, or "
            "have a timestamp delivered",
        )
    if view.known_at is not None and view.known_at.column == view.event_time.column:
        yield ConfigIssue(
            ("known_at", "column"),
            f"{view.known_at.column!r} is event_time too, as it is without this key: remove it",
        )
    for clock, found in (("event_time", view.event_time), ("known_at", view.known_at)):
        problem = _explain_zone(found.timezone) if found is not None else None
        if problem:
            yield ConfigIssue((clock, "timezone"), problem)


def _explain_zone(name: str) -> str | None:
    """Return what is wrong with the name of a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no name at all, a folder of zones
        near = nearest(name, available_timezones())
        said = f"; did you mean {near!r}?" if near else ""
        return f"found {name!r}; expected the IANA name of a time zone, such as Europe/Berlin{said}"
    return None
