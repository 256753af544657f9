from __future__ import annotations

import ast
import json
import math
from pathlib import Path

import numpy as np
import pytest

from include.monitoring.performance.status import PerformanceStatus
from include.strict_json import plain, to_exact_json, to_json
from include.verdicts import Reason, Verdict

pytestmark = pytest.mark.core

ROOT = Path(__file__).parents[2]
SOURCES = [file for folder in ("include", "plugins", "dags") for file in (ROOT / folder).rglob("*.py")]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_what_is_not_a_number_is_none_at_any_depth(number):
    assert plain(number) is None
    assert plain({"a": [1.5, (number, {"b": number})]}) == {"a": [1.5, [None, {"b": None}]]}
    assert to_json({"a": number}) == '{"a": null}'


@pytest.mark.parametrize("value", [0, -1.5, "NaN", True, None, [], {}, {"a": {"b": [1]}}])
def test_everything_else_stays_as_it_is(value):
    assert plain(value) == value
    assert json.loads(to_json(value)) == value


def test_a_word_of_an_enum_is_a_plain_text():
    found = plain({"status": PerformanceStatus.WORSE})
    assert found == {"status": "worse"}
    assert type(found["status"]) is str


def test_the_layout_is_the_callers():
    assert to_json({"b": 1, "a": 2}, sort_keys=True, separators=(",", ":")) == '{"a":2,"b":1}'


def test_what_has_to_be_exact_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        to_exact_json([math.inf])


def test_a_verdict_about_nothing_is_json():
    verdict = Verdict(
        kind="gate",
        decision="reject",
        subject="s",
        summary="s",
        reasons=(Reason(rule="r", passed=False, found="x", required="y"),),
        inputs={"gain": {"low": math.nan}},
        thresholds={"floor": math.inf},
    )
    values = json.loads(json.dumps(verdict.to_dict(), allow_nan=False))
    assert values["inputs"] == {"gain": {"low": None}}
    assert Verdict.from_dict(values).to_dict() == verdict.to_dict()


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_json_is_written_in_one_place(file):
    """`json.dumps` writes NaN, which nothing but Python reads."""
    if file == ROOT / "include" / "strict_json.py":
        return
    written = [
        node.lineno
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in {"dump", "dumps"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "json"
    ]
    assert written == [], "use include.strict_json.to_json"
