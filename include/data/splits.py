"""Who is held out, and which time is tested: the group split and the group and time split.

An entity is in the holdout when a hash of its id, salted with the split's seed, falls below the test share.
The hash knows nothing of the data, so the answer never changes: a customer once in the holdout stays there in
every later month, and no later champion has trained on them. Raising the share only adds entities.

Integer ids are hashed with the finaliser of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable
pseudorandom number generators", OOPSLA), which NumPy runs over a whole column at once. String ids are hashed
with BLAKE2b (RFC 7693), once per distinct string. Python's own ``hash`` is neither stable nor portable.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from include.data.arrow_numpy import to_numpy
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.config.schema import ModelConfig

SplitKind = Literal["group split", "group and time split"]

_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB
_TWO_TO_64 = 1 << 64


@dataclass(frozen=True, kw_only=True)
class Holdout:
    """Which entities a model is never trained on.

    It belongs to the model: a version is evaluated on rows it was not trained on by the holdout of its own
    training, whatever ``model.yaml`` says by then.

    :param seed: the salt, ``split.seed``.
    :param share: share of entities held out, ``split.test_share``.
    :param entity: as what ids were hashed, ``entity.type``; None takes them as they come.
    """

    seed: int
    share: float
    entity: Literal["integer", "string"] | None = None

    @classmethod
    def of(cls, config: ModelConfig) -> Holdout:
        """Return the holdout that a configuration asks for."""
        return cls(seed=config.split.seed, share=config.split.test_share, entity=config.entity.type)

    def select(self, entities: pa.Array) -> np.ndarray:
        """Tell for each entity whether it is held out; return and errors as :func:`select_holdout`.

        :param entities: ids of shape (n,), also of the other type; text that is not a whole number has never
            been held out among integers.
        """
        if self.entity is not None:
            try:
                entities = entities.cast(pa.int64() if self.entity == "integer" else pa.string())
            except pa.ArrowInvalid:
                return np.zeros(len(entities), dtype=bool)
        return select_holdout(entities, seed=self.seed, share=self.share)

    def to_text(self) -> str:
        """Return it as the keys of ``model.yaml``."""
        kind = f", entity.type {self.entity}" if self.entity else ""
        return f"split.seed {self.seed}, split.test_share {self.share:g}{kind}"


@dataclass(frozen=True, kw_only=True)
class TimeSplit:
    """Which labelled partitions are trained on and which ones are tested.

    :param train: partitions to train on, oldest first.
    :param test: partitions to test on, oldest first; the newest labelled one is among them.
    :param kind: in a ``group split`` no entity is on both sides; in a ``group and time split`` training ends
        before the first test partition, too.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]
    kind: SplitKind


def split_time(partitions: Sequence[str], *, out_of_time: bool, tested: int = 1) -> TimeSplit:
    """Choose the training partitions and the test partitions.

    With ``out_of_time`` the newest labelled partitions are tested and the earlier ones are trained on. While
    there is only one, there is no earlier time: the model trains on the other entities of the same partition,
    which is a group split.

    :param partitions: labelled partitions as ISO dates, in any order.
    :param out_of_time: whether training must end before the tested partitions.
    :param tested: how many of the newest are tested; at most what leaves one to train on.
    :raises DataError: when no partition is labelled.
    """
    ordered = sorted(partitions)
    if not ordered:
        raise DataError(
            "no labelled partition to split: expected at least one, wait for labels or check their source"
        )
    parted = out_of_time and len(ordered) > 1
    tested = min(tested, len(ordered) - 1 if parted else len(ordered))
    test = tuple(ordered[-tested:])
    if parted:
        return TimeSplit(train=tuple(ordered[:-tested]), test=test, kind="group and time split")
    return TimeSplit(train=tuple(ordered), test=test, kind="group split")


def select_holdout(entities: pa.Array, *, seed: int, share: float) -> np.ndarray:
    """Tell for each entity whether it belongs to the holdout.

    :param entities: ids of shape (n,), of an Arrow integer or string type, without nulls.
    :param seed: the salt; another seed gives an independent holdout.
    :param share: expected share of entities held out, in [0, 1].
    :return: booleans of shape (n,).
    :raises DataError: when an id is missing or of another type.
    """
    return hash_entities(entities, seed=seed) < share


def hash_entities(entities: pa.Array, *, seed: int) -> np.ndarray:
    """Map each entity to a number in [0, 1) that depends on the id and the seed alone.

    :param entities: ids of shape (n,), of an Arrow integer or string type, without nulls.
    :param seed: the salt.
    :return: float64 of shape (n,), uniform over distinct ids.
    :raises DataError: when an id is missing or of another type.
    """
    if entities.null_count:
        raise DataError(
            f"{entities.null_count} of {len(entities)} rows have no entity id: every row needs one"
        )
    if pa.types.is_integer(entities.type):
        bits = _hash_integers(to_numpy(entities.cast(pa.int64())), seed)
    elif pa.types.is_string(entities.type) or pa.types.is_large_string(entities.type):
        bits = _hash_strings(entities, seed)
    else:
        raise DataError(f"entity ids are of type {entities.type}: expected integers or strings (entity.type)")
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _hash_integers(ids: np.ndarray, seed: int) -> np.ndarray:
    """Return 64 mixed bits for each id of shape (n,)."""
    salt = _mix(np.array([(seed * _GOLDEN + _GOLDEN) % _TWO_TO_64], dtype=np.uint64))
    mixed: np.ndarray = _mix(ids.view(np.uint64) + np.uint64(_GOLDEN)) ^ salt
    return _mix(mixed)


def _mix(bits: np.ndarray) -> np.ndarray:
    """Finalise as SplitMix64 does: each input bit flips each output bit with probability 1/2."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(_MIX_1)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(_MIX_2)
    bits ^= bits >> np.uint64(31)
    return bits


def _hash_strings(entities: pa.Array, seed: int) -> np.ndarray:
    """Return 64 hashed bits for each string, computed once per distinct string."""
    encoded = entities.dictionary_encode()
    salt = hashlib.blake2b(str(seed).encode()).digest()
    digests = b"".join(
        hashlib.blake2b(text.encode(), digest_size=8, key=salt).digest()
        for text in encoded.dictionary.to_pylist()
    )
    bits: np.ndarray = np.frombuffer(digests, dtype="<u8").astype(np.uint64)[to_numpy(encoded.indices)]
    return bits
