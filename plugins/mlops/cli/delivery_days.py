"""The days on which a model got deliveries, as its source has them now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.data.maturity import due_date
from include.errors import ConfigError
from mlops.cli.known_models import find_model
from mlops.cli.local_connections import use_connections
from mlops.hooks.sources.hook import SourceHook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.config.schema import ModelConfig


def delivery_days(model: str) -> list[str]:
    """Return the ISO dates on which features or labels were delivered, from the first features on.

    :param model: the name of its folder.
    :raises ConfigError: there is no such model, or nothing was ever delivered to it.
    """
    return _days(_delivered(find_model(model)))


def newest_labels(model: str) -> str:
    """Return the ISO date as of which the newest labels of a model are known; today where that is later.

    :param model: the name of its folder.
    :raises ConfigError: there is no such model, or nothing was ever delivered to it.
    """
    config = find_model(model)
    delivered = _delivered(config)
    newest = max(_days(delivered))
    if not delivered.get("labels"):  # the target is a column of the features
        newest = max(newest, due_date(max(delivered["features"]), config))
    return min(newest, datetime.now(UTC).date().isoformat())


def _delivered(config: ModelConfig) -> dict[str, dict[str, str]]:
    """Return the partitions of either table.

    :raises ConfigError: nothing was ever delivered.
    """
    use_connections()
    source, table = SourceHook(config), config.source.features
    delivered = source.partitions()
    if not delivered["features"]:
        raise ConfigError(
            f"{source.describe()} has no partitions: there is no past of {config.name} to live through. "
            f"Check the connection {table.connection or config.source.connection} and source.features."
            f"{'uri' if table.sql is None else 'sql'} in model.yaml."
        )
    return delivered


def _days(delivered: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the days on which something was delivered, from the first features on."""
    first = min(delivered["features"])
    return sorted({day for days in delivered.values() for day in days if day >= first})
