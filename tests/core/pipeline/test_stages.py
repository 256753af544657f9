"""What the stages of a pipeline make, and what of it changes with what."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from include.config.load import load_model
from include.errors import ConfigError, DataError
from include.evaluation.record import Evaluation
from include.examples.find import find_example
from include.pipeline import prepare
from include.pipeline.deliveries import files_of, find_tables, lay_example, list_deliveries
from include.pipeline.places import Places
from include.validation.report import ContractBreach
from tests.world.edits import edit
from tests.world.model_config import EXAMPLE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.pipeline.conftest import Project

pytestmark = pytest.mark.core

MODELS = EXAMPLE.parents[1]
NEWEST, EARLY = "2015-06-14", "2015-06-02"


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """Return the names of the files that differ."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_the_figures_are_those_of_the_evaluation(made: Project) -> None:
    places = made.places
    figures = json.loads(places.metrics.read_text())
    found = Evaluation.from_dict(json.loads((places.evaluation / "evaluation.json").read_text()))
    assert figures["test_mae"] == found.candidate["mae"].value
    assert (figures["test_mae_low"], figures["test_mae_high"]) == (
        found.candidate["mae"].low, found.candidate["mae"].high,
    )  # fmt: skip
    assert found.champion is None
    trained = json.loads(places.training_figures.read_text())
    assert trained["train_rows"] > 300
    assert 60 < trained["train_target_mean"] < 180


def test_which_code_it_was_is_recorded(made: Project) -> None:
    code = json.loads(made.places.code.read_text())
    assert code == {"commit": "c0ffee", "changed": [" M include/names.py"]}


def test_plots_show_what_was_measured(made: Project) -> None:
    plots = {file.stem: json.loads(file.read_text()) for file in made.places.plots.iterdir()}
    assert set(plots) == {"residuals", "residuals_by_prediction", "importance"}
    found = json.loads((made.places.evaluation / "evaluation.json").read_text())
    shown = sum(row["rows"] for row in plots["residuals"])
    assert found["rows"] - 2 <= shown <= found["rows"]  # all but the farthest 0.2 %, one at either end
    assert next(row["feature"] for row in plots["importance"]) == "distance"
    assert all(math.isfinite(value) for row in plots["residuals_by_prediction"] for value in row.values())


def test_the_same_again_is_the_same_to_the_byte(project: Project) -> None:
    """Also as of the newest day. But for the model's file: skops writes the time and addresses into it."""
    before = project.content()
    project.run(as_of=prepare.NEWEST)
    assert changed(before, project.content()) == {"model.skops"}


def test_a_row_that_is_tested_on_changes_no_training_set(project: Project) -> None:
    """One row of the newest labelled delivery: its snapshot, the test set and what follows from that.

    A row of a delivery that is older than the window changes nothing at all.
    """
    before = project.content()
    dataset = json.loads(before["dataset/dataset.json"])
    file = project.flights(dataset["test_partitions"][-1])
    tested = set(pairs(project.places.dataset / "test.parquet"))
    change_distance(file, next(row for row, line in enumerate(rows(file)) if int(line[0]) in tested), "1234")
    oldest = min(path.name.removeprefix("as_of=") for path in file.parent.parent.iterdir())
    change_distance(project.flights(oldest), 0, "1234")
    project.run("prepare", "featurize")
    day = dataset["test_partitions"][-1]
    assert changed(before, project.content()) == {
        f"snapshots/features/{day}.parquet", "snapshots/manifest.json", "dataset/test.parquet",
        "dataset/dataset.json",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "stages"),
    [
        ("How many minutes will", "For how long will", set()),
        ("owner: flight-planning", "owner: others", set()),
        ("max_drop: 0.15", "max_drop: 0.2", set()),
        ("alpha: 1.0", "alpha: 2.0", {"train"}),
        ("  seed: 0", "  seed: 1", {"train", "evaluate"}),
        ("mae: 12", "mae: 11", {"evaluate"}),
        ("split:", "sensitive: {weekday: {}}\nsplit:", {"evaluate"}),
        ("  min_rows: 150\n  slices", "  min_rows: 160\n  slices", {"featurize", "evaluate"}),
        ("out_of_time: true", "out_of_time: false", {"featurize"}),
        ("partitions: 4", "partitions: 5", {"prepare", "featurize"}),
        ("[airline, weekday]", "[airline]", {"prepare", "featurize", "train", "evaluate"}),
    ],
)
def test_a_stage_follows_from_what_it_reads(project: Project, old: str, new: str, stages: set[str]) -> None:
    before = project.content()
    more = [("      weekday:", "      airline:")] if new == "[airline]" else []
    edit(project.places.folder / "model.yaml", (old, new), *more)
    project.run("settings")
    assert changed(before, project.content()) == {f"settings/{stage}.json" for stage in stages}


def test_the_estimators_code_is_a_matter_of_training_alone(project: Project) -> None:
    before = project.content()
    file = project.places.folder / "estimator.py"
    file.write_text(file.read_text() + "\n# another remark\n")
    project.run("settings")
    assert changed(before, project.content()) == {"settings/train.json"}


def test_a_broken_model_stops_before_anything_is_written(project: Project) -> None:
    before = project.content()
    edit(project.places.folder / "model.yaml", ("alpha: 1.0}", "alpha: 1.0}\n  sead: 1"))
    with pytest.raises(ConfigError, match=r"model\.yaml:\d+: estimator\.sead: unknown key 'sead'.*'seed'\?"):
        project.run("settings")
    assert changed(before, project.content()) == set()


def test_an_unknown_model_gets_the_nearest_name(project: Project) -> None:
    with pytest.raises(ConfigError, match=r"unknown model 'flight_tim'.*did you mean 'flight_time'"):
        Places(root=project.places.root, model="flight_tim").require()


def test_a_delivery_in_breach_of_its_contract_is_named(project: Project) -> None:
    change_distance(project.flights(EARLY), 0, "-5")
    with pytest.raises(ContractBreach, match=f"features of {EARLY}"):
        project.run("prepare", as_of=EARLY)


def test_a_delivery_that_cannot_be_read_is_named(project: Project) -> None:
    project.flights("2015-06-10").write_text("")
    with pytest.raises(DataError, match=r"as_of=2015-06-10/flights\.csv: the file is empty"):
        project.run("prepare")


@pytest.mark.parametrize("as_of", ["2015-6-14", "newest ", "2015-02-30"])
def test_a_day_that_is_none_is_refused(project: Project, as_of: str) -> None:
    with pytest.raises(DataError, match=r"nor 'newest'; correct it in params\.yaml"):
        project.run("prepare", as_of=as_of)


def test_too_few_labels_are_named_with_what_is_missing(project: Project) -> None:
    project.run("prepare", as_of=EARLY)
    with pytest.raises(DataError, match=f"nothing to train on as of {EARLY}"):
        project.run("featurize")


def test_a_lost_manifest_says_how_it_is_made_again(project: Project) -> None:
    project.places.manifest.unlink()
    with pytest.raises(DataError, match=r"manifest\.json can't be read .* run `dvc repro`"):
        project.run("featurize")


def test_part_files_are_read_in_their_order(project: Project) -> None:
    edit(project.places.folder / "model.yaml", ("{partition}/flights.csv", "{partition}/*.csv"))
    tables = find_tables(load_model(project.places.folder), project.places.folder)
    place = project.flights("2015-06-10")
    (place.parent / "a.csv").write_text("x\n")
    (place.parent / "_SUCCESS").write_text("")
    found = list_deliveries(tables, project.data)
    assert max(found["features"]) == NEWEST
    named = [file.name for file in files_of(tables["features"], found["features"]["2015-06-10"])]
    assert named == ["a.csv", "flights.csv"]


def test_a_table_that_is_not_a_folder_of_deliveries_is_refused(project: Project) -> None:
    edit(
        project.places.folder / "model.yaml",
        ("as_of={partition}/flights.csv\n", "all.csv\n    partition_by: {column: as_of, every: day}\n"),
    )
    with pytest.raises(ConfigError, match=r"features comes from one table .* data/flight_time"):
        find_tables(load_model(project.places.folder), project.places.folder)


def test_a_missing_folder_is_named(project: Project) -> None:
    with pytest.raises(DataError, match=r"nowhere is not a folder.*params\.yaml"):
        prepare.run(project.places, project.places.root / "nowhere")


def test_an_example_is_laid_where_its_uris_lead(tmp_path: Path) -> None:
    folder = MODELS.parent / "examples" / "flights_2015"
    config = load_model(MODELS / "flight_time")
    root = lay_example(config, folder, tmp_path)
    found = list_deliveries(find_tables(config, MODELS / "flight_time"), root)
    assert min(found["features"]) < "2015-06-14" < max(found["labels"])


def test_another_models_example_is_refused(tmp_path: Path) -> None:
    assert find_example("other") is None
    config = load_model(EXAMPLE.parent).model_copy(update={"name": "other"})
    folder = MODELS.parent / "examples" / "credit_default"
    with pytest.raises(ConfigError, match=r"other is not an example.*data/other"):
        lay_example(config, folder, tmp_path)


def pairs(path: Path) -> list[int]:
    """Return the flights of a part of the dataset."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as parquet:
        found: list[int] = parquet.read(columns=["flight"])["flight"].to_pylist()
    return found


def rows(file: Path) -> list[list[str]]:
    """Return the rows of a delivery without its header."""
    return [line.split(",") for line in file.read_text().splitlines()[1:]]


def change_distance(file: Path, row: int, value: str) -> None:
    """Give one row of a delivery another distance."""
    header = file.read_text().splitlines()[0]
    found = rows(file)
    found[row][header.split(",").index("distance")] = value
    file.write_text("\n".join([header, *(",".join(line) for line in found)]) + "\n")
