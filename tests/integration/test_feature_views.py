"""A model whose features come from two views of different clocks, from the source to the drift check."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from include.errors import DataError
from mlops.data.view_deliveries import VIEWS
from mlops.hooks.data_registry import DataRegistryHook
from tests.integration.conftest import make_champion
from tests.world.dag_run import DagRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]

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


def test_from_the_source_to_the_drift_check(
    model: Path,
    small_source: Path,
    mlflow_server: MlflowProcess,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    make_champion(model, monkeypatch)

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
    with pytest.raises(DataError, match=r"rows of one key and times have other values\. Found customer_id 5"):
        DagRun(model, as_of="2005-05-31").run_task("extract")


def test_an_event_behind_the_day_of_its_delivery_is_refused(model: Path, small_source: Path) -> None:
    file = small_source / "activity" / "2005-04-30.csv"
    file.write_text(file.read_text() + "5,2005-05-02,99,free\n")
    with pytest.raises(DataError, match=r"has events after the delivery's day\. Found 1 such as 2005-05-02"):
        DagRun(model, as_of="2005-05-31").run_task("extract")
