"""Complete a ``model.yaml`` with what the files of its views say.

The file names views and columns. What is read on instead says of each view all that decides which value a
row gets, and lists its columns among the features: so whatever can be said of a feature (groups, limits of
drift, ``allow_dominant``) can be said of a joined one, and nothing behind the configuration has to know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.config.checks.content import mapping_at, text_at, texts_at
from include.config.config_errors import ConfigIssue, Key, one_of, shown_value
from include.config.joined_view import AGE, FEATURE_KINDS, joined_name
from include.config.views.keys import join_columns
from include.config.views.read import SUFFIX, load_view, view_names, views_folder
from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.config.views.view import View

_AT: Key = ("features", "views")
_USE_KEYS = ("columns", "match")


@dataclass(kw_only=True)
class Resolved:
    """A ``model.yaml`` with its views.

    :param content: the file as plain values, with what the files of its views say.
    :param issues: what is wrong with how it names them.
    :param broken: what is wrong with their own files.
    """

    content: dict[str, Any]
    issues: list[ConfigIssue] = field(default_factory=list)
    broken: list[ConfigError] = field(default_factory=list)


def resolve_views(content: dict[str, Any], model_folder: Path) -> Resolved:
    """Return the content of a ``model.yaml`` with its views; one without views as it is.

    A view at fault is left out, and reported.

    :param content: the file as plain values, valid or not; it is not changed.
    :param model_folder: the folder of the file.
    """
    features = content.get("features")
    if not isinstance(features, dict) or "views" not in features:
        return Resolved(content=content)
    found = Resolved(content={**content, "features": {**features, "views": {}}})
    uses = features["views"]
    if not isinstance(uses, dict):
        text = f"found {shown_value(uses)}; expected a mapping of views to lists of their columns"
        found.issues.append(ConfigIssue(_AT, text))
        return found
    root = views_folder(model_folder)
    for name, use in uses.items():
        _resolve(str(name), use, root, content, found)
    return found


def _resolve(name: str, use: Any, root: Path, content: dict[str, Any], found: Resolved) -> None:
    """Add one view to what was found."""
    key = (*_AT, name)
    names = view_names(root)
    if name not in names:
        text = f"unknown view {name!r}, for there is no {root.name}/{name}{SUFFIX}; {one_of(names, name)}"
        found.issues.append(ConfigIssue(key, text))
        return
    try:
        view = load_view(root, name)
    except ConfigError as error:
        found.broken.append(error)
        return
    issues = [*_use_issues(key, use), *_column_issues(key, use, name, view, content)]
    match = mapping_at(use, ("match",)) if isinstance(use, dict) else {}
    columns, more = join_columns((*key, "match"), match, name, view, content)
    found.issues += [*issues, *more]
    if not issues and not more:
        _add(name, view, _listed(use), columns, found.content["features"])


def _add(name: str, view: View, chosen: list[str], match: dict[str, str], features: dict[str, Any]) -> None:
    """Add one view to the features of a content."""
    said = view.model_dump(mode="json", exclude={"description", "owner", "source", "columns"})
    features["views"][name] = {**said, "match": match, "columns": {one: view.columns[one] for one in chosen}}
    for column in chosen:
        kind = FEATURE_KINDS[view.columns[column]]
        own = features.get(kind, [])
        if isinstance(own, (list, tuple)):
            features[kind] = [*own, joined_name(name, column)]


def _listed(use: Any) -> list[str]:
    """Return the columns that a model names of a view."""
    return texts_at({"columns": use["columns"] if isinstance(use, dict) else use}, ("columns",))


def _use_issues(key: Key, use: Any) -> Iterator[ConfigIssue]:
    """Yield what is wrong with the form of one entry."""
    columns = use
    if isinstance(use, dict):
        for name in use:
            if name not in _USE_KEYS:
                text = f"unknown key {name!r}; {one_of(_USE_KEYS, str(name))}"
                yield ConfigIssue((*key, str(name)), text)
        key = (*key, "columns")
        columns = use.get("columns")
    if not isinstance(columns, list) or not columns:
        text = f"found {shown_value(columns)}; expected a list of columns of the view, at least one"
        yield ConfigIssue(key, text)


def _column_issues(
    key: Key, use: Any, name: str, view: View, content: dict[str, Any]
) -> Iterator[ConfigIssue]:
    """Yield what is wrong with the columns that are named."""
    if isinstance(use, dict):
        key = (*key, "columns")
        use = use.get("columns")
    if not isinstance(use, list):
        return
    taken = _own_columns(content)
    for index, column in enumerate(use):
        joined = joined_name(name, str(column))
        if not isinstance(column, str) or column not in view.columns:
            text = f"{column!r} is not a column of the view {name}; {one_of(view.columns, str(column))}"
            yield ConfigIssue((*key, index), text)
        elif column in use[:index]:
            yield ConfigIssue((*key, index), f"{column!r} is listed twice; remove one")
        elif joined in taken:
            yield ConfigIssue((*key, index), _COLLISION.format(joined=joined, place=taken[joined]))
    if joined_name(name, AGE) in taken:
        place = taken[joined_name(name, AGE)]
        yield ConfigIssue(key, _COLLISION.format(joined=joined_name(name, AGE), place=place))


_COLLISION = (
    "the joined column would be called {joined!r}, and so is {place}; have that one delivered under another "
    "name, or rename the view's file"
)


def _own_columns(content: dict[str, Any]) -> dict[str, str]:
    """Return each column of the model's own tables with the key that names it."""
    own = {
        text_at(content, (section, "column")) or "": f"{section}.column"
        for section in ("entity", "time", "target")
    }
    for kind in ("numeric", "categorical"):
        own |= dict.fromkeys(texts_at(content, ("features", kind)), f"a column in features.{kind}")
    return own
