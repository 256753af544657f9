"""Environments beside each other."""

from __future__ import annotations

import json

import pytest

from include.deployment.overview import Overview, Served, differences, overview_text

pytestmark = pytest.mark.core

STAGING = Overview(
    name="staging", source="staging.yaml", places={"MLflow": "http://s:1"},
    models={"credit_risk": Served(version="3", origin="r3", as_of="2005-07-31"), "churn": Served()},
)  # fmt: skip
PRODUCTION = Overview(
    name="production", source="production.yaml", places={"MLflow": "http://p:1"},
    models={"credit_risk": Served(version="1", origin="r1", as_of="2005-05-31"), "churn": Served()},
    missing={"churn": ["warehouse"]},
)  # fmt: skip


def test_what_differs_follows_from_where_a_version_was_trained_not_by_its_number():
    (one,) = differences([STAGING, PRODUCTION])
    assert one.text == (
        "credit_risk: staging serves version 3 as of 2005-07-31, production version 1 as of 2005-05-31"
    )
    same = Served(version="1", origin="r3", deployed_from="staging", deployed_version="3")
    assert differences([STAGING, Overview(name="production", source="", models={"credit_risk": same})]) == []
    other = Served(version="3", origin="r9")
    assert differences([STAGING, Overview(name="production", source="", models={"credit_risk": other})])


def test_a_champion_that_one_of_them_lacks_is_a_difference():
    (one,) = differences([STAGING, Overview(name="production", source="", models={})])
    assert one.text.endswith("production none")


def test_an_environment_that_cannot_be_looked_at_says_why_and_is_not_compared():
    away = Overview(name="production", source="production.yaml", problem="MLflow is away")
    assert differences([STAGING, away]) == []
    text = overview_text([STAGING, away])
    assert "production (production.yaml): MLflow is away" in text
    assert "no model differs" in text


def test_the_text_names_places_origins_and_missing_connections():
    text = overview_text([STAGING, PRODUCTION])
    assert "churn can't be trained there: no connection warehouse" in text
    assert "production (production.yaml): MLflow http://p:1" in text
    assert text.splitlines()[0].split() == [
        "environment",
        "model",
        "champion",
        "as",
        "of",
        "from",
        "challenger",
    ]


def test_an_overview_travels_as_json():
    assert Overview.from_dict(json.loads(json.dumps(PRODUCTION.to_dict()))) == PRODUCTION
