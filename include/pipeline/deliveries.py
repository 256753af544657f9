"""The deliveries of a model on local disk: those that somebody laid below a folder, or an example's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from include.config.views.read import load_view, views_folder
from include.data.ingest.partitions import check_parts
from include.data.sources.layout import delivery_template, list_partitions, part_pattern
from include.errors import ConfigError, DataError
from include.examples.find import all_examples

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.config.data_schema import Table
    from include.config.schema import ModelConfig

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def find_tables(config: ModelConfig, model_folder: Path) -> dict[str, Table]:
    """Return the tables of a model and of its views by name.

    :param config: the model's configuration.
    :param model_folder: its folder.
    :raises ConfigError: one is not a table of files of which each is a delivery.
    """
    root = views_folder(model_folder)
    views = {name: load_view(root, name).source for name in config.features.views}
    tables: dict[str, Table] = {**config.source.tables, **views}
    for name, table in tables.items():
        if table.kind != "delivered files":
            raise ConfigError(
                f"{config.name}: {name} comes from {_KINDS[table.kind]}; the pipeline reads a file, or a "
                "folder of part files, for each delivery. Train it with its DAG, or lay its deliveries out "
                f"below data/{config.name} and let source.{name}.uri in model.yaml lead there"
            )
    return tables


_KINDS = {"dated files": "one table that holds all days (partition_by)", "query": "a query (sql)"}


def list_deliveries(tables: Mapping[str, Table], folder: Path) -> dict[str, dict[str, str]]:
    """Return table to partition (ISO date) to path of all that was delivered, oldest first.

    :param tables: from :func:`find_tables`.
    :param folder: what the URIs of ``model.yaml`` lead from: the connection's root.
    :raises DataError: the folder is missing, or a delivery is not named by its day.
    """
    if not folder.is_dir():
        raise DataError(
            f"{folder} is not a folder; expected the deliveries of the model below it, as the root of its "
            "connection has them. Lay them there, or correct `deliveries` in params.yaml"
        )
    paths = sorted(folder.rglob("*"))
    return {name: _list_table(table, folder, paths) for name, table in tables.items()}


def _list_table(table: Table, folder: Path, paths: Iterable[Path]) -> dict[str, str]:
    uri, _ = table.location
    parts = part_pattern(uri)
    wanted = [str(path) for path in paths if path.is_dir() == (parts is not None)]
    return list_partitions(wanted, delivery_template(f"{folder}/{uri}"))


def files_of(table: Table, path: str) -> tuple[Path, ...]:
    """Return the files of a delivery in the order in which they are read.

    :param table: the table.
    :param path: from :func:`list_deliveries`.
    :raises DataError: a folder holds no part file, or something else beside them.
    """
    pattern = part_pattern(table.location[0])
    place = Path(path)
    if pattern is None:
        return (place,)
    inside = sorted(place.iterdir())
    names = check_parts(
        (one.name for one in inside if one.is_file()),
        (one.name for one in inside if one.is_dir()),
        pattern,
        path,
    )
    return tuple(place / name for name in names)


def lay_example(config: ModelConfig, folder: Path, scratch: Path) -> Path:
    """Return where the deliveries lie: of an example they are written first.

    :param config: the model's configuration.
    :param folder: the folder of the deliveries, or of an example below ``include/examples``.
    :param scratch: where an example's are written.
    :raises ConfigError: the example is another model's.
    :raises DataError: the data of the example is not the data that it was written for.
    """
    if folder.resolve().parent != EXAMPLES:
        return folder
    for one in all_examples():
        if one.model == config.name:
            root = scratch / "examples"
            one.deliver(root / one.model, None)
            own = config.source.features.location[0].startswith(f"{one.model}/")
            return root if own else root / one.model
    raise ConfigError(
        f"{config.name} is not an example; expected the folder of its deliveries, such as "
        f"data/{config.name}, as `deliveries` in params.yaml"
    )
