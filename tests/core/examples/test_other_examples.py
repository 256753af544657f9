"""The examples of a number and of ten classes: what their folders claim, on the data that they are given."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from include.config.estimator import load_estimator
from include.config.load import load_model, model_folders
from include.data.splits import Holdout
from include.errors import DataError
from include.examples import __main__ as command_line
from include.examples.digits import weeks
from include.examples.find import USUAL, all_examples, find_example
from include.examples.flights_2015 import days

if TYPE_CHECKING:
    import pandas as pd

pytestmark = pytest.mark.core

MODELS = Path(__file__).parents[3] / "include" / "models"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    assert command_line.main(["--to", str(folder)]) == 0
    return folder


def test_each_example_is_a_model_folder_and_one_of_them_is_the_usual() -> None:
    models = {folder.name for folder in model_folders(MODELS)}
    assert {one.model for one in all_examples()} <= models
    assert find_example(USUAL) is not None
    assert find_example("churn") is None


@pytest.mark.parametrize("example", all_examples(), ids=lambda one: one.model)
def test_deliveries_lie_where_the_model_reads_them(example, source: Path) -> None:  # type: ignore[no-untyped-def]
    config = load_model(MODELS / example.model)
    found = {str(path.relative_to(source)) for path in (source / example.model).rglob("*.csv")}
    first, *_, last = example.days
    assert first >= example.first_day
    assert list(example.days) == sorted(example.days)
    for table in filter(None, (config.source.features, config.source.labels)):
        root = "" if config.source.connection == "example_data" else f"{example.model}/"
        before, _, after = f"{root}{table.uri}".partition("{partition}")
        partitions = sorted(
            path.removeprefix(before).removesuffix(after) for path in found if path.startswith(before)
        )
        assert partitions[0] <= first
        assert partitions[-1] > first
        assert all(date.fromisoformat(day) for day in partitions)
    assert last > first


def test_later_deliveries_are_not_written_before_their_day(tmp_path: Path) -> None:
    written = days.write_days(tmp_path, date(2015, 6, 2))
    assert [str(path.relative_to(tmp_path)) for path in written] == [
        "flights/as_of=2015-06-01/flights.csv", "landed/known_on=2015-06-02/landed.csv",
        "flights/as_of=2015-06-02/flights.csv",
    ]  # fmt: skip
    assert len(weeks.write_weeks(tmp_path, date(2024, 1, 20))) == 2


@pytest.mark.parametrize(("module", "write"), [(days, days.write_days), (weeks, weeks.write_weeks)])
def test_other_data_is_refused(module, write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(module, "RAW_SHA256", hashlib.sha256(b"").hexdigest())
    with pytest.raises(DataError, match="sha256"):
        write(tmp_path, None)
    assert not list(tmp_path.iterdir())


def read(source: Path, table: str) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([pd.read_csv(path) for path in sorted((source / table).rglob("*.csv"))])


def test_the_airline_disappears_on_1_july(source: Path) -> None:
    flights = read(source, "flight_time/flights")
    assert flights[flights["airline"] == "US"]["as_of"].max() == "2015-06-30"
    before, after = (flights[flights["as_of"].between(*ends)] for ends in (
        ("2015-06-01", "2015-06-30"), ("2015-07-01", "2015-07-12"),
    ))  # fmt: skip
    assert ((before["airline"] == "US").mean(), (after["airline"] == "AA").mean()) == pytest.approx(
        (0.0713, 0.1608), abs=0.0001
    )


def test_flight_time_reaches_what_its_readme_says(source: Path) -> None:
    config = load_model(MODELS / "flight_time")
    keys = ["flight", "as_of"]
    known = read(source, "flight_time/flights").merge(read(source, "flight_time/landed"), on=keys)
    assert len(known) == 11_964 - 234
    split = config.split
    held = Holdout(seed=split.seed, share=split.test_share, entity="integer", rotation=split.rotation)
    import pyarrow as pa

    ids = pa.array(known["flight"])
    newest = known["as_of"].between("2015-07-08", "2015-07-12")
    window = known["as_of"].between("2015-06-15", "2015-07-07")
    train, test = known[window & ~held.select(ids)], known[newest & held.select_tested(ids)]
    model = load_estimator(MODELS / "flight_time", config)
    features = list(config.feature_names)
    answers = model.fit(train[features], train["air_time"]).predict(test[features])
    error = (test["air_time"] - answers).abs().mean()
    assert (len(train), len(test), round(error, 2)) == (4284, 385, 6.02)
    assert error < config.gate.floors["mae"] / 1.5


def test_digits_reaches_what_its_readme_says(source: Path) -> None:
    import pyarrow as pa
    from sklearn.metrics import log_loss
    from threadpoolctl import threadpool_limits

    config = load_model(MODELS / "digits")
    images = read(source, "digits/images")
    held = Holdout(seed=config.split.seed, share=config.split.test_share, entity="integer", rotation=0.0)
    test = held.select(pa.array(images["image"]))
    newest = images["as_of"] >= "2024-03-10"
    train, tested = images[~test & ~newest], images[test & newest]
    model = load_estimator(MODELS / "digits", config)
    features = list(config.feature_names)
    with threadpool_limits(1):
        answers = model.fit(train[features], train["digit"]).predict_proba(tested[features])
    assert (len(train), len(tested)) == (691, 236)
    assert log_loss(tested["digit"], answers) == pytest.approx(0.327, abs=0.002)
    assert (answers.argmax(axis=1) == tested["digit"]).mean() == pytest.approx(0.924, abs=0.005)
    assert (images[[name for name in weeks.PIXELS if name not in features]] == 0).all(axis=None)
