"""Load the data contract of a model: what must hold in its tables, as Great Expectations configurations.

Here the schema is checked, that each column is one of the table's, and that each literal is of the type that
its column holds; whether an expectation of that type exists, and whether it holds, is found out when the data
is validated. Rules that every model needs (unique keys, a target of 0 and 1, finite numbers ...) are not
written in a contract: :mod:`include.validation` adds them.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, JsonValue, ValidationError

from include.config.base import StrictModel
from include.config.config_errors import ConfigIssue, Key, config_error, dotted, one_of, shown_value
from include.config.schema_errors import schema_issues
from include.config.storable import storable_issues
from include.config.yaml_file import read_yaml
from include.data import schema
from include.strict_json import to_json
from include.validation.contract.conditions import condition_issues
from include.validation.contract.literals import literal_issues

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.config.yaml_file import YamlFile

CONTRACT_FILE = "contract.yaml"
_ONE_COLUMN = ("column", "column_A", "column_B")
_MANY_COLUMNS = ("column_list", "column_set")


class Rule(StrictModel):
    """One expectation on a table.

    :param type: its name in Great Expectations, such as ``expect_column_values_to_be_between``.
    :param kwargs: its arguments, as Great Expectations names them.
    :param severity: ``critical`` fails the run and quarantines the snapshot; ``warning`` is reported.
    :param why: one sentence for whoever reads the finding.
    """

    type: Annotated[str, Field(pattern=r"^expect_[a-z0-9_]+$")]
    kwargs: dict[str, JsonValue] = Field(default_factory=dict)
    severity: Literal["critical", "warning"]
    why: Annotated[str, Field(min_length=1)]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the rule names; empty for a rule on the table as a whole."""
        single = [self.kwargs[name] for name in _ONE_COLUMN if name in self.kwargs]
        listed = [item for name in _MANY_COLUMNS for item in _listed(self.kwargs.get(name))]
        return tuple(str(column) for column in single + listed)


class Contract(StrictModel):
    """The rules of both tables.

    :param features: rules on the features table.
    :param labels: rules on the labels table; empty where the features table holds the target.
    """

    features: Annotated[tuple[Rule, ...], Field(strict=False)]
    labels: Annotated[tuple[Rule, ...], Field(strict=False)] = ()

    @cached_property
    def digest(self) -> str:
        """sha256 of the rules: the same for any comments and layout of the file."""
        canonical = to_json(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def load_contract(folder: Path, config: ModelConfig) -> Contract:
    """Return the validated content of a model folder's ``contract.yaml``.

    :param folder: such as ``include/models/credit_risk``.
    :param config: the model's configuration, which says the columns of each table.
    :raises ConfigError: one line for each configuration error: file and line, key, what was found, what is
        allowed.
    """
    source = read_yaml(folder / CONTRACT_FILE)
    issues: list[ConfigIssue] = []
    contract = None
    try:
        contract = Contract.model_validate(source.content)
    except ValidationError as error:
        issues = schema_issues(error, Contract)
    reported = {issue.key for issue in issues}
    issues += [issue for issue in _rule_issues(source, config) if issue.key not in reported]
    if issues or contract is None:
        raise config_error(source.path, map(source.located, issues))
    return contract


def table_columns(config: ModelConfig, table: str) -> tuple[str, ...]:
    """Return the columns of a canonical snapshot in their order.

    :param config: the model's configuration.
    :param table: ``features`` or ``labels``.
    """
    return tuple(column.name for column in schema.table_columns(config, table))


def _rule_issues(source: YamlFile, config: ModelConfig) -> Iterator[ConfigIssue]:
    """Yield what is wrong with the rules beyond the schema, skipping what does not fit it."""
    content = source.content
    for table in ("features", "labels"):
        rules = _listed(content.get(table))
        if table == "labels" and rules and config.source.labels is None:
            yield ConfigIssue(
                (table,), "the model has no labels table (source.labels); write these rules under features"
            )
            continue
        seen: dict[str, Key] = {}
        for index, rule in enumerate(rules):
            kwargs = rule.get("kwargs") if isinstance(rule, dict) else None
            if not isinstance(kwargs, dict):
                continue
            key: Key = (table, index)
            unfit = list(storable_issues(rule, key))
            yield from unfit
            if unfit:
                continue
            content_key = to_json([rule.get("type"), kwargs], sort_keys=True, default=str)
            if content_key in seen:
                yield ConfigIssue(key, f"the same rule as {dotted(seen[content_key])}; keep one")
            seen.setdefault(content_key, key)
            kinds = {column.name: column.kind for column in schema.table_columns(config, table)}
            place = (*key, "kwargs")
            yield from _kwargs_issues(place, kwargs, tuple(kinds))
            yield from literal_issues(place, str(rule.get("type")), kwargs, kinds, source.written)
            condition, parser = kwargs.get("row_condition"), kwargs.get("condition_parser")
            yield from condition_issues((*place, "row_condition"), condition, kinds, parser)


def _kwargs_issues(key: Key, kwargs: dict[str, Any], columns: tuple[str, ...]) -> Iterator[ConfigIssue]:
    """Yield what is wrong with the arguments of one rule."""
    named = [((*key, name), kwargs[name]) for name in _ONE_COLUMN if name in kwargs]
    for name in _MANY_COLUMNS:
        named += [((*key, name, place), column) for place, column in enumerate(_listed(kwargs.get(name)))]
    for place, column in named:
        if column not in columns:
            yield ConfigIssue(place, f"unknown column {column!r}; {one_of(columns, str(column))}")
    mostly = kwargs.get("mostly", 1)
    if isinstance(mostly, bool) or not isinstance(mostly, (int, float)) or not 0 < mostly <= 1:
        yield ConfigIssue(
            (*key, "mostly"), f"found {shown_value(mostly)}; allowed: more than 0 and at most 1"
        )


def _listed(found: Any) -> list[Any]:
    """Return a list as it is, and nothing for anything else."""
    return list(found) if isinstance(found, (list, tuple)) else []
