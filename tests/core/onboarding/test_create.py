"""The folder that is written: it loads, meets its own contract, and its first training ends as was said."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml

from include.config.estimator import load_estimator
from include.config.load import load_model
from include.config.metric_names import METRICS
from include.errors import ConfigError, StorageError
from include.onboarding.create import Place, make_model
from include.onboarding.floors import trivial_value
from include.onboarding.look import Wanted
from include.onboarding.show import columns_table, decisions, outcome, suspects
from include.replay.outcome import Result
from include.validation.contract.contract import load_contract
from tests.core.onboarding.tables import visits, write
from tests.world.model_config import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.onboarding.made import Made

pytestmark = pytest.mark.core


def make(source: Path, folder: Path, target: str, *, dry_run: bool = False, every: str | None = None) -> Made:
    place = Place(models=folder / "models", data=folder / "data", connection="data_folder", owner="clinic")
    scratch = folder / "scratch"
    scratch.mkdir()
    wanted = Wanted(
        name="clinic", target=target, time="day", every=every, leave_out=("missed",) * (target != "missed")
    )  # type: ignore[arg-type]
    return make_model(source, wanted, place, scratch, dry_run=dry_run, report=lambda _: None)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Made]:
    """Return a function that makes the model of a target, once for the tests that only look at it."""

    @cache
    def make_it(target: str) -> Made:
        folder = tmp_path_factory.mktemp(target)
        return make(write(visits(2400), folder), folder, target)

    return make_it


@pytest.mark.parametrize("target", ["missed", "ward", "minutes"])
def test_folder_of_each_task_runs_to_a_promotion(target: str, made_once: Callable[[str], Made]) -> None:
    made = made_once(target)
    assert made.trial.result is Result.PROMOTED, outcome(made)
    config = load_model(made.folder)
    load_estimator(made.folder, config)
    contract = load_contract(made.folder, config)
    assert all(any(letter.isdigit() for letter in rule.why) for rule in contract.features)
    assert config.gate.floors == {name: floor.value for name, floor in made.floors.items()}
    assert sorted(path.name for path in made.folder.iterdir()) == [
        "README.md", "contract.yaml", "estimator.py", "model.yaml",
    ]  # fmt: skip
    assert len(list(made.deliveries.glob("as_of=*/rows.parquet"))) == len(made.found.cut.rows)


def test_floors_lie_between_the_trivial_and_the_default_model(made_once: Callable[[str], Made]) -> None:
    made = made_once("minutes")
    evaluation = made.first.evaluation
    assert evaluation is not None
    for name, floor in made.floors.items():
        trivial, found = trivial_value(name, evaluation), evaluation.candidate[name]
        end = found.low if METRICS[name].higher_is_better else found.high
        assert trivial is not None
        assert min(trivial, end) < floor.value < max(trivial, end)
        assert floor.value == pytest.approx((trivial + end) / 2, rel=0.01)


def test_nothing_of_the_example_is_in_it(made_once: Callable[[str], Made]) -> None:
    made = made_once("missed")
    example = yaml.safe_load(EXAMPLE.with_name("contract.yaml").read_text())
    reasons = {rule["why"] for rules in example.values() for rule in rules}
    written = yaml.safe_load((made.folder / "contract.yaml").read_text())
    assert not reasons & {rule["why"] for rule in written["features"]}
    assert "credit" not in "".join(path.read_text() for path in made.folder.iterdir()).casefold()


def test_target_without_a_pattern_is_said_not_to_pass(tmp_path: Path) -> None:
    frame = visits(1500)
    frame["missed"] = np.random.default_rng(5).integers(0, 2, len(frame))
    made = make(write(frame.drop(columns=["minutes", "ward"]), tmp_path), tmp_path, "missed")
    assert made.trial.result is Result.REJECTED
    assert "not certainly better" in made.floors["roc_auc"].why
    assert "reject" in outcome(made)[0]


def test_column_that_knows_the_target_is_suspected(tmp_path: Path) -> None:
    frame = visits(2000)
    frame["answer"] = frame.missed * 2 + np.random.default_rng(1).normal(size=len(frame)) * 0.3
    made = make(write(frame, tmp_path), tmp_path, "missed", dry_run=True)
    assert made.first.evaluation is not None
    assert [text.split(":")[0] for text in suspects(made.first.evaluation)] == ["LEAK?  answer"]


@pytest.mark.parametrize(("rows", "days"), [(80, 100), (30, 4)])
def test_table_that_is_too_small_gives_a_folder_and_says_what_is_missing(
    rows: int, days: int, tmp_path: Path
) -> None:
    made = make(write(visits(rows, days), tmp_path), tmp_path, "missed")
    load_model(made.folder)
    said = " ".join(outcome(made))
    assert "too small to tell much" in said
    assert "a training as of" in said


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    make(write(visits(), tmp_path), tmp_path, "missed", dry_run=True)
    assert not (tmp_path / "models").exists()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("taken", ["models/clinic", "data/clinic"])
def test_what_is_there_is_not_touched(taken: str, tmp_path: Path) -> None:
    (tmp_path / taken).mkdir(parents=True)
    with pytest.raises(ConfigError, match="is there already, and nothing of it was touched"):
        make(write(visits(), tmp_path), tmp_path, "missed")


@pytest.mark.parametrize("name", ["Clinic", "2nd", "a-b", "", "a" * 101, "../x"])
def test_invalid_name_is_refused(name: str, tmp_path: Path) -> None:
    place = Place(models=tmp_path, data=tmp_path, connection="x", owner="y")
    wanted = Wanted(name=name, target="missed", time="day")
    with pytest.raises(ConfigError, match="is not a name of a model"):
        make_model(tmp_path, wanted, place, tmp_path, dry_run=True, report=lambda _: None)


def test_folder_that_can_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageError, match="can't be written"):
        make(write(visits(), tmp_path), tmp_path, "missed")
    assert not (tmp_path / "models").exists()


def test_table_shows_each_column_with_what_becomes_of_it(made_once: Callable[[str], Made]) -> None:
    made = made_once("missed")
    shown = columns_table(made.found)
    for name in visits().columns:
        assert name in shown
    assert "target of binary" in shown
    assert any(line.startswith("entity     visit_id:") for line in decisions(made.found))
