"""Which column of a model's rows each key column of a view has to equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.checks.content import text_at, texts_at, value_at
from include.config.config_errors import ConfigIssue, Key, one_of, shown_value
from include.config.joined_view import SEPARATOR

if TYPE_CHECKING:
    from include.config.joined_view import KeyType
    from include.config.views.view import View


def join_columns(
    at: Key, match: dict[Any, Any], name: str, view: View, content: dict[str, Any]
) -> tuple[dict[str, str], list[ConfigIssue]]:
    """Return the column of the rows for each key column of a view, and what is wrong with them.

    Unless ``match`` says otherwise it is the column of the model that is called the same, and, for a view
    with one key, the entity.

    :param at: where ``match`` stands in ``model.yaml``.
    :param match: column of the view to column of the rows, as written there.
    :param name: the view's name.
    :param view: the view.
    :param content: ``model.yaml`` as plain values.
    """
    issues = [
        ConfigIssue(
            (*at, str(key)), f"{key!r} is not in the key of the view {name}; {one_of(view.key, str(key))}"
        )
        for key in match
        if key not in view.key
    ]
    entity = text_at(content, ("entity", "column"))
    types = _row_types(content)
    found: dict[str, str] = {}
    for key, kind in view.key.items():
        chosen = match.get(key, key if key in types else entity if len(view.key) == 1 else None)
        place = (*at, key) if key in match else at[:-1]
        if chosen is None:
            issues.append(ConfigIssue(place, _unmatched(name, key, at)))
            continue
        problem = _explain(chosen, kind, types, content)
        if problem:
            issues.append(ConfigIssue(place, f"key {key!r} of the view {name}: {problem}"))
        found[key] = str(chosen)
    return found, issues


def _unmatched(name: str, key: str, at: Key) -> str:
    return (
        f"the view {name} has several key columns, and none of this model's columns is called {key!r}; say "
        f"which one it has to equal: {at[-2]}: {{columns: [...], match: {{{key}: ...}}}}"
    )


def _row_types(content: dict[str, Any]) -> dict[str, KeyType]:
    """Return what the model's own columns are when they are compared with a key."""
    types: dict[str, KeyType] = dict.fromkeys(texts_at(content, ("features", "numeric")), "integer")
    types |= dict.fromkeys(texts_at(content, ("features", "categorical")), "string")
    entity = text_at(content, ("entity", "column"))
    if entity is not None:
        types[entity] = "string" if value_at(content, ("entity", "type")) == "string" else "integer"
    return types


def _explain(chosen: Any, kind: KeyType, types: dict[str, KeyType], content: dict[str, Any]) -> str | None:
    """Return why a column of the rows can't be compared with a key of this type."""
    if not isinstance(chosen, str) or not chosen or chosen != chosen.strip():
        return f"found {shown_value(chosen)}; expected a column of the features table"
    for role in ("time", "target"):
        if chosen == text_at(content, (role, "column")):
            return f"{chosen!r} is {role}.column; expected a column that says whose value a row gets"
    prefix = chosen.partition(SEPARATOR)[0]
    if SEPARATOR in chosen and prefix in (value_at(content, ("features", "views")) or ()):
        return (
            f"{chosen!r} is a joined column itself; a view is joined on the rows' own columns, so that no "
            "two views can wait for each other: have the column delivered with the rows"
        )
    if types.get(chosen, kind) != kind:
        return (
            f"it is {kind}, and the model's {chosen!r} is {types[chosen]}; give both one type, in the view's "
            "key or in model.yaml"
        )
    return None
