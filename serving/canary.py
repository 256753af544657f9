"""Which rows the challenger answers: a share of the entities, always the same ones."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPACE = 2**64


def pick(entities: Sequence[Any], share: float, salt: str) -> np.ndarray:
    """Return for each row whether the challenger answers it, bool of shape (n,).

    An entity's place between 0 and 1 is the first 64 bits of a BLAKE2b of salt and entity, and the challenger
    answers below the share. So an entity keeps its side in every request, process and version, and a larger
    share takes further entities in without letting one go.

    :param entities: of each row; one that is missing (None) is answered by the champion.
    :param share: of the entities, from 0 to 1.
    :param salt: the model's name, so that it is not the same entities for every model.
    """
    bound = int(share * _SPACE)
    key = salt.encode()[:64]
    blake = hashlib.blake2b
    return np.array(
        [
            entity is not None
            and int.from_bytes(blake(str(entity).encode(), digest_size=8, key=key).digest(), "big") < bound
            for entity in entities
        ],
        dtype=bool,
    )


def parse_share(text: str) -> float:
    """Return the share that ``10%`` or ``0.1`` stands for.

    :raises ValueError: it is none between 0 and 1.
    """
    number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= number <= 1:
        raise ValueError(f"{text!r} is not a share: expected 0% to 100%")
    return number
