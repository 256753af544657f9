"""A model whose features come from two views of different clocks, from the source to the drift check."""

from __future__ import annotations

import json
import re
import tempfile
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from include.config.load import load_model
from include.data.dataset import build_dataset
from include.data.dataset_record import Dataset
from include.errors import DataError
from include.lineage import Manifest
from mlops import object_keys, run_context
from mlops.cli.__main__ import main
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.sources.views import VIEWS
from mlops.tracking.reproducibility import compare_predictions
from tests.world.dag_run import DagRun
from tests.world.world import make_light

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.tracking.reproducibility import ReproducibilityRequest, ReproducibilityResult
    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]

LEAKED = 7777.0
MONTHS = ("2005-03-31", "2005-04-30", "2005-05-31", "2005-06-30")
ACTIVITY = """\
description: What a customer did in the month before.
owner: crm
source: {connection: credit_risk_source, uri: "activity/{partition}.csv", format: csv}
key: {customer_id: integer}
event_time: {column: day}
delay: 1d
columns: {n_logins: integer, plan: category}
"""
REGIONS = """\
description: How business goes where customers of a group live.
owner: sales
source: {connection: credit_risk_source, uri: "regions/{partition}.csv", format: csv}
key: {group: string}
event_time: {column: valid_from, type: timestamp, timezone: Asia/Taipei}
known_at: {column: published, type: timestamp}
same_day: true
max_age: 60d
columns: {index: numeric, growing: boolean}
"""


def write_activity(
    source: Path, month: str, logins: Callable[[int], int] = lambda customer: customer % 7
) -> None:
    file = source / "activity" / f"{month}.csv"
    file.parent.mkdir(exist_ok=True)
    rows = [f"{one},{month},{logins(one)},{'gold' if one % 3 else 'free'}" for one in range(1, 2900)]
    file.write_text("\n".join(["customer_id,day,n_logins,plan", *rows]) + "\n")


def write_regions(source: Path, month: str, index: float, published: str = "T08:00:00Z") -> None:
    file = source / "regions" / f"{month}.csv"
    file.parent.mkdir(exist_ok=True)
    before = (date.fromisoformat(month) - timedelta(days=3)).isoformat()
    rows = [f"{sex},{before} 09:00:00,{month}{published},{index + int(sex)},true" for sex in ("1", "2")]
    file.write_text("\n".join(["group,valid_from,published,index,growing", *rows]) + "\n")


@pytest.fixture
def model(small_model: Path, small_source: Path) -> Path:
    """The small model with two views, and their deliveries."""
    views = small_model.parent.parent / "features"
    views.mkdir(exist_ok=True)
    (views / "activity.yaml").write_text(ACTIVITY)
    (views / "regions.yaml").write_text(REGIONS)
    file = small_model / "model.yaml"
    text = file.read_text()
    own = "  categorical: [sex, education, marital_status]\n"
    assert own in text
    joined = (
        "  views:\n"
        "    activity: [n_logins, plan]\n"
        "    regions: {columns: [index, growing], match: {group: sex}}\n"
    )
    file.write_text(text.replace(own, own + joined))
    for number, month in enumerate(MONTHS):
        write_activity(small_source, month)
        write_regions(small_source, month, 100.0 + number)
    return small_model


def rows_of(folder: Path, month: str, tmp_path: Path) -> list[dict[str, object]]:
    hook = DataRegistryHook()
    ref = hook.pointers(folder.name)["features", month]
    return list(pq.ParquetFile(hook.local_path(ref, tmp_path)).read().to_pylist())


def add_the_future(source: Path) -> None:
    """Add values that nobody could know in time, each of which would be the newest one if it were taken."""
    for month, later in pairwise(MONTHS):
        day = (date.fromisoformat(month) - timedelta(days=2)).isoformat()
        file = source / "activity" / f"{later}.csv"
        rows = [f"{one},{day},{LEAKED},leaked" for one in range(1, 2900)]
        file.write_text(file.read_text() + "\n".join(rows) + "\n")
    for month in MONTHS:
        file = source / "regions" / f"{month}.csv"
        before = (date.fromisoformat(month) - timedelta(days=1)).isoformat()
        late = (date.fromisoformat(month) + timedelta(days=1)).isoformat()
        rows = [f"{sex},{before} 09:00:00,{late}T00:00:00Z,{LEAKED},true" for sex in ("1", "2")]
        file.write_text(file.read_text() + "\n".join(rows) + "\n")


def read_manifest_of(run: DagRun) -> Manifest:
    store = DataRegistryHook().store
    content = store.read_json(store.resolve(run.results["extract"]["manifest_key"]))
    return Manifest.from_dict(content)


def learned(folder: Path, manifest: Manifest, tmp_path: Path) -> Dataset:
    """Build the dataset of a run once more, from what its manifest names."""
    hook = DataRegistryHook()
    features, labels = (
        {ref.partition: hook.local_path(ref, tmp_path) for ref in manifest.of(table)}
        for table in ("features", "labels")
    )
    config = load_model(folder)
    with tempfile.TemporaryDirectory() as scratch:
        found = build_dataset(features, labels, config, manifest.as_of, Path(scratch) / "dataset")
    assert isinstance(found, Dataset)
    return found


def check_command(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Check what ``bin/mlops views`` says."""
    capsys.readouterr()
    assert main(["views", "--json"]) == 0
    printed = capsys.readouterr().out
    shown = {one["name"]: one for one in json.loads(printed[printed.index("{\n") :])["views"]}
    assert (shown["activity"]["newest"], shown["activity"]["event"]) == ("2005-06-30", "2005-06-30")
    assert shown["activity"]["age_days"] == 3
    assert shown["regions"]["known_at"] == "2005-07-01T00:00:00+00:00"
    (use,) = shown["activity"]["uses"]
    assert (use["model"], use["features_of"], use["mean_age"]) == (model.name, "2005-06-30", 30)
    assert use["missing"] == pytest.approx(101 / 3000)
    capsys.readouterr()
    assert main(["views"]) == 0
    assert re.search(r"activity +crm +4 +2005-06-30 +2005-06-30 +3\.0\n", capsys.readouterr().out)


def test_from_the_source_to_the_drift_check_no_value_of_the_future_enters(
    model: Path,
    small_source: Path,
    mlflow_server: MlflowProcess,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Training, scoring and monitoring work on snapshots without one; a restated view leaves the trained-on
    snapshot as it was, says so, and what the champion learned from is found again from its manifest."""
    add_the_future(small_source)
    checked = []
    make_light(monkeypatch)

    def check(order: ReproducibilityRequest) -> ReproducibilityResult:
        checked.append(compare_predictions(order))
        return checked[-1]

    monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", check)
    training = DagRun(model, as_of="2005-05-31")
    assert training.run() == "promote"
    assert [(one.rows, one.largest_difference) for one in checked] == [(500, 0.0)]

    first = rows_of(model, "2005-04-30", tmp_path)[0]
    assert first["activity__n_logins"] == first["customer_id"] % 7
    assert first["activity__age_days"] == 30, "of a day only what was known the day before counts"
    assert first["regions__index"] == 101 + int(first["sex"])
    assert 2 < first["regions__age_days"] < 3
    assert first["regions__growing"] == 1

    scoring = DagRun(model, as_of="2005-06-30", kind="scoring")
    scoring.run()
    assert scoring.results["score"]["rows"] > 0
    watching = DagRun(model, as_of="2005-06-30", kind="monitoring")
    watching.run()
    drift = watching.results["drift_check"]
    assert drift, watching.results.keys()
    store = DataRegistryHook().store
    page = store.resolve(object_keys.watch_report(model.name, "2005-06-30")).read_text()
    assert "<h2>Feature views</h2>" in page
    assert re.search(
        r"<td>activity</td>\s*<td>2005-06-30</td>\s*<td>3\.4%</td>.*?<td>no drift</td>", page, re.DOTALL
    )
    hook, seen = DataRegistryHook(), 0
    for run in (training, scoring, watching):
        for ref in read_manifest_of(run).of("features"):
            table = pq.read_table(hook.local_path(ref, tmp_path))
            for name in ("activity__n_logins", "regions__index"):
                assert LEAKED not in set(table[name].to_pylist()), (run.kind, ref.partition, name)
                seen += table[name].length() - table[name].null_count
    assert seen > 20_000, "nothing was joined, so nothing could leak"

    monkeypatch.setattr(run_context, "MODELS_ROOT", model.parent)
    monkeypatch.setattr(run_context, "today", lambda: date(2005, 7, 3))
    check_command(model, capsys)

    before = read_manifest_of(training)
    write_activity(small_source, "2005-03-31", lambda customer: customer % 5)
    caplog.clear()
    again = DagRun(model, as_of="2005-05-31", run_id="manual__2")
    assert "features/2005-04-30" in again.run_task("extract")["changed"]
    assert (
        "features of 2005-04-30 are joined anew: the view activity was restated for 2005-03-31. Where a "
        f"value changes they become a version beside {before.of('features')[0].commit[:8]}"
    ) in caplog.text
    assert read_manifest_of(again).digest != before.digest
    then = learned(model, before, tmp_path)
    prepared = training.results["prepare"]
    assert (then.train_digest, then.test_digest) == (prepared["train_digest"], prepared["test_digest"])


@pytest.mark.full  # CI has it in tests/core/replay/test_views.py
def test_a_restated_view_makes_a_new_version_only_where_it_changes_a_value(
    model: Path, small_source: Path, state: Path
) -> None:
    def extract() -> dict[str, object]:
        return dict(DagRun(model, as_of="2005-06-30").run_task("extract"))

    first = extract()
    assert extract()["changed"] == []
    versions = DataRegistryHook().pointers(VIEWS)
    assert {table for table, _ in versions} == {"activity", "regions"}

    write_activity(small_source, "2005-05-31", lambda customer: customer % 7 + (customer == 5))
    again = extract()
    assert again["changed"] == ["features/2005-06-30"], "a younger delivery than May's is read by June alone"
    assert again["manifest_digest"] != first["manifest_digest"]

    file = small_source / "activity" / "2005-05-31.csv"
    file.write_text(file.read_text().replace("\n", "\r\n"))
    assert extract()["changed"] == []

    file.unlink()
    assert extract()["changed"] == [], "what was known once stays known"


def test_a_view_may_be_one_file_that_holds_all_its_days(
    model: Path, small_source: Path, tmp_path: Path
) -> None:
    """The same values, cut out of one file, are the same snapshots."""
    DagRun(model, as_of="2005-06-30").run_task("extract")
    before = DataRegistryHook().pointers(model.name)
    deliveries = [file.read_text().splitlines() for file in sorted((small_source / "activity").iterdir())]
    lines = [deliveries[0][0], *(line for one in deliveries for line in one[1:])]
    (small_source / "activity.csv").write_text("\n".join(lines) + "\n")
    file = model.parent.parent / "features" / "activity.yaml"
    cut = 'uri: "activity.csv", format: csv, partition_by: {column: day, every: month}'
    file.write_text(ACTIVITY.replace('uri: "activity/{partition}.csv", format: csv', cut))
    assert DagRun(model, as_of="2005-06-30").run_task("extract")["changed"] == []
    assert DataRegistryHook().pointers(model.name) == before
    lines[1] = lines[1].replace(",1,", ",6,", 1)
    (small_source / "activity.csv").write_text("\n".join(lines) + "\n")
    assert DagRun(model, as_of="2005-06-30").run_task("extract")["changed"] == ["features/2005-04-30"]
    assert rows_of(model, "2005-04-30", tmp_path)[0]["activity__n_logins"] == 6


def test_a_view_without_a_delivery_says_where_and_what_to_do(model: Path, small_source: Path) -> None:
    for file in (small_source / "regions").iterdir():
        file.unlink()
    with pytest.raises(
        DataError, match=r"regions/\{partition\}.csv: the view regions has no delivery"
    ) as error:
        DagRun(model, as_of="2005-05-31").run_task("extract")
    assert "include/features/regions.yaml" in str(error.value)


def test_values_that_contradict_each_other_are_refused(model: Path, small_source: Path) -> None:
    file = small_source / "activity" / "2005-04-30.csv"
    file.write_text(file.read_text() + "5,2005-04-30,99,free\n")
    with pytest.raises(
        DataError, match=r"rows of one key and times have other values, 1 times\. Found customer_id 5"
    ):
        DagRun(model, as_of="2005-05-31").run_task("extract")


def test_an_event_behind_the_day_of_its_delivery_is_refused(model: Path, small_source: Path) -> None:
    file = small_source / "activity" / "2005-04-30.csv"
    file.write_text(file.read_text() + "5,2005-05-02,99,free\n")
    with pytest.raises(DataError, match=r"has events after the delivery's day\. Found 1 such as 2005-05-02"):
        DagRun(model, as_of="2005-05-31").run_task("extract")
