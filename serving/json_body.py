"""JSON requests, as MLflow's scoring server takes them, to columns.

The four forms (https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/): ``dataframe_split``,
``dataframe_records``, ``instances`` (a list of records) and ``inputs`` (a list of values for each column).
Rows are turned into columns by ``zip`` and ``itemgetter``, which loop in C; nothing here is done row by row.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson

from include.names import shown
from serving.refusal import Refusal, list_names, repeated, with_nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
_BESIDE = ("params",)  # MLflow allows it; models here take none
_SPLIT = ("columns", "index", "data")
_NOT_JSON = re.compile(rb"(?<![\w\"])-?(NaN|Infinity)(?![\w\"])")

Columns = dict[str, "Sequence[Any]"]


def read_json(content: bytes, max_rows: int) -> tuple[Columns, int]:
    """Return the columns of a JSON request, and the number of its rows, which is at least 1.

    :param content: the body.
    :param max_rows: rows that one request may have.
    :raises Refusal: it is not JSON, not in one of the four forms, has rows of different lengths, none, or
        more than allowed.
    """
    form, found = _form(_parse(content))
    columns, rows = _READERS[form](found, form, max_rows)
    if not columns or not rows:
        raise Refusal(f"{form} has no rows: expected at least one")
    return columns, rows


def _parse(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        literal = _NOT_JSON.search(content)
        if literal:
            raise Refusal(
                f"the body holds {literal[1].decode()}, which is not JSON: a missing value is null, and an "
                "infinite one is not answered"
            ) from error
        raise Refusal(f"the body is not JSON ({error}): expected an object with one of {_forms()}") from error


def _form(body: Any) -> tuple[str, Any]:
    """Return in which form the rows are, and what stands there."""
    if not isinstance(body, dict):
        raise Refusal(f"the body is {_kind(body)}: expected an object with one of {_forms()}")
    given = [form for form in FORMS if form in body]
    unknown = [key for key in body if key not in FORMS + _BESIDE]
    if unknown:
        named = with_nearest(unknown, FORMS + _BESIDE)
        raise Refusal(f"the body has the unknown key {named}: expected one of {_forms()}")
    if len(given) != 1:
        raise Refusal(f"the body has {' and '.join(given) or 'no rows'}: expected exactly one of {_forms()}")
    if body.get("params"):
        raise Refusal("the body has params: models here take none, leave the key out")
    return given[0], body[given[0]]


def _split(found: Any, form: str, max_rows: int) -> tuple[Columns, int]:
    if not isinstance(found, dict) or not isinstance(found.get("columns"), list):
        raise Refusal(f'{form} is not {{"columns": [names], "data": [rows]}}')
    unknown = [key for key in found if key not in _SPLIT]
    if unknown:
        raise Refusal(f"{form} has the unknown key {with_nearest(unknown, _SPLIT)}")
    names, data = found["columns"], found.get("data")
    if set(map(type, names)) - {str}:
        raise Refusal(f"{form}.columns holds something else than names: expected a list of texts")
    if twice := repeated(names):
        raise Refusal(f"{form}.columns names a column twice: {list_names(twice)}")
    _check_rows(data, f"{form}.data", list, max_rows)
    if not data or not names:
        return {}, 0
    widths = set(map(len, data))
    if widths - {len(names)}:
        row = next(number for number, one in enumerate(data) if len(one) != len(names))
        raise Refusal(
            f"{form}.data: row {row} has {len(data[row]):,} values, and there are {len(names):,} columns"
        )
    return dict(zip(names, zip(*data, strict=True), strict=True)), len(data)


def _records(found: Any, form: str, max_rows: int) -> tuple[Columns, int]:
    _check_rows(found, form, dict, max_rows)
    if not found or not found[0]:
        return {}, 0
    names = list(found[0])
    take: Callable[[dict[str, Any]], Any] = itemgetter(*names)
    if set(map(len, found)) == {len(names)}:
        try:
            rows = [(take(one),) for one in found] if len(names) == 1 else list(map(take, found))
            return dict(zip(names, zip(*rows, strict=True), strict=True)), len(found)
        except KeyError:
            pass
    row = next(number for number, one in enumerate(found) if one.keys() != found[0].keys())
    odd = list(found[row].keys() ^ found[0].keys())
    raise Refusal(
        f"{form}: row {row} does not have the columns of row 0 ({list_names(odd)}): every row names every "
        "column, and a missing value is null"
    )


def _inputs(found: Any, form: str, max_rows: int) -> tuple[Columns, int]:
    if isinstance(found, list):
        return _records(found, form, max_rows)
    if not isinstance(found, dict):
        raise Refusal(f"{form} is {_kind(found)}: expected a list of values for each column")
    wrong = [name for name, values in found.items() if not isinstance(values, list)]
    if wrong:
        raise Refusal(f"{form}: {list_names(wrong)} has no list of values: expected one value for each row")
    lengths = {len(values) for values in found.values()}
    if len(lengths) > 1:
        raise Refusal(
            f"{form}: columns have {min(lengths):,} to {max(lengths):,} values: expected as many in each"
        )
    rows = max(lengths, default=0)
    _check_number(rows, max_rows)
    return dict(found), rows


_READERS: dict[str, Callable[[Any, str, int], tuple[Columns, int]]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _records,
    "inputs": _inputs,
}


def _check_rows(rows: Any, where: str, kind: type, max_rows: int) -> None:
    """Make sure that there is a list of rows of one kind, and not too long a one."""
    if not isinstance(rows, list):
        raise Refusal(f"{where} is {_kind(rows)}: expected a list of rows")
    _check_number(len(rows), max_rows)
    if set(map(type, rows)) - {kind}:
        row = next(number for number, one in enumerate(rows) if type(one) is not kind)
        expected = "an object with a value for each column" if kind is dict else "a list of values"
        raise Refusal(f"{where}: row {row} is {_kind(rows[row])}: expected {expected}")


def _check_number(rows: int, max_rows: int) -> None:
    if rows > max_rows:
        raise Refusal(
            f"{rows:,} rows are more than the {max_rows:,} that one request may have: send parts", 413
        )


def _forms() -> str:
    return ", ".join(FORMS)


def _kind(value: Any) -> str:
    """Return what people call a JSON value."""
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    names = {dict: "an object", list: "a list", str: "a text", int: "a number", float: "a number"}
    return names.get(type(value), shown(str(type(value))))
