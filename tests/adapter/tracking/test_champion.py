"""Whom a version was not trained on: kept with it, whatever model.yaml says by now."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from mlflow.exceptions import MlflowException

from include.data.splits import Holdout
from include.errors import ModelError
from mlops.tracking.champion import find_holdout
from mlops.tracking.tags import (
    ENTITY_COLUMN,
    ENTITY_TYPE,
    SPLIT_ROTATION,
    SPLIT_SEED,
    SPLIT_SHARE,
    SPLIT_START,
)

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

TAGS = {SPLIT_SEED: "7", SPLIT_SHARE: "0.3333"}


class Hook:
    """Knows the params of one run."""

    def __init__(self, params: dict[str, str] | None) -> None:
        self.params = params

    def run(self, run_id: str) -> Any:
        if self.params is None:
            raise MlflowException(f"no run {run_id}")
        return SimpleNamespace(data=SimpleNamespace(params=self.params))


def version(tags: dict[str, str], run_id: str | None = "r") -> Any:
    return SimpleNamespace(name="m", version="3", tags=tags, run_id=run_id)


def find(tags: dict[str, str], params: dict[str, str] | None = None, run_id: str | None = "r") -> Any:
    config = SimpleNamespace(entity=SimpleNamespace(column="customer_id", type="integer"))
    return find_holdout(Hook(params), version(tags, run_id), config)  # type: ignore[arg-type]


def test_it_stands_in_the_tags() -> None:
    assert find(TAGS, {"split.seed": "1", "split.test_share": "0.5"}) == Holdout(
        seed=7, share=0.3333, entity="integer"
    )


def test_of_an_older_version_it_stands_in_the_params_of_its_run() -> None:
    assert find({}, {"split.seed": "1", "split.test_share": "0.5"}) == Holdout(
        seed=1, share=0.5, entity="integer"
    )


@pytest.mark.parametrize(("params", "run_id"), [({}, "r"), (None, "r"), (None, None), (None, "")])
def test_of_a_version_of_other_origin_it_is_not_known(params: Any, run_id: str | None) -> None:
    assert find({}, params, run_id) is None


def test_it_knows_where_the_arc_begins_and_how_it_turns() -> None:
    turned = Holdout(seed=7, share=0.3333, entity="integer", start=0.083325, rotation=0.25)
    assert find({**TAGS, SPLIT_START: str(turned.start), SPLIT_ROTATION: "0.25"}) == turned
    params = {"split.seed": "7", "split.test_share": "0.3333", "split.start": str(turned.start)}
    assert find({}, {**params, "split.rotation": "0.25"}) == turned
    assert find({SPLIT_START: "0.5"}, params).start == turned.start, "not a bit of both"


def test_it_knows_as_what_entities_were_hashed() -> None:
    found = find({**TAGS, ENTITY_TYPE: "string", ENTITY_COLUMN: "customer_id"})
    assert found == Holdout(seed=7, share=0.3333, entity="string")


def test_of_a_version_about_other_entities_nothing_is_known() -> None:
    assert find({**TAGS, ENTITY_COLUMN: "account"}) is None


def test_what_is_not_a_split_is_reported_with_the_tags_to_correct() -> None:
    with pytest.raises(ModelError, match=r"m version 3 .* seed 'x'.*correct its tags mlops.split_seed"):
        find({**TAGS, SPLIT_SEED: "x"})
    with pytest.raises(ModelError, match=r"start 'x'.*correct its tags mlops.split_seed.*mlops.split_start"):
        find({**TAGS, SPLIT_START: "x"})
