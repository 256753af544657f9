"""Counts and sums as bytes, for workers and partitions: a few kilobytes to a few megabytes, nothing to run.

Only occupied bins are written, with what their scores have in common.
"""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from include.errors import DataError
from include.evaluation.streaming.first_pass import Counts, no_counts, refuse_other_plan
from include.evaluation.streaming.plan import Cut, Plan
from include.evaluation.streaming.second_pass import BucketSums, no_sums
from include.strict_json import to_exact_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def pack_counts(counts: Counts) -> bytes:
    """Return counts as bytes; :func:`unpack_counts` reads them to the last digit.

    :param counts: what a first pass counted.
    """
    arrays: dict[str, np.ndarray] = {}
    for number, (key, found) in enumerate(counts.counts.items()):
        by_bin = found.transpose(0, 2, 1).reshape(-1, 2)
        occupied = np.flatnonzero(by_bin.any(axis=1))
        arrays[f"bins{number}"] = occupied
        arrays[f"counts{number}"] = by_bin[occupied]
        arrays[f"within{number}"] = counts.within[key].reshape(-1)[occupied]
        if key in counts.squares:
            arrays[f"squares{number}"] = counts.squares[key].transpose(0, 2, 1).reshape(-1, 2)[occupied]
    return _pack(counts.plan, arrays)


def unpack_counts(packed: bytes, plan: Plan) -> Counts:
    """Build counts from what :func:`pack_counts` returned.

    :param packed: the bytes.
    :param plan: what they must have counted.
    :raises DataError: they are damaged, or counted something else.
    """
    arrays, found = _unpack(packed, plan), no_counts(plan)
    with _explained():
        for number, (key, counts) in enumerate(found.counts.items()):
            groups, _, bins = counts.shape
            occupied = arrays[f"bins{number}"]
            for name, into in (("counts", counts), ("squares", found.squares.get(key))):
                if into is not None:
                    by_bin = np.zeros((groups * bins, 2), np.int64)
                    by_bin[occupied] = arrays[f"{name}{number}"]
                    into[:] = by_bin.reshape(groups, bins, 2).transpose(0, 2, 1)
            found.within[key].reshape(-1)[occupied] = arrays[f"within{number}"]
    return found


def pack_sums(sums: BucketSums) -> bytes:
    """Return sums as bytes; :func:`unpack_sums` reads them to the last digit.

    :param sums: what a second pass added up.
    """
    return _pack(sums.plan, {f"sums{number}": one for number, one in enumerate(_all(sums))})


def unpack_sums(packed: bytes, plan: Plan) -> BucketSums:
    """Build sums from what :func:`pack_sums` returned; parameters and errors as :func:`unpack_counts`."""
    arrays, found = _unpack(packed, plan), no_sums(plan)
    with _explained():
        for number, one in enumerate(_all(found)):
            one[:] = arrays[f"sums{number}"]
    return found


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (BadZipFile, EOFError, KeyError, IndexError, TypeError, ValueError) as error:
        raise DataError(f"counts or sums of a stream are damaged: {error}; make them again") from error


def _all(sums: BucketSums) -> Iterator[np.ndarray]:
    for part in (sums.influences, sums.labels, sums.differing, sums.weights):
        yield from part.values()


def _pack(plan: Plan, arrays: Mapping[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    said = np.frombuffer(to_exact_json(plan.to_plain()).encode(), dtype=np.uint8)
    np.savez_compressed(file, allow_pickle=False, plan=said, **dict(arrays))
    return file.getvalue()


def _unpack(packed: bytes, plan: Plan) -> dict[str, np.ndarray]:
    with _explained(), np.load(io.BytesIO(packed), allow_pickle=False) as file:
        arrays = dict(file)
        plain = json.loads(arrays.pop("plan").tobytes())
    cuts = {
        name: Cut(groups=groups, metrics=tuple(metrics), shift=shift)
        for name, (groups, metrics, shift) in plain["cuts"].items()
    }
    pairs = tuple((one, other) for one, other in plain["pairs"])
    models, heaviest = tuple(plain["models"]), plain.get("heaviest")
    refuse_other_plan(plan, Plan(models=models, cuts=cuts, pairs=pairs, heaviest=heaviest))
    return arrays
