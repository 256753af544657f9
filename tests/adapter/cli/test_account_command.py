"""``bin/mlops account``: what people and machines are shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from include.promotion.probation.account import Account
from mlops.cli.account import accounts_json, accounts_text
from tests.conftest import ROOT

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

pytestmark = pytest.mark.adapter

RECORD = ROOT / "tests" / "core" / "records" / "account_v1.json"


@pytest.fixture
def accounts() -> list[Account]:
    first = Account(
        decision_id="1", version="1", displaced="", promoted="2005-05-31", as_of="2005-07-31",
        metric="roc_auc", state="nothing displaced",
    )  # fmt: skip
    return [Account.from_dict(json.loads(RECORD.read_text())), first]


def test_people_see_a_table_the_years_and_what_the_words_mean(
    accounts: list[Account], snapshot: SnapshotAssertion
) -> None:
    assert accounts_text(accounts) == snapshot


def test_machines_get_the_records(accounts: list[Account]) -> None:
    found = json.loads(accounts_json(accounts))
    assert [Account.from_dict(one).to_dict() for one in found["promotions"]] == [
        one.to_dict() for one in accounts
    ]
    assert found["years"][0]["year"] == "2005"
    assert found["years"][0]["promotions"] == 2


def test_without_a_promotion_there_is_nothing_to_show() -> None:
    assert accounts_text([]) == "nothing has been promoted yet"
    assert json.loads(accounts_json([])) == {"promotions": [], "years": []}
