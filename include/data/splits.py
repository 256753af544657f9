"""Who is held out: an arc of the circle on which a hash of the id, salted with a seed, puts each entity.

The hash knows nothing of the data, so the answer is the same in every month and on every machine. The first
model holds out the hashes below the test share. At each change of champion the arc turns by a part of its
length: some entities return to training, as many are held out for the first time, and the new champion is not
evaluated on those alone by whose luck it was chosen. Within the life of a champion nobody trains on an entity
that is tested: who is tested follows from the champion's own arc, and every candidate leaves them all out.

Integer ids are hashed with the finaliser of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable
pseudorandom number generators", OOPSLA), which NumPy runs over a whole column at once. String ids are hashed
with BLAKE2b (RFC 7693), once per distinct string. Python's own ``hash`` is neither stable nor portable.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from include.data.arrow_numpy import to_numpy
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.config.schema import ModelConfig

_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB
_TWO_TO_64 = 1 << 64


@dataclass(frozen=True, kw_only=True)
class Holdout:
    """Which entities a model is never trained on: those whose hash lies on an arc of the circle [0, 1).

    It belongs to the model: a version is evaluated on rows it was not trained on by the holdout of its own
    training, whatever ``model.yaml`` says by then.

    It also says whom the candidates are tested on while this model is champion: whom the arc has in common
    with the same arc turned by ``rotation`` of its length. That follows from the champion alone, so that
    nothing that happens in its life, no rejection and no edit of ``model.yaml``, changes who is tested.

    :param seed: the salt, ``split.seed``.
    :param share: share of entities held out, ``split.test_share``.
    :param entity: as what ids were hashed, ``entity.type``; None takes them as they come.
    :param start: where the arc begins, in [0, 1).
    :param rotation: share of the arc that is replaced when the next model becomes champion,
        ``split.rotation``.
    :param beside: the champion whose tested entities the training left out besides, where the arc does not
        hold them all: the split was changed in its life.
    """

    seed: int
    share: float
    entity: Literal["integer", "string"] | None = None
    start: float = 0.0
    rotation: float = 0.0
    beside: Holdout | None = None

    @classmethod
    def of(cls, config: ModelConfig, champion: Holdout | None = None) -> Holdout:
        """Return whom a candidate is not trained on.

        :param config: the model's configuration.
        :param champion: whom the champion's training left out; None without a champion, or if nobody knows.
        """
        split, entity = config.split, config.entity.type
        first = cls(seed=split.seed, share=split.test_share, entity=entity, rotation=split.rotation)
        if champion is None:
            return first
        start = 0.0
        if (champion.seed, champion.entity) == (split.seed, entity):
            start = _turn(champion.start, champion.share * split.rotation)
        own = replace(first, start=start)
        return own if own.holds_all_tested_under(champion) else replace(own, beside=champion.arc)

    @property
    def arc(self) -> Holdout:
        """The arc alone, without whom training left out beside it."""
        return replace(self, beside=None)

    @property
    def turned(self) -> Holdout:
        """The arc of the next champion, while the split stays as it is."""
        return replace(self, start=_turn(self.start, self.share * self.rotation), beside=None)

    def select(self, entities: pa.Array) -> np.ndarray:
        """Tell for each entity whether training left it out; return and errors as :func:`select_holdout`.

        :param entities: ids of shape (n,), also of the other type; text that is not a whole number has never
            been held out among integers.
        """
        found = self._select(entities, (self.start,))
        return found if self.beside is None else found | self.beside.select_tested(entities)

    def select_tested(self, entities: pa.Array) -> np.ndarray:
        """Tell for each entity whether candidates may be tested on it while this model is champion.

        Parameters, return and errors as :meth:`select`.
        """
        return self._select(entities, (self.start, self.turned.start))

    def to_text(self) -> str:
        """Return it as the keys of ``model.yaml``."""
        parts = [f"split.seed {self.seed}", f"split.test_share {self.share:g}"]
        parts += [f"entity.type {self.entity}"] if self.entity else []
        parts += [f"from {self.start:g} on the circle"] if self.start else []
        parts += [f"beside whom the champion tests by {self.beside.to_text()}"] if self.beside else []
        return ", ".join(parts)

    def _select(self, entities: pa.Array, starts: Iterable[float]) -> np.ndarray:
        """Tell for each entity whether it lies on the arcs of this length from each of some starts."""
        if self.entity is not None:
            try:
                entities = entities.cast(pa.int64() if self.entity == "integer" else pa.string())
            except pa.ArrowInvalid:
                return np.zeros(len(entities), dtype=bool)
        hashed = hash_entities(entities, seed=self.seed)
        found = np.ones(len(hashed), dtype=bool)
        for start in dict.fromkeys(starts):
            found &= ((hashed - start) % 1.0 if start else hashed) < self.share
        return found

    def holds_all_tested_under(self, champion: Holdout) -> bool:
        """Tell whether the arc is the champion's own, or the next one: both hold all whom it tests.

        :param champion: whom the champion's training left out.
        """
        this = (self.seed, self.share, self.entity, self.start)
        return this in {(one.seed, one.share, one.entity, one.start) for one in (champion, champion.turned)}


def _turn(start: float, by: float) -> float:
    """Return a place on the circle [0, 1), further on."""
    return (start + by) % 1.0


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
    return hash_bits(entities, seed=seed).astype(np.float64) * 2.0**-53


def hash_bits(entities: pa.Array, *, seed: int) -> np.ndarray:
    """Return the same as whole numbers, uint64 of shape (n,): 53 bits, which a float64 holds exactly.

    :param entities: as above.
    :param seed: the salt.
    :raises DataError: as above.
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
    return bits >> np.uint64(11)


def _hash_integers(ids: np.ndarray, seed: int) -> np.ndarray:
    """Return 64 mixed bits for each id of shape (n,)."""
    salt = _mix(np.array([(seed * _GOLDEN + _GOLDEN) % _TWO_TO_64], dtype=np.uint64))
    mixed: np.ndarray = _mix(ids.view(np.uint64) + np.uint64(_GOLDEN)) ^ salt
    return _mix(mixed)


def _mix(bits: np.ndarray) -> np.ndarray:
    """Finalise as SplitMix64 does: each input bit flips each output bit with probability 1/2."""
    bits = bits ^ (bits >> np.uint64(30))
    bits *= np.uint64(_MIX_1)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(_MIX_2)
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
