"""What the policy remembers, with a dictionary in place of Airflow's asset state store."""

from __future__ import annotations

from typing import Any

import pytest

from include.errors import DataError
from include.monitoring.policy.inputs import PolicyState
from mlops.model_asset import model_asset
from mlops.monitoring.policy_state import PolicyStore

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

ASSET = model_asset("/somewhere/models/credit_risk")
JULY, AUGUST, SEPTEMBER = "2005-07-31", "2005-08-31", "2005-09-30"


class Values(dict[str, Any]):
    """As much of Airflow's store as is used."""

    def set(self, key: str, value: Any) -> None:
        assert value is not None, "Airflow refuses None"
        self[key] = value


@pytest.fixture
def values() -> Values:
    return Values()


@pytest.fixture
def store(values: Values) -> PolicyStore:
    return PolicyStore({"asset_state_store": {ASSET: values}}, ASSET)  # type: ignore[typeddict-item]


def test_every_model_has_an_asset_of_its_own_wherever_its_folder_is() -> None:
    assert model_asset("/elsewhere/credit_risk") == ASSET
    assert model_asset("/somewhere/models/churn") != ASSET
    assert (ASSET.name, ASSET.uri) == ("credit_risk", "mlops://models/credit_risk")


def test_nothing_is_remembered_before_the_first_decision(store: PolicyStore) -> None:
    assert store.read() == PolicyState()
    assert store.drift("3") == {}


def test_a_state_is_read_as_it_was_written(store: PolicyStore) -> None:
    state = PolicyState(watermark=AUGUST, last_retraining=AUGUST, last_evidence="e", pending="retrain__v3__e")
    store.write(state)
    assert store.read() == state


def test_a_damaged_state_names_the_asset_and_the_key(store: PolicyStore, values: Values) -> None:
    values["policy"] = {"watermark": "yesterday"}
    with pytest.raises(
        DataError, match=r"asset 'credit_risk', key 'policy' of its state store: watermark of"
    ):
        store.read()


def test_drift_is_remembered_for_the_newest_deliveries(store: PolicyStore) -> None:
    store.remember_drift(
        "3", {SEPTEMBER: "no drift", JULY: "impactful drift", AUGUST: "benign drift"}, keep=2
    )
    assert store.drift("3") == {AUGUST: "benign drift", SEPTEMBER: "no drift"}


def test_drift_against_another_champion_does_not_count(store: PolicyStore) -> None:
    store.remember_drift("3", {AUGUST: "impactful drift"}, keep=3)
    assert store.drift("4") == {}
    store.remember_drift("4", {SEPTEMBER: "no drift"}, keep=3)
    assert store.drift("3") == {}


def test_what_is_read_may_be_changed_without_touching_the_store(store: PolicyStore) -> None:
    store.remember_drift("3", {AUGUST: "impactful drift"}, keep=3)
    store.drift("3").clear()
    assert store.drift("3") == {AUGUST: "impactful drift"}
