"""What endpoints answer, and how far it is from what was recorded."""

from __future__ import annotations

import json

import pytest

from include.serving.answers import Answer, compare_answer, explain_answer, longest_answer, served_version
from include.serving.golden import GoldenRequests

pytestmark = pytest.mark.core

TWO = GoldenRequests(model="m", columns=("a",), rows=((1.0,), (None,)), predictions=((0.9, 0.1), (0.2, 0.8)))
NUMBERS = GoldenRequests(
    model="m", columns=("a",), rows=((1.0,), (2.0,)), predictions=(100.0, 300.0), unit=100.0
)


def said(predictions: object) -> Answer:
    return Answer(status=200, body=json.dumps({"predictions": predictions}).encode(), kind="application/json")


def test_the_recorded_answer_differs_in_no_digit() -> None:
    assert compare_answer(said(TWO.recorded.tolist()), TWO).largest == 0
    found = compare_answer(said([100.0, 300.00000000000006]), NUMBERS)
    assert 0 < found.largest < 1e-15
    assert (found.row, found.found, found.recorded) == (2, (300.00000000000006,), (300.0,))


def test_a_difference_between_numbers_is_a_part_of_the_unit() -> None:
    assert compare_answer(said([100, 301]), NUMBERS).largest == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(problem="nobody listens there"), "nobody listens"),
        (Answer(status=500, body=b"boom"), "HTTP 500: 'boom'"),
        (Answer(status=503, body=b""), "HTTP 503"),
        (Answer(status=401, body=b"who?"), "HTTP 401"),
        (Answer(status=204), "HTTP 204"),
        (Answer(status=302, location="http://elsewhere/login"), "a redirect to http://elsewhere/login"),
        (Answer(status=200, body=b"<html>Hi</html>", kind="text/html"), r"not JSON \(text/html\): '<html"),
        (Answer(status=200, body=b""), "not JSON"),
        (Answer(status=200, body=b"\xff\xfe"), "not JSON"),
        (Answer(status=200, body=b"[" * 200_000), "not JSON"),
        (Answer(status=200, body=b"[]"), "no list of predictions"),
        (Answer(status=200, body=b'{"predictions": null}'), "no list of predictions"),
        (said([]), r"shape \(0,\); expected \(2, 2\)"),
        (said([[0.9, 0.1]]), r"shape \(1, 2\); expected \(2, 2\)"),
        (said([0.1, 0.8]), r"shape \(2,\); expected \(2, 2\)"),
        (said([[0.9, 0.1], [0.2]]), "not as many in each row"),
        (said([[0.9, 0.1], [[0.2], 0.8]]), "not all numbers"),
        (said([[0.9, 0.1], [0.2, "0.8"]]), "not all numbers"),
        (said([[0.9, 0.1], [0.2, True]]), "not all numbers"),
        (said([[0.9, 0.1], [0.2, None]]), "not all numbers"),
        (said([{"0": 0.9, "1": 0.1}, {"0": 0.2, "1": 0.8}]), "not all numbers"),
        (said([[0.9, 0.1], [0.2, float("nan")]]), "1 predictions are not finite numbers, the first in row 2"),
        (said([[float("inf"), 0.1], [0.2, 0.8]]), "the first in row 1"),
        (said([[10**400, 0.1], [0.2, 0.8]]), "not as many in each row|not finite"),
    ],
)  # fmt: skip
def test_what_is_not_an_answer_is_named(answer: Answer, problem: str) -> None:
    with pytest.raises(AssertionError, match=problem):
        raise AssertionError(compare_answer(answer, TWO).problem or "nothing")


def test_an_answer_is_quoted_in_short_and_without_control_characters() -> None:
    text = explain_answer(Answer(status=500, body=b"\x1b[31m\n" + b"a" * 100_000))
    assert len(text) < 250
    assert "\x1b" not in text


def test_only_what_names_a_model_version_is_one() -> None:
    assert served_version(Answer(status=200, body=b'{"model": "m", "version": "3"}')) == {
        "model": "m", "version": "3",
    }  # fmt: skip
    for body in (
        b"3.17.2",
        b"3",
        b'"3"',
        b"{}",
        b'{"version": null}',
        b'{"version": ["3"]}',
        b"<html>",
        b"[" * 99_999,
    ):
        assert served_version(Answer(status=200, body=body)) is None
    assert served_version(Answer(status=404, body=b'{"version": "3"}')) is None


def test_the_longest_answer_has_room_for_all_digits() -> None:
    most = [[-1.2345678901234567e-300, -1.2345678901234567e-300]] * 2
    assert len(json.dumps({"predictions": most}, indent=8)) < longest_answer(TWO)
