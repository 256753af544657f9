"""Models that start when their data arrives: what another system posts, and what the pages say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mlops.assets import Part, part_asset
from tests.adapter.pages.conftest import Models, entry, gate
from tests.conftest import ROOT

if TYPE_CHECKING:
    from tests.adapter.pages.conftest import Login

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(300)]


@pytest.fixture
def arriving(models: Models) -> None:
    """A model whose scoring starts on its source; Airflow has parsed it."""
    from airflow.models.asset import AssetActive, AssetModel, DagScheduleAssetReference
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session

    models.add("credit_risk", {"gate": entry(gate())})
    source = part_asset("/models/credit_risk", Part.SOURCE)
    with create_session() as session:
        asset = AssetModel(name=source.name, uri=source.uri, group=source.group)
        session.add(asset)
        session.flush()
        session.add(AssetActive.for_asset(asset))
        session.add(DagScheduleAssetReference(asset_id=asset.id, dag_id="credit_risk_scoring"))
        for dag in session.query(DagModel):
            dag.next_dagrun_create_after = None
        session.get(DagModel, "credit_risk_scoring").asset_expression = {"asset": {"uri": source.uri}}


def test_another_system_says_by_the_api_that_data_has_arrived(login: Login, arriving: None) -> None:
    from airflow.models.asset import AssetDagRunQueue
    from airflow.utils.session import create_session

    page = (ROOT / "docs" / "assets.md").read_text()
    (asked,) = re.findall(r'"\$AIRFLOW(/api/v2/assets\?[^"]+)" \|', page)
    (posted,) = re.findall(r'POST "\$AIRFLOW(/api/v2/assets/events)"', page)
    (body,) = re.findall(r"-d '(\{.*\})'", page)
    operator = login("eve")
    (asset,) = operator.get(asked).json()["assets"]
    assert asset["group"] == "credit_risk"
    answer = operator.post(
        posted, content=body.replace("7", str(asset["id"]), 1), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["extra"] == {"delivery": "2026-01-05", "from_rest_api": True}
    with create_session() as session:
        assert [one.target_dag_id for one in session.query(AssetDagRunQueue)] == ["credit_risk_scoring"]
    assert login("ann").post(posted, json={"asset_id": asset["id"]}).status_code == 403, "a viewer looks"


def test_the_pages_say_that_the_next_run_comes_when_data_arrives(login: Login, arriving: None) -> None:
    ann = login("ann")
    assert "when data arrives" in ann.get("/mlops/models").text
    page = ann.get("/mlops/model/credit_risk").text
    assert page.count("when data arrives") == 2, "what comes next, and the DAG"
    assert "when somebody or something starts it" in page
