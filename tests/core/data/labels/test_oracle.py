"""Labels of every kind against an oracle that looks at one row at a time, on random histories."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.data.labels import open_labels
from tests.world.examples import examples
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.core

START = date(2015, 1, 1)
PARTITIONS = (6, 13, 20)  # last days of three weeks
LAST = 45
Known = dict[int, tuple[int, int]]  # partition and label of each known row


class Said(NamedTuple):
    """One row of one delivery."""

    key: int
    day: int
    value: int | None  # the label, or the day of the event
    known_on: int = 0


History = dict[int, list[Said]]  # day of delivery to its rows


def iso(day: int) -> str:
    return (START + timedelta(days=day)).isoformat()


def row_day(key: int) -> int:
    """A row always has the same day: three weeks of rows."""
    return key % 21


def partition_of(key: int) -> int:
    return PARTITIONS[row_day(key) // 7]


def config_of(horizon: int | None, delay: int, *, labels: bool = True, known_on: bool = False) -> ModelConfig:
    event = {"event": "lost_on", "horizon_days": horizon, "column": "lost_soon"} if horizon else {}
    table = {"uri": "labels/{partition}", "format": "csv"}
    return make_config(
        time={"every": "week"},
        source={"labels": (table | ({"known_on": "known_on"} if known_on else {})) if labels else None},
        target={"delay_days": delay, **event},
    )


def write(path: Path, rows: Iterable[Said], config: ModelConfig) -> Path:
    """Write one snapshot as canonical conversion would."""
    found = list(rows)
    event = config.target.event is not None
    values = [None if one.value is None else START + timedelta(days=one.value) for one in found]
    table = {
        "customer_id": pa.array([one.key for one in found], pa.int64()),
        "as_of": pa.array([START + timedelta(days=one.day) for one in found], pa.date32()),
        config.target.delivered_column: pa.array(values, pa.date32())
        if event
        else pa.array([one.value for one in found], pa.int8()),
        "known_on": pa.array([START + timedelta(days=one.known_on) for one in found], pa.date32()),
    }
    pq.write_table(pa.table(table), path)
    return path


def ask(tables: dict[str, dict[str, Path]], config: ModelConfig, as_of: int) -> Known:
    """Return what is known of every partition, asked for as a run does, newest first."""
    labels = open_labels({"features": {}, "labels": {}, **tables}, config, iso(as_of))
    found: Known = {}
    for partition in reversed(PARTITIONS):
        if partition <= as_of and (known := labels.of(iso(partition))) is not None:
            assert known.known_on <= iso(as_of)
            keys, targets = known.keys.to_pylist(), known.targets.tolist()
            assert len(set(keys)) == len(keys)
            found |= {key: (partition, target) for key, target in zip(keys, targets, strict=True)}
    return found


def ask_history(history: History, config: ModelConfig, as_of: int) -> Known:
    with tempfile.TemporaryDirectory() as folder:
        files = {
            iso(day): write(Path(folder) / f"{day}.parquet", rows, config) for day, rows in history.items()
        }
        return ask({"labels": files}, config, as_of)


days = st.integers(0, LAST)
keys = st.sampled_from([0, 6, 7, 12, 20, 21, 27])  # few, so that many deliveries name one


@st.composite
def event_histories(draw: st.DrawFn) -> History:
    """Deliveries of a table that grows, forgets, corrects and revokes: any row with any event so far."""
    history: History = {}
    for day in sorted(draw(st.sets(days, min_size=1, max_size=7))):
        chosen = sorted(key for key in draw(st.sets(keys, max_size=14)) if row_day(key) <= day)
        history[day] = [
            Said(key, row_day(key), draw(st.none() | st.integers(row_day(key), day))) for key in chosen
        ]
    return history


@st.composite
def day_histories(draw: st.DrawFn) -> History:
    """Deliveries whose rows say since when they are known, perhaps from a day after the delivery on."""
    history: History = {}
    for day in sorted(draw(st.sets(days, min_size=1, max_size=6))):
        rows: dict[tuple[int, int], Said] = {}
        for key in draw(st.lists(keys, max_size=14)):
            if row_day(key) <= day:
                since = draw(st.integers(row_day(key), LAST))
                rows[key, since] = Said(key, row_day(key), draw(st.integers(0, 1)), since)
        history[day] = list(rows.values())
    return history


def said_last(history: History, key: int, as_of: int) -> Said | None:
    """The oracle of a table of events: the last delivery that names the row."""
    found = [one for day in sorted(history) if day <= as_of for one in history[day] if one.key == key]
    return found[-1] if found else None


def event_oracle(history: History, horizon: int, delay: int, as_of: int) -> Known:
    known: Known = {}
    newest = max((day for day in history if day <= as_of), default=-1)
    for key in range(30):
        partition = partition_of(key)
        said = said_last(history, key, as_of)
        if partition + horizon + delay <= newest and said is not None and partition <= as_of:
            within = said.value is not None and said.value <= row_day(key) + horizon
            known[key] = (partition, int(within))
    return known


def day_oracle(history: History, as_of: int) -> Known:
    known: Known = {}
    for key in range(30):
        said = [
            (one.known_on, day, one.value or 0)
            for day, rows in history.items()
            for one in rows
            if one.key == key and day <= as_of and one.known_on <= as_of
        ]
        if said and partition_of(key) <= as_of:
            known[key] = (partition_of(key), max(said)[-1])
    return known


@examples(60)
@given(event_histories(), st.integers(1, 25), st.integers(0, 6), days)
def test_a_table_of_events_is_read_row_by_row(history, horizon, delay, as_of):
    found = ask_history(history, config_of(horizon, delay), as_of)
    assert found == event_oracle(history, horizon, delay, as_of)


@examples(40)
@given(event_histories(), st.integers(1, 25), st.integers(0, 6), days, days)
def test_time_changes_no_label_of_an_event_but_by_a_later_delivery(history, horizon, delay, one, other):
    config, (then, now) = config_of(horizon, delay), sorted((one, other))
    before, after = ask_history(history, config, then), ask_history(history, config, now)
    told_since = {said.key for day, rows in history.items() if then < day <= now for said in rows}
    assert before.keys() <= after.keys()
    assert all(after[key] == known for key, known in before.items() if key not in told_since)
    assert all(then >= partition + horizon + delay for partition, _ in before.values()), "none comes early"


@examples(60)
@given(day_histories(), days)
def test_labels_with_a_day_of_their_own_are_read_row_by_row(history, as_of):
    assert ask_history(history, config_of(None, 0, known_on=True), as_of) == day_oracle(history, as_of)


@examples(40)
@given(day_histories(), days, days)
def test_time_changes_no_label_with_a_day_but_by_a_later_one(history, one, other):
    config, (then, now) = config_of(None, 0, known_on=True), sorted((one, other))
    before, after = ask_history(history, config, then), ask_history(history, config, now)
    told_since = {
        said.key for day, rows in history.items() for said in rows if then < max(day, said.known_on) <= now
    }
    assert before.keys() <= after.keys()
    assert all(after[key] == known for key, known in before.items() if key not in told_since)


@examples(60)
@given(st.data(), st.integers(1, 25), st.integers(0, 6), days)
def test_events_among_the_features_are_read_row_by_row(data, horizon, delay, as_of):
    """Each partition is delivered again with what happened since; the run finds the newest by its day."""
    config = config_of(horizon, delay, labels=False)
    events = {key: data.draw(st.none() | st.integers(row_day(key), LAST)) for key in range(21)}
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for partition in PARTITIONS:
            of_partition = [key for key in events if partition_of(key) == partition]
            so_far = {
                key: e if (e := events[key]) is not None and e <= as_of else None for key in of_partition
            }
            rows = [Said(key, row_day(key), event) for key, event in so_far.items()]
            files[iso(partition)] = write(Path(folder) / f"{partition}.parquet", rows, config)
        found = ask({"features": files}, config, as_of)
    assert found == {
        key: (partition_of(key), int(event is not None and event <= row_day(key) + horizon))
        for key, event in events.items()
        if partition_of(key) + horizon + delay <= as_of
    }
