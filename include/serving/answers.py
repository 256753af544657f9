"""What an endpoint answered: whether it is an answer at all, and how far it is from the recorded one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from include.serving.golden import GoldenRequests

_OK, _REDIRECTS = 200, range(300, 400)
_SHOWN = 160  # characters of an answer that are quoted
_ROOM = 65_536  # bytes that an answer may have besides its predictions
_NUMBER = 40  # bytes of one prediction, with what parts it from the next


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back for one request.

    :param status: of HTTP; 0 where nothing came back.
    :param body: the answer, cut where it was longer than was asked for.
    :param seconds: from sending the request to the last byte, without connecting.
    :param kind: its content type.
    :param location: where it wants to be asked instead.
    :param problem: why there is no whole answer; empty where there is.
    """

    status: int = 0
    body: bytes = b""
    seconds: float = 0.0
    kind: str = ""
    location: str = ""
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far an answer is from the recorded one.

    :param problem: why it can't be compared; empty where it can.
    :param largest: largest difference, as a part of the golden requests' unit; 0: the same to the last digit.
    :param row: in which row, from 1.
    :param found: what was predicted there.
    :param recorded: what should have been.
    """

    problem: str = ""
    largest: float = 0.0
    row: int = 0
    found: tuple[float, ...] = ()
    recorded: tuple[float, ...] = ()


def longest_answer(golden: GoldenRequests) -> int:
    """Return how many bytes the answer to golden requests may have.

    :param golden: the requests.
    """
    return _ROOM + _NUMBER * golden.recorded.size


def explain_answer(answer: Answer) -> str:
    """Return why an answer is none; empty where it is one.

    :param answer: what came back.
    """
    if answer.problem:
        return answer.problem
    if answer.location and answer.status in _REDIRECTS:
        return (
            f"HTTP {answer.status}, a redirect to {answer.location[:_SHOWN]}, which is not followed: give "
            "that address if it is the right one"
        )
    if answer.status != _OK:
        return f"HTTP {answer.status}: {_quote(answer.body)}"
    return ""


def compare_answer(answer: Answer, golden: GoldenRequests) -> Difference:
    """Compare an answer with the recorded predictions.

    :param answer: what came back.
    :param golden: the requests, with the predictions that were recorded.
    """
    if problem := explain_answer(answer):
        return Difference(problem=problem)
    recorded = golden.recorded
    try:
        found = _predictions(answer)
    except _UnreadableError as error:
        return Difference(problem=str(error))
    if found.shape != recorded.shape:
        return Difference(problem=f"predictions of shape {found.shape}; expected {recorded.shape}")
    wrong = ~np.isfinite(found).reshape(len(found), -1).all(axis=1)
    if wrong.any():
        row = int(wrong.argmax()) + 1
        return Difference(
            problem=f"{int(wrong.sum())} predictions are not finite numbers, the first in row {row}"
        )
    apart = np.abs(found - recorded).reshape(len(found), -1).max(axis=1) / golden.unit
    row = int(apart.argmax())
    return Difference(
        largest=float(apart[row]),
        row=row + 1,
        found=tuple(np.atleast_1d(found[row]).tolist()),
        recorded=tuple(np.atleast_1d(recorded[row]).tolist()),
    )


def served_version(answer: Answer) -> dict[str, Any] | None:
    """Return what ``/version`` says about the model; None where it says nothing about it.

    MLflow's own server answers with the version of MLflow, which is not what is asked for.

    :param answer: what came back.
    """
    if explain_answer(answer):
        return None
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("version"), (str, int)):
        return None
    return found


class _UnreadableError(ValueError):
    """An answer is not what the protocol asks for."""


def _predictions(answer: Answer) -> np.ndarray:
    """Return the predictions in an answer: numbers, or as many in each row."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        kind = f" ({answer.kind})" if answer.kind else ""
        raise _UnreadableError(f"the answer is not JSON{kind}: {_quote(answer.body)}") from error
    rows = found.get("predictions") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise _UnreadableError(f"the answer has no list of predictions: {_quote(answer.body)}")
    numbers = [one for row in rows for one in (row if isinstance(row, list) else [row])]
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in numbers):
        raise _UnreadableError(f"the predictions are not all numbers: {_quote(answer.body)}")
    try:
        return np.array(rows, dtype=np.float64)
    except (ValueError, OverflowError) as error:
        raise _UnreadableError(
            f"the predictions are not as many in each row: {_quote(answer.body)}"
        ) from error


def _quote(body: bytes) -> str:
    text = body[: 4 * _SHOWN].decode("utf-8", "replace")
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
