"""Probation of a number and of ten classes: the past comes back, and so does the version that knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.config.load import load_model
from include.promotion.probation import decide as probation
from include.promotion.probation.subject import ProbationDecision
from include.replay.engine import Replay
from include.replay.local_deliveries import LocalDeliveries
from tests.world.edits import edit
from tests.world.tasks import digits_world, flights_world, next_day

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from include.replay.cache import Cache
    from include.replay.outcome import Day

pytestmark = [pytest.mark.core, pytest.mark.timeout(300)]


def slower(rows: pd.DataFrame) -> pd.DataFrame:
    """Wind from ahead."""
    return rows.assign(air_time=1.3 * (rows["air_time"] + 115))


def renamed(rows: pd.DataFrame) -> pd.DataFrame:
    """Digits that are called by the next one's name."""
    return rows.assign(digit=rows["digit"].map({f"d{one}": f"d{(one + 1) % 10}" for one in range(10)}))


WORLDS: dict[str, tuple[Callable[..., Any], Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "regression": (flights_world, slower), "multiclass": (digits_world, renamed),
}  # fmt: skip
OTHER = 3  # the delivery in which everything is otherwise


@pytest.mark.parametrize(  # CI has one: the task changes what is measured, not what follows
    "task", [pytest.param(task, marks=pytest.mark.full) if task == "multiclass" else task for task in WORLDS]
)
def test_a_version_that_learned_from_what_has_passed_is_rolled_back(
    task: str, tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, change = WORLDS[task]
    world = make(tmp_path / "models", tmp_path / "source")
    edit(world.folder / "model.yaml", ("alerts:\n", "probation: {rollback: automatic}\nalerts:\n"))
    edit(
        world.folder / "model.yaml",
        ("window: {partitions: 4,", "window: {partitions: 1,"),
        ("min_rows: 500}", "min_rows: 300}"),
        ("min_new_labels: 300", "min_new_labels: 1000"),
        ("min_rows: 300\n  min_positives: 20", "min_rows: 150\n  min_positives: 5"),
    )
    if task == "regression":  # one delivery says little of the RMSE of a few large errors
        edit(world.folder / "model.yaml", ("primary: rmse", "primary: mae"))
    for number in range(5):
        world.deliver(number, change if number == OTHER else None)
    features, labels = (
        {file.stem: file for file in sorted((world.source / table).glob("*.csv"))}
        for table in ("features", "labels")
    )
    # So few deliveries don't show how far deliveries differ: taken as what chance explains.
    decide = probation.decide
    monkeypatch.setattr(
        "include.replay.probation.decide",
        lambda *given, **more: decide(*given, **more | {"design_effect": 1.0}),
    )
    config = load_model(world.folder)
    replay = Replay(config, world.folder, LocalDeliveries.of_tables(config, features, labels, cache), cache)
    days: dict[str, Day] = {day.day: day for day in replay.walk(replay.calendar.days)}
    assert days[next_day(world.days[OTHER])].champion == "2", "the odd delivery made a champion"
    found = next(day for day in days.values() if day.rolled_back)
    assert found.champion == "1"
    assert found.watched is not None
    assert found.watched.probation is not None
    assert found.watched.probation.decision == ProbationDecision.ROLL_BACK
    assert ("%" in found.watched.probation.summary) == (task == "regression"), "a loss in minutes is a share"
