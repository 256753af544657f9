"""What is in a request: read as columns, checked by the signature, and refused with a reason."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from include.errors import DataError
from serving.canary import parse_share, pick
from serving.csv_body import csv_names, read_csv
from serving.frame import build_frame, check_names
from serving.json_body import read_json
from serving.refusal import Refusal
from serving.served_record import Served, read_served, write_served
from serving.signature import Signature

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

SIGNATURE = Signature(
    (("amount", "double"), ("kind", "string"), ("count", "long"), ("open", "boolean")), "null"
)
ROW = {"amount": 1.5, "kind": "a", "count": 3, "open": True}


def dumped(body: Any) -> bytes:
    """JSON of whatever depth."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(5_000)
    try:
        return json.dumps(body).encode()
    finally:
        sys.setrecursionlimit(limit)


def ask(body: Any, max_rows: int = 100) -> Any:
    content = body if isinstance(body, bytes) else dumped(body)
    columns, rows = read_json(content, max_rows)
    check_names(columns.keys(), SIGNATURE, ("customer_id",))
    frame = build_frame(columns, SIGNATURE)
    assert len(frame) == rows
    return frame


def message(body: Any, **more: Any) -> str:
    with pytest.raises(Refusal) as refused:
        ask(body, **more)
    return f"{refused.value.status} {refused.value}"


def nested(depth: int) -> list[Any]:
    """A list in lists: orjson reads 1,024 levels, and Python writes fewer."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


def records(**changes: Any) -> dict[str, Any]:
    return {"dataframe_records": [ROW, {**ROW, **changes}]}


def test_a_frame_is_what_training_makes() -> None:
    frame = ask({"dataframe_records": [ROW, {"open": False, "count": 2**53, "kind": None, "amount": None}]})
    assert frame.dtypes.astype(str).tolist() == ["float64", "object", "int64", "bool"]
    assert frame.columns.tolist() == list(SIGNATURE.names)
    assert frame.columns.dtype == object, "Arrow's texts make each look-up of a column slower"
    assert math.isnan(frame["amount"][1])
    assert math.isnan(frame["kind"][1])
    assert frame["count"].tolist() == [3, 2**53]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"amount": "1.5"},
            "column amount, row 1: found '1.5', expected a number, or null where it is missing",
        ),
        ({"amount": True}, "found True, expected a number"),
        ({"amount": [1]}, "found [1], expected a number"),
        ({"amount": nested(1_010)}, "found [[[[[[[...]]]]]]], expected a number"),
        ({"amount": 10**400}, "number is infinity"),
        ({"kind": 3}, "column kind, row 1: found 3, expected text, or null"),
        ({"count": 1.5}, "column count, row 1: found 1.5, expected a whole number"),
        ({"count": None}, "column count, row 1: found null, expected a whole number"),
        ({"count": 2**63}, "expected a whole number"),
        ({"open": 1}, "found 1, expected true or false"),
    ],
)
def test_a_value_of_another_type_is_named_with_its_column_and_row(changes: dict[str, Any], said: str) -> None:
    text = message(records(**changes))
    assert text.startswith("400 ")
    assert said in text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "400 the body is not JSON"),
        (b"{", "400 the body is not JSON"),
        (b"[" * 100_000, "400 the body is not JSON"),
        (b'{"dataframe_records": [{"amount": NaN}]}', "400 the body holds NaN, which is not JSON: a missing"),
        (b'{"dataframe_records": [{"amount": -Infinity}]}', "400 the body holds Infinity"),
        (b'{"dataframe_records": [{"amount": 1e999, "kind": "a", "count": 1, "open": true}]}', "400 "),
        (b'{"a": "\xff"}', "400 the body is not JSON"),
        ([], "400 the body is a list: expected an object with one of dataframe_split"),
        ({}, "400 the body has no rows: expected exactly one of"),
        ({"dataframe_record": []}, "unknown key dataframe_record (did you mean dataframe_records?)"),
        ({"inputs": {}, "instances": []}, "400 the body has instances and inputs: expected exactly one"),
        ({**records(), "params": {"a": 1}}, "models here take none"),
        ({"dataframe_split": []}, '400 dataframe_split is not {"columns": [names], "data": [rows]}'),
        ({"dataframe_split": {"columns": ["a"], "rows": []}}, "unknown key rows"),
        ({"dataframe_split": {"columns": ["a", {}], "data": []}}, "something else than names"),
        ({"dataframe_split": {"columns": ["a", "a"], "data": []}}, "names a column twice: a"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1], [1, 2]]}}, "row 1 has 2 values, and there"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1], {}]}}, "row 1 is an object: expected a list"),
        ({"dataframe_split": {"columns": ["a"], "data": []}}, "400 dataframe_split has no rows"),
        ({"dataframe_records": [{}]}, "400 dataframe_records has no rows"),
        ({"dataframe_records": {"amount": 1}}, "dataframe_records is an object: expected a list of rows"),
        ({"dataframe_records": [ROW, {"amount": 1}]}, "row 1 does not have the columns of row 0"),
        ({"instances": [1, 2]}, "instances: row 0 is a number: expected an object with a value"),
        ({"inputs": {"amount": [1, 2], "kind": ["a"]}}, "columns have 1 to 2 values: expected as many"),
        ({"inputs": {"amount": 3}}, "amount has no list of values"),
        ({"inputs": {"amount": []}}, "400 inputs has no rows"),
        ({"dataframe_records": [ROW] * 101}, "413 101 rows are more than the 100 that one request may have"),
        ({"dataframe_records": [{"Amount": 1.5}]},
         "missing: amount, kind, count, open; unknown: Amount (did you mean amount?)"),
    ],
)  # fmt: skip
def test_a_body_that_is_none_says_what_is_wrong(body: Any, said: str) -> None:
    assert said in message(body)


def test_ten_thousand_unknown_columns_take_one_short_line() -> None:
    text = message({"dataframe_split": {"columns": [f"c{n}" for n in range(10_000)], "data": [[0] * 10_000]}})
    assert "unknown: c0, c1, c2, c3, c4 and 9,995 more" in text
    assert len(text) < 400


def test_the_entity_may_stand_beside_the_features() -> None:
    assert "customer_id" not in ask({"dataframe_records": [{**ROW, "customer_id": 5}]})


def csv(text: str | bytes, max_rows: int = 10) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    names = csv_names(content)
    check_names(names, SIGNATURE, ("customer_id",))
    columns, _ = read_csv(content, names, SIGNATURE, {"customer_id": "long"}, max_rows)
    return build_frame(columns, SIGNATURE)


def test_csv_gives_the_same_frame() -> None:
    frame = csv('open,amount,kind,count,customer_id\ntrue,1.5,"a\n,b",3,7\nFalse,,,4,\n')
    assert frame["kind"].tolist()[0] == "a\n,b"
    assert frame.dtypes.astype(str).tolist() == ["float64", "object", "int64", "bool"]
    assert np.isnan(frame["amount"][1])
    assert frame["kind"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the CSV has no header"),
        ("amount,amount\n", "names a column twice: amount"),
        (b"am\xffunt\n", "is not UTF-8"),
        ("amount,kind\n", "missing: count, open"),
        ("amount,kind,count,open\n", "the CSV has no rows"),
        ("amount,kind,count,open\nx,a,1,true\n", "the CSV can't be read"),
        ("amount,kind,count,open\n1,a,1.5,true\n", "the CSV can't be read"),
        ("amount,kind,count,open\n1,a,1\n", "the CSV can't be read"),
        ("amount,kind,count,open\nnan,a,1,true\n", "column amount, row 0: found nan, expected a number"),
        ("amount,kind,count,open\n1,a,1,true\n-inf,a,1,true\n", "column amount, row 1: found -inf"),
        ("amount,kind,count,open\n1,a,,true\n", "column count, row 0: found null"),
        ("amount,kind,count,open\n" + "1,a,1,true\n" * 11, "11 rows are more than the 10"),
    ],
)
def test_csv_that_is_none_says_what_is_wrong(text: str | bytes, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        csv(text)
    assert said in str(refused.value)


def test_a_signature_is_the_same_whatever_is_required_and_in_which_order() -> None:
    def model(*columns: tuple[str, str, bool]) -> Signature:
        inputs = [{"name": name, "type": kind, "required": required} for name, kind, required in columns]
        return Signature.of_model(
            {"signature": {"inputs": json.dumps(inputs), "outputs": None}}, "models:/m/1"
        )

    one, same = (
        model(("a", "double", True), ("b", "string", True)),
        model(("b", "string", False), ("a", "double", True)),
    )
    other = model(("a", "long", True), ("c", "string", True))
    assert (one.digest, one.differences(same)) == (same.digest, [])
    assert one.differences(other) == ["b is gone", "c is new", "a is long, was double"]
    assert one.digest != other.digest
    assert Signature.from_dict(one.to_dict()) == one


def test_the_challengers_share_is_sticky_grows_without_letting_go_and_differs_by_model() -> None:
    entities = list(range(100_000))
    tenth, fifth = pick(entities, 0.1, "m"), pick(entities, 0.2, "m")
    assert abs(tenth.mean() - 0.1) < 0.01
    assert abs(fifth.mean() - 0.2) < 0.01
    assert (fifth | ~tenth).all()
    assert (pick(entities[::-1], 0.1, "m")[::-1] == tenth).all()
    assert 0.005 < (tenth & pick(entities, 0.1, "other")).mean() < 0.015
    for kind in (int, "c-{:08}".format):
        ten_thousand = list(map(kind, range(10_000)))
        for share in (0.01, 0.05, 0.1, 0.2, 0.5):
            assert abs(pick(ten_thousand, share, "credit_risk").mean() - share) <= 0.01
    assert pick([None, None], 1.0, "m").tolist() == [False, False]
    assert pick(entities[:10], 1.0, "m").all()
    assert not pick(entities[:10], 0.0, "m").any()
    assert [parse_share(text) for text in ("10%", "0.1", "0", "100%")] == [0.1, 0.1, 0.0, 1.0]
    for text in ("10", "-1%", "nan", "x"):
        with pytest.raises(ValueError):  # noqa: PT011
            parse_share(text)


@pytest.mark.parametrize(
    ("kind", "value", "fine"),
    [
        ("float", 1e39, False), ("float", 1e38, True), ("integer", 2**31, False), ("integer", -(2**31), True),
        ("datetime", "2026-01-31T10:00:00", True), ("datetime", "31.1.2026", False), ("datetime", None, True),
    ],
)  # fmt: skip
def test_narrow_types_and_times_have_their_limits(kind: str, value: Any, fine: bool) -> None:
    from serving.frame import read_column

    if fine:
        assert len(read_column("a", [value], kind)) == 1
    else:
        with pytest.raises(Refusal, match="column a, row 0: found "):
            read_column("a", [value], kind)


def test_what_was_served_is_remembered_and_a_damaged_memory_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "m.champion.json"
    assert read_served(file) is None
    served = Served(number="3", signature=SIGNATURE)
    write_served(file, served)
    assert read_served(file) == served
    for content in ("{", "[]", '{"version": "3"}', '{"format": 2}'):
        file.write_text(content)
        with pytest.raises(DataError, match="remove the file: the server then takes the signature"):
            read_served(file)
