"""Random views and rows, and the value of each row by a search through all values, one by one."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from include.config.joined_view import FEATURE_KINDS, JoinedView
from include.data.arrow_schema import arrow_schema
from include.data.schema import Column, table_columns
from include.data.views.columns import STORED, delivered_columns
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig

ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo")  # whose clocks skip midnight itself on 4 November 2018
FIRST = date(2018, 10, 24)
COLUMNS = {"score": "numeric", "visits": "integer", "active": "boolean", "plan": "category"}
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class World:
    """A view, its values delivery by delivery, and rows to join it to."""

    config: ModelConfig
    view: JoinedView
    deliveries: list[list[dict[str, Any]]]
    rows: list[dict[str, Any]]

    def write(self, folder: Path, rows_per_group: int = 7) -> tuple[Path, list[Path]]:
        """Write the snapshot of the rows, and those of the view."""
        table = delivered_columns(self.config, table_columns(self.config, "features"))
        rows = folder / "rows.parquet"
        write(rows, self.rows, table, rows_per_group)
        paths = []
        for number, values in enumerate(self.deliveries):
            paths.append(folder / f"values-{number}.parquet")
            write(paths[-1], values, value_columns(self.view), rows_per_group)
        return rows, paths


def value_columns(view: JoinedView) -> tuple[Column, ...]:
    """Return the columns of a view's snapshots."""
    times = [view.event_time, *([view.known_at] if view.known_at else [])]
    return (
        *(Column(key, kind) for key, kind in view.key.items()),
        *(Column(clock.column, clock.type) for clock in times),
        *(Column(column, STORED[kind]) for column, kind in view.columns.items()),
    )


def write(
    path: Path, rows: list[dict[str, Any]], columns: tuple[Column, ...], rows_per_group: int = 7
) -> None:
    """Write rows as a snapshot with these columns."""
    schema = arrow_schema(columns)
    arrays = [pa.array([row.get(field.name) for row in rows], field.type) for field in schema]
    pq.write_table(pa.table(arrays, schema=schema), path, row_group_size=rows_per_group)


def config_with(views: dict[str, dict[str, Any]], **changes: Any) -> ModelConfig:
    """Return the example's configuration with views in place of some of its features."""
    joined: dict[str, list[str]] = {"numeric": ["age"], "categorical": ["sex"]}
    for name, view in views.items():
        for column, kind in view["columns"].items():
            joined[FEATURE_KINDS[kind]].append(f"{name}__{column}")
    return make_config(
        features={**joined, "views": views}, sensitive={"sex": {}, "age": {"bands": [30]}}, **changes
    ).model_copy(update={"sensitive": {}})


def random_world(seed: int) -> World:
    """Return a world in which ties, corrections and late values are frequent."""
    rng = random.Random(seed)
    clocks = {
        "event_time": {
            "column": "day",
            "type": rng.choice(["date", "timestamp"]),
            "timezone": rng.choice(ZONES),
        }
    }
    if rng.random() < 0.6:
        clocks["known_at"] = {
            "column": "seen", "type": rng.choice(["date", "timestamp"]), "timezone": rng.choice(ZONES),
        }  # fmt: skip
    hours = clocks.get("known_at", clocks["event_time"])["type"] == "timestamp"
    key = rng.choice([{"id": "integer"}, {"code": "string"}, {"id": "integer", "code": "string"}])
    on = {"id": rng.choice(["customer_id", "age", "shop"]), "code": rng.choice(["sex", "branch"])}
    columns = dict(rng.sample(sorted(COLUMNS.items()), rng.randint(1, len(COLUMNS))))
    view = {
        "key": key,
        "match": {name: on[name] for name in key},
        **clocks,
        "delay": rng.choice([None, "0d", "1d", "3d", *(["5h"] if hours else [])]),
        "same_day": rng.random() < 0.4,
        "max_age": rng.choice([None, None, "0d", "2d", "5d", "36h"]),
        "columns": columns,
    }
    row_time = {"type": rng.choice(["date", "timestamp"]), "timezone": rng.choice(ZONES)}
    config = config_with({"crm": view}, time=row_time)
    return World(
        config=config,
        view=config.features.views["crm"],
        deliveries=[_values(rng, view) for _ in range(rng.randint(1, 3))],
        rows=[
            {
                "customer_id": rng.randrange(3),
                "as_of": _moment(rng, row_time["type"]),
                "age": rng.choice([0.0, 1.0, 2.0, 0.5, None]),
                "sex": rng.choice(["a", "True", None]),
                "shop": rng.choice([0, 1, 2, None]),
                "branch": rng.choice(["a", "True", None]),
            }
            for _ in range(rng.randint(1, 25))
        ],
    )


def _values(rng: random.Random, view: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one delivery, in which no two values have the same key and times."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _ in range(rng.randint(1, 25)):
        row = {
            "id": rng.randrange(3),
            "code": rng.choice(["a", "true", "b"]),
            "day": _moment(rng, view["event_time"]["type"]),
            "seen": _moment(rng, view["known_at"]["type"]) if "known_at" in view else None,
            "score": rng.choice([None, rng.random()]),
            "visits": rng.choice([None, rng.randrange(-5, 1000)]),
            "active": rng.choice([None, 0, 1]),
            "plan": rng.choice([None, "free", "gold", "True"]),
        }
        found[*(row[name] for name in view["key"]), row["day"], row["seen"]] = row
    return list(found.values())


def _moment(rng: random.Random, kind: str) -> date | datetime:
    day = FIRST + rng.randrange(14) * _DAY
    if kind == "date":
        return day
    return datetime.combine(day, time(rng.choice([0, 2, 3, 12, 23])), UTC)


def expected(world: World) -> list[dict[str, Any]]:
    """Return what each row has to get: the columns of the view, and the age in days."""
    values = [(number, value) for number, delivery in enumerate(world.deliveries) for value in delivery]
    return [_expected(world, row, values) for row in world.rows]


def _expected(world: World, row: dict[str, Any], values: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    view, row_time = world.view, world.config.time
    best: tuple[datetime, datetime, int] | None = None
    chosen: dict[str, Any] = {}
    at = row["as_of"]
    if row_time.type == "timestamp":
        instant = at
    elif view.same_day:
        instant = _begin(at + _DAY, row_time.timezone) - timedelta(microseconds=1)
    else:
        instant = _begin(at, row_time.timezone)
    for number, value in values:
        if not all(_equal(row[view.match[key]], value[key]) for key in view.key):
            continue
        event = _instant(value["day"], view.event_time.timezone)
        known = _known(view, value)
        if known > instant or event > instant:
            continue
        if best is None or (event, known, number) > best:
            best, chosen = (event, known, number), value
    if best is None:
        return _nothing(view)
    if row_time.type == view.event_time.type == "date":
        age = (at - chosen["day"]) / _DAY
    else:
        start = at if row_time.type == "timestamp" else _begin(at, row_time.timezone)
        age = (start - best[0]) / _DAY
    age = max(age, 0.0)
    if view.max_age is not None and age > {"d": 1.0, "h": 1 / 24}[view.max_age[-1]] * int(view.max_age[:-1]):
        return _nothing(view)
    return {**{name: chosen[name] for name in view.columns}, "age_days": age}


def _nothing(view: JoinedView) -> dict[str, Any]:
    return {**dict.fromkeys(view.columns), "age_days": None}


def _equal(asked: Any, key: Any) -> bool:
    """Tell whether a row's value is a key; categories spell ``true`` in one way."""
    return asked is not None and asked == ("True" if key == "true" else key)


def _known(view: JoinedView, value: dict[str, Any]) -> datetime:
    clock = view.known_at or view.event_time
    found = value["seen"] if view.known_at else value["day"]
    count = int((view.delay or "0d")[:-1])
    delay = timedelta(hours=count) if (view.delay or "0d").endswith("h") else timedelta(days=count)
    if clock.type == "timestamp":
        return found + delay
    day = found + delay
    return _begin(day if view.same_day else day + _DAY, clock.timezone)


def _instant(moment: date | datetime, zone: str) -> datetime:
    return moment if isinstance(moment, datetime) else _begin(moment, zone)


def _begin(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
