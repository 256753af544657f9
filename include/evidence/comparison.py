"""Compare a model that was made again with what was recorded of it, digit by digit.

Nothing here has a tolerance: two numbers are the same if all 64 bits are (NaN is NaN, whatever its payload).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from include.evidence.reproduction import Difference, Finding
from include.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

SHOWN_ROWS = 5
_ABSENT = "-"
_DIGITS = 17  # significant digits that tell any two float64 apart


def compare_texts(what: str, recorded: str | None, found: str | None, *, summary: str = "") -> Finding:
    """Compare two digests.

    :param what: what they are of.
    :param recorded: the digest on record; None where none was kept.
    :param found: the digest now.
    :param summary: how much it is about.
    """
    if recorded is None:
        return Finding(what=what, identical=False, summary="nothing is on record to compare with")
    if recorded == found:
        return Finding(what=what, identical=True, summary=summary or _short(recorded))
    differs = Difference(what="sha256", recorded=recorded, found=found or _ABSENT)
    return Finding(what=what, identical=False, summary="other content", differences=(differs,))


def compare_figures(
    what: str, recorded: Mapping[str, float | None], found: Mapping[str, float | None]
) -> Finding:
    """Compare figures by name.

    :param what: what they are.
    :param recorded: name to figure as it was recorded; None is a figure that is not defined.
    :param found: the same now.
    """
    names = [*recorded, *(name for name in found if name not in recorded)]
    differences = tuple(
        _differ(name, recorded, found) for name in names if not _same_figure(name, recorded, found)
    )
    summary = f"{len(differences)} of {len(names)} figures" if differences else f"{len(names)} figures"
    return Finding(what=what, identical=not differences, summary=summary, differences=differences)


def compare_predictions(
    recorded: np.ndarray, found: np.ndarray, recorded_keys: pa.Table, found_keys: pa.Table
) -> Finding:
    """Compare predictions row by row.

    :param recorded: as they were recorded, float64 of shape (n,) or (n, k).
    :param found: as they are now.
    :param recorded_keys: the columns that say which row it is, n rows, in the order of ``recorded``.
    :param found_keys: the same, in the order of ``found``.
    """
    what = "predictions"
    if recorded.shape != found.shape:
        shapes = Difference(what="shape", recorded=str(recorded.shape), found=str(found.shape))
        return Finding(what=what, identical=False, summary="other rows", differences=(shapes,))
    if not recorded_keys.equals(found_keys):
        return _other_rows(what, recorded_keys, found_keys)
    same = (_bits(recorded) == _bits(found)) | (np.isnan(recorded) & np.isnan(found))
    changed = np.flatnonzero(~(same.all(axis=1) if same.ndim > 1 else same))
    if not len(changed):
        return Finding(what=what, identical=True, summary=f"{len(recorded):,} rows, bit by bit")
    differences = tuple(
        _differing_row(row, recorded[row], found[row], recorded_keys) for row in changed[:SHOWN_ROWS].tolist()
    )
    largest = float(np.nanmax(np.abs(recorded - found))) if np.isfinite(recorded - found).any() else math.nan
    summary = f"{len(changed):,} of {len(recorded):,} rows; largest difference {largest:.3g}"
    return Finding(what=what, identical=False, summary=summary, differences=differences)


def compare_libraries(recorded: Mapping[str, str], found: Mapping[str, str]) -> tuple[Difference, ...]:
    """Return what is installed in another version than in training.

    :param recorded: name to version as the model recorded them.
    :param found: the same where it was made again.
    """
    return tuple(
        Difference(what=name, recorded=version, found=found.get(name, "not installed"))
        for name, version in recorded.items()
        if found.get(name) != version
    )


def first_digit_apart(one: float, other: float) -> int | None:
    """Return the first significant digit in which two numbers differ, from 1; None where none can be named.

    :param one: a number.
    :param other: another.
    """
    if not (math.isfinite(one) and math.isfinite(other)) or one == other:
        return None
    texts = [f"{value:+.{_DIGITS - 1}e}" for value in (one, other)]
    if texts[0][0] != texts[1][0] or texts[0].partition("e")[2] != texts[1].partition("e")[2]:
        return 1
    digits = [text[1:].partition("e")[0].replace(".", "") for text in texts]
    return next(
        (at for at, pair in enumerate(zip(*digits, strict=True), start=1) if pair[0] != pair[1]), None
    )


def _same_figure(name: str, recorded: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    if name not in recorded or name not in found:
        return False
    one, other = _number(recorded[name]), _number(found[name])
    return bool(_bits(np.float64(one)) == _bits(np.float64(other))) or (math.isnan(one) and math.isnan(other))


def _differ(name: str, recorded: Mapping[str, Any], found: Mapping[str, Any]) -> Difference:
    one, other = recorded.get(name), found.get(name)
    return Difference(
        what=name,
        recorded=_exact(one) if name in recorded else _ABSENT,
        found=_exact(other) if name in found else _ABSENT,
        note=_apart(_number(one), _number(other)),
    )


def _differing_row(row: int, recorded: Any, found: Any, keys: pa.Table) -> Difference:
    pairs = zip(np.atleast_1d(recorded).tolist(), np.atleast_1d(found).tolist(), strict=True)
    (one, other) = next(pair for pair in pairs if pair[0] != pair[1])
    return Difference(
        what=_key(row, keys), recorded=_exact(one), found=_exact(other), note=_apart(one, other)
    )


def _other_rows(what: str, recorded: pa.Table, found: pa.Table) -> Finding:
    if recorded.column_names != found.column_names:
        names = Difference(
            what="keys", recorded=", ".join(recorded.column_names), found=", ".join(found.column_names)
        )
        return Finding(what=what, identical=False, summary="other keys", differences=(names,))
    pairs = zip(recorded.to_pylist(), found.to_pylist(), strict=True)
    at = next((row for row, (one, other) in enumerate(pairs) if one != other), 0)
    rows = Difference(what=f"row {at:,}", recorded=_key(at, recorded), found=_key(at, found))
    return Finding(what=what, identical=False, summary="of other rows", differences=(rows,))


def _key(row: int, keys: pa.Table) -> str:
    found = keys.slice(row, 1).to_pylist()[0]
    return ", ".join(f"{shown(name)}={value}" for name, value in found.items())


def _bits(values: np.ndarray | np.float64) -> Any:
    return np.asarray(values, dtype=np.float64).view(np.uint64)


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _exact(value: Any) -> str:
    return "undefined" if value is None or math.isnan(value) else repr(float(value))


def _apart(one: float, other: float) -> str:
    digit = first_digit_apart(one, other)
    return "" if digit is None else f"{other - one:+.3g}, from digit {digit} on"


def _short(digest: str) -> str:
    return f"sha256 {digest[:12]}"
