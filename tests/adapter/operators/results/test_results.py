"""What tasks hand on: typed on both sides, a plain JSON object in between."""

from __future__ import annotations

import importlib
import json
import math
from dataclasses import fields, is_dataclass, replace
from pkgutil import iter_modules
from typing import Any

import pytest

from include.errors import InputError
from mlops.operators import results
from mlops.operators.results.base import TaskResult
from mlops.operators.results.data import Prepared
from mlops.operators.results.monitoring import DriftChecked, Interval
from mlops.operators.results.training import Evaluated, Trained
from tests.world.results import HANDED_ON, RESULTS

pytestmark = pytest.mark.adapter

MODULES = [
    importlib.import_module(f"{results.__name__}.{one.name}") for one in iter_modules(results.__path__)
]
KINDS = [
    kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, TaskResult) and kind.__module__ == module.__name__
    if kind is not TaskResult
]
WITHOUT = {
    "missing", "warnings", "split_start", "split_rotation", "life", "earlier", "challenger_run",
    "challenger_key", "challenger_error", "training_key", "champion_trained",
}  # earlier code wrote none  # fmt: skip
each_result = pytest.mark.parametrize("field", sorted(RESULTS))


def read(field: str, value: Any) -> TaskResult:
    return type(RESULTS[field]).from_xcom(value, task_id="t", field=field)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_result_is_frozen_and_every_field_is_described(kind: type) -> None:
    assert is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    described = "".join(
        base.__doc__ or "" for base in kind.__mro__ if base.__module__.startswith(results.__name__)
    )
    for one in fields(kind):
        assert f":param {one.name}:" in described


@each_result
def test_a_result_is_plain_json_on_the_wire_and_itself_again(field: str) -> None:
    sent = RESULTS[field].to_xcom()
    assert json.loads(json.dumps(sent, allow_nan=False)) == sent
    assert read(field, sent) == RESULTS[field]


def test_a_figure_that_is_not_defined_is_none_on_the_wire() -> None:
    evaluated = RESULTS["evaluated"]
    assert isinstance(evaluated, Evaluated)
    sent = replace(evaluated, value=math.nan, high=math.inf).to_xcom()
    assert (sent["value"], sent["high"]) == (None, None)
    assert Evaluated.from_xcom(sent, task_id="t", field="evaluated").value is None
    unknown = Interval(value=0.8, low=-math.inf, high=math.nan, note="too few rows")
    estimated = DriftChecked(partition="2005-05-31", estimated={"roc_auc": unknown}).to_xcom()
    assert estimated["estimated"] == {
        "roc_auc": {"value": 0.8, "low": None, "high": None, "note": "too few rows"}
    }


def test_a_task_that_makes_a_value_of_another_type_fails_itself() -> None:
    registered = RESULTS["registered"]
    with pytest.raises(TypeError, match=r"Registered can't be handed on: version: found 2, "):
        replace(registered, version=2).to_xcom()


@each_result
@pytest.mark.parametrize("value", [None, "text", [], 3, "{{ ti.xcom_pull() }}"])
def test_something_that_was_not_handed_on_is_named_with_the_remedy(field: str, value: object) -> None:
    with pytest.raises(InputError, match=rf"'t' was given .* as {field}; expected a mapping.*clear it"):
        read(field, value)


@pytest.mark.parametrize(
    ("field", "key"),
    [
        (field, one.name)
        for field, result in RESULTS.items()
        for one in fields(result)
        if (one.name not in WITHOUT and field != "drift_checked")
        or (field, one.name) in {("drift_checked", "partition"), ("validated", "warnings")}
    ],
)
def test_each_missing_key_is_named_beside_what_is_there(field: str, key: str) -> None:
    value = {name: one for name, one in HANDED_ON[field].items() if name != key} | {"another": 1}
    with pytest.raises(InputError, match=rf"given {field} without {key}; it holds .*another.*clear it"):
        read(field, value)


@each_result
def test_a_value_of_another_type_is_named_with_the_remedy(field: str) -> None:
    for name, value in HANDED_ON[field].items():
        wrong = 3.5 if isinstance(value, (list, dict)) else []
        with pytest.raises(InputError, match=rf"'t' was given {field} that can't be read: {name}.*clear it"):
            read(field, HANDED_ON[field] | {name: wrong})


@each_result
def test_a_key_that_is_not_known_is_left_out(field: str) -> None:
    assert read(field, HANDED_ON[field] | {"another": 1}) == RESULTS[field]


@pytest.mark.parametrize("wrong", ["7", 7.5, True, None])
def test_a_number_is_not_guessed_from_something_else(wrong: Any) -> None:
    with pytest.raises(InputError, match=r"split_seed"):
        Prepared.from_xcom(HANDED_ON["dataset"] | {"split_seed": wrong}, task_id="t", field="dataset")


def test_what_an_earlier_release_kept_of_a_training_is_read() -> None:
    kept = {
        "run_id": "r", "model_uri": "models:/m-1", "profile": "profile/reference.json",
        "registry_commit": "c", "rows": 20, "warnings": [],
    }  # fmt: skip
    assert Trained.from_xcom(kept, task_id="t", field="trained").model_uri == "models:/m-1"
