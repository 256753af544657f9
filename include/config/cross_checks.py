"""Cross-checks: what must hold between the keys of a ``model.yaml``, beyond the type and range of each.

Every check reads the plain content and skips what does not fit the schema, which is reported already. So all
errors of a file are reported at once, not one after the other.
"""

from __future__ import annotations

import re
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any

from include.config.config_errors import ConfigIssue, Key, one_of, shown_value
from include.config.drift_statistics import CHOSEN, DEFAULTS, STATISTICS, Kind, names_for
from include.config.metric_names import METRICS, TRIVIAL
from include.config.monitoring_schema import Policy
from include.config.schedule import PRESETS, explain_schedule
from include.config.storable import storable_issues
from include.names import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*:")
_DOTTED_NAME = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$", re.ASCII)
_KINDS: tuple[Kind, ...] = ("numeric", "categorical")
_ROLES: tuple[Key, ...] = (("entity", "column"), ("time", "column"), ("target", "column"))


def cross_check_issues(content: dict[str, Any], folder_name: str) -> Iterator[ConfigIssue]:
    """Yield what is wrong between the keys of a ``model.yaml``.

    :param content: the file as plain values, valid or not.
    :param folder_name: name of the folder that holds the file, which the model's name must equal.
    """
    name = _text(content, ("name",))
    if name is not None and name != folder_name:
        text = f"found {name!r} in the folder {folder_name!r}; expected the folder's name: rename one of them"
        yield ConfigIssue(("name",), text)
    schedule = _text(content, ("schedule",))
    problem = explain_schedule(schedule) if schedule is not None else None
    if problem:
        presets = one_of(PRESETS, str(schedule))
        yield ConfigIssue(
            ("schedule",),
            f"{problem}; expected null, a cron expression of five fields, or a preset: {presets}",
        )
    yield from storable_issues(content, ())
    yield from _source(content)
    yield from _columns(content)
    yield from _sensitive(content)
    yield from _gate(content)
    yield from _drift(content)
    yield from _policy(content)
    for index, trusted in enumerate(_texts(content, ("estimator", "trusted_types"))):
        if not _DOTTED_NAME.match(trusted):
            text = (
                f"found {trusted!r}; expected the full dotted name of a type, such as sklearn.tree._tree.Tree"
            )
            yield ConfigIssue(("estimator", "trusted_types", index), text)


def _source(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check the URIs of both tables."""
    seen: dict[str, str] = {}
    for table in ("features", "labels"):
        key = ("source", table, "uri")
        uri = _text(content, key)
        if uri is None:
            continue
        problem = _explain_uri(uri)
        if problem:
            yield ConfigIssue(key, problem)
        elif uri in seen:
            yield ConfigIssue(
                key, f"is the URI of {seen[uri]} too; leave source.labels out where one table holds both"
            )
        seen[uri] = f"source.{table}"


def _explain_uri(uri: str) -> str | None:
    """Return what is wrong with the URI of a table, never with its secrets in it."""
    head, _, rest = uri.partition("://")
    host = (rest if "://" in uri else "").partition("/")[0]
    if "@" in host:
        return (
            "contains credentials before '@'; put them into the Airflow connection instead, and rotate them"
        )
    if _SCHEME.match(uri) and "://" not in uri:
        return f"found {uri!r}; a scheme is followed by '://', such as {uri.partition(':')[0]}://bucket/path"
    times = uri.count("{partition}")
    if times != 1:
        return f"found {uri!r} with {{partition}} {times} times; expected it exactly once"
    if set("{}") & set(uri.replace("{partition}", "")):
        return f"found {uri!r}; {{partition}} is the only placeholder"
    if "://" in uri and not _SCHEME.match(f"{head}:"):
        return f"found {uri!r}; {head!r} is not a scheme"
    return _explain_path(uri, rest if "://" in uri else uri)


def _explain_path(uri: str, path: str) -> str | None:
    """Return what is wrong with the names in a table's URI."""
    *above, last = path.split("/")
    if "" in above[1:] or ".." in above:
        return f"found {uri!r}; expected a name between two '/', and no '..'"
    if any("*" in name for name in above) or ("*" in last and "{partition}" in last):
        return (
            f"found {uri!r}; '*' may stand in the last part only, below {{partition}}, where it means part "
            "files that make one delivery, such as accounts/as_of={partition}/*.parquet"
        )
    return None


def _columns(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that each column has one role."""
    role_of: dict[str, str] = {}
    yield from _internal(content)
    for key in _ROLES:
        column = _text(content, key)
        if column is not None and column in role_of:
            yield ConfigIssue(key, f"{column!r} is {role_of[column]} too; a column has one role")
        elif column is not None:
            role_of[column] = f"{key[0]}.column"
    listed = 0
    for kind in _KINDS:
        for index, column in enumerate(_texts(content, ("features", kind))):
            listed += 1
            if column in role_of:
                remedy = (
                    "a feature is known at the time of the row"
                    if "column" in role_of[column]
                    else "list it once"
                )
                yield ConfigIssue(
                    ("features", kind, index), f"{column!r} is {role_of[column]} too; {remedy}: remove one"
                )
            else:
                role_of[column] = f"in features.{kind}"
    for index, column in enumerate(_texts(content, ("features", "allow_dominant"))):
        names = [name for kind in _KINDS for name in _texts(content, ("features", kind))]
        if column and column not in names:
            text = f"{column!r} is not a feature; {one_of(names, column)}"
            yield ConfigIssue(("features", "allow_dominant", index), text)
    features = content.get("features")
    if not listed and isinstance(features, dict) and not any(map(features.get, _KINDS)):
        yield ConfigIssue(
            ("features",), "no feature is listed; name at least one under numeric or categorical"
        )


def _internal(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that no column has a name that is kept for the columns of ours."""
    places = [(key, _text(content, key) or "") for key in _ROLES]
    for kind in _KINDS:
        key: Key = ("features", kind)
        places += [((*key, index), column) for index, column in enumerate(_texts(content, key))]
    for key, column in places:
        if column.casefold().startswith(INTERNAL):
            text = (
                f"found {column!r}; names that begin with {INTERNAL!r} are kept for columns that predictions "
                "and scores get besides: have the column delivered under another name"
            )
            yield ConfigIssue(key, text)


def _sensitive(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that each sensitive attribute is a feature and that numeric ones are cut into bands."""
    numeric, categorical = (_texts(content, ("features", kind)) for kind in _KINDS)
    for column, settings in _mapping(content, ("sensitive",)).items():
        key = ("sensitive", str(column))
        bands = settings.get("bands", []) if isinstance(settings, dict) else []
        if column not in numeric and column not in categorical:
            yield ConfigIssue(
                key, f"{column!r} is not a feature; {one_of(numeric + categorical, str(column))}"
            )
        elif column not in numeric and bands:
            yield ConfigIssue(
                (*key, "bands"), f"{column!r} is categorical and has its own groups; remove bands"
            )
        elif column in numeric and not bands:
            yield ConfigIssue(
                key, f"{column!r} is numeric; name where its groups begin, such as {{bands: [30, 50]}}"
            )
        elif _are_numbers(bands) and any(low >= high for low, high in pairwise(map(_as_float, bands))):
            yield ConfigIssue((*key, "bands"), f"found {bands}; expected increasing numbers")


def _gate(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check the metrics of the gate and the values of its floors."""
    primary = _text(content, ("gate", "primary"))
    if primary is not None and primary not in METRICS:
        yield ConfigIssue(
            ("gate", "primary"), f"unknown metric {primary!r}; {one_of(sorted(METRICS), primary)}"
        )
    elif primary is not None and primary not in TRIVIAL:
        yield ConfigIssue(
            ("gate", "primary"),
            f"{primary!r} can't distinguish a model from a constant: always predicting the true rate makes "
            f"no such error; {one_of(list(TRIVIAL), primary)} (a floor on {primary} is fine)",
        )
    floors = _mapping(content, ("gate", "floors"))
    if primary in TRIVIAL and floors and primary not in floors and METRICS.keys() >= floors.keys():
        yield ConfigIssue(
            ("gate", "floors"),
            f"found floors for {', '.join(map(str, floors))} and none for {primary}, the primary metric; add "
            "it: the worst value at which a first champion may serve",
        )
    for name, floor in floors.items():
        metric = METRICS.get(name) if isinstance(name, str) else None
        key = ("gate", "floors", str(name))
        if metric is None and isinstance(name, str):
            yield ConfigIssue(key, f"unknown metric {name!r}; {one_of(sorted(METRICS), name)}")
        elif metric and _are_numbers([floor]) and not metric.lowest <= floor <= metric.highest:
            upper = "more" if metric.highest == inf else f"{metric.highest:g}"
            yield ConfigIssue(
                key, f"found {shown_value(floor)}; {name} lies between {metric.lowest:g} and {upper}"
            )


def _policy(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that the policy does not ask for more breaches than it looks at windows."""
    key: Key = ("monitoring", "policy")
    if not isinstance(_at(content, key), dict):
        return
    windows, breaches = (
        _at(content, (*key, field)) if field in _mapping(content, key) else Policy.model_fields[field].default
        for field in ("windows", "breaches")
    )
    if _are_numbers([windows, breaches]) and windows >= 1 and breaches > windows:
        yield ConfigIssue(
            (*key, "breaches" if "breaches" in _mapping(content, key) else "windows"),
            f"{breaches:g} breaches can't be found in {windows:g} "
            f"window{'s' if windows > 1 else ''}, so nothing would ever be retrained; expected breaches at "
            "most as large as windows",
        )


def _drift(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that each kind of column is watched with a statistic that is for it."""
    for kind in _KINDS:
        yield from _statistic(content, ("monitoring", "drift", kind), kind)
    key: Key = ("monitoring", "drift", "columns")
    features = {name: kind for kind in _KINDS for name in _texts(content, ("features", kind))}
    for name in _mapping(content, key):
        if not isinstance(name, str):
            continue
        if name not in features:
            yield ConfigIssue((*key, name), f"{name!r} is not a feature; {one_of(features, name)}")
            continue
        yield from _statistic(content, (*key, name), features[name])
        own = _mapping(content, (*key, name))
        usual = _text(content, ("monitoring", "drift", features[name], "statistic"))
        usual = usual or DEFAULTS[features[name]]
        if own.get("statistic", usual) != usual and own.get("threshold") is None:
            text = f"{own['statistic']} has another unit than {usual}: add a threshold for this column"
            yield ConfigIssue((*key, name, "statistic"), text)


def _statistic(content: dict[str, Any], section: Key, kind: Kind) -> Iterator[ConfigIssue]:
    """Check that a section of limits has a statistic for its kind of column, and a threshold it can reach."""
    key = (*section, "statistic")
    name, allowed = _text(content, key), names_for(kind)
    if name is not None and name not in allowed:
        other = name in STATISTICS and STATISTICS[name].threshold_key == CHOSEN
        found = f"{name!r} is not for {kind} columns" if other else f"unknown statistic {name!r}"
        yield ConfigIssue(key, f"{found}; {one_of(allowed, name)}")
        return
    usual = _text(content, ("monitoring", "drift", kind, "statistic"))
    name = name or (usual if usual in allowed else None) or DEFAULTS[kind]
    threshold, highest = _mapping(content, section).get("threshold"), STATISTICS[name].highest
    if threshold is not None and _are_numbers([threshold]) and threshold >= highest:
        text = f"found {shown_value(threshold)}; {name} never exceeds {highest:g}"
        yield ConfigIssue((*section, "threshold"), f"{text}: choose a number below it")


def _at(content: Any, key: Key) -> Any:
    """Return what stands at a key, or None."""
    for part in key:
        content = content.get(part) if isinstance(content, dict) else None
    return content


def _text(content: dict[str, Any], key: Key) -> str | None:
    """Return the text at a key, or None where something else or nothing stands there."""
    found = _at(content, key)
    return found if isinstance(found, str) else None


def _texts(content: dict[str, Any], key: Key) -> list[str]:
    """Return the list at a key with anything but text replaced by an empty text, so that places stay."""
    found = _at(content, key)
    return (
        [item if isinstance(item, str) else "" for item in found] if isinstance(found, (list, tuple)) else []
    )


def _mapping(content: dict[str, Any], key: Key) -> dict[Any, Any]:
    """Return the mapping at a key, or an empty one."""
    found = _at(content, key)
    return found if isinstance(found, dict) else {}


def _as_float(number: float) -> float:
    """Return a number as it is stored: two whole numbers of many digits may become one."""
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def _are_numbers(found: Any) -> bool:
    """Tell whether something is a list of numbers."""
    return isinstance(found, (list, tuple)) and all(
        isinstance(item, (int, float)) and not isinstance(item, bool) for item in found
    )
