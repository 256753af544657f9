"""Who answers a request: the version that the alias points to, and the challenger for its share of entities.

A line-up never changes. The follower puts another one in its place, a request takes the one that is there
when it is answered, and so each request is answered by whole versions only.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from include.errors import MlopsError
from serving.canary import pick

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from serving.loaded_version import LoadedVersion

logger = logging.getLogger(__name__)


class Answer(NamedTuple):
    """What a request is answered with.

    :param values: float64 of shape (n,) or (n, k), in the order of the rows.
    :param version: number of the version that answered.
    :param challenger: number of the challenger where it answered rows; empty otherwise.
    :param challenged: which rows those are, bool of shape (n,); None where there are none.
    :param fell_back: whether the challenger failed, and its rows were answered by the other version.
    """

    values: np.ndarray
    version: str
    challenger: str = ""
    challenged: np.ndarray | None = None
    fell_back: bool = False


@dataclass(frozen=True, kw_only=True)
class Lineup:
    """The versions that answer at a time.

    :param main: the version that the alias points to.
    :param challenger: another version for a share of the entities; None where there is none.
    :param share: of the entities, from 0 to 1.
    """

    main: LoadedVersion
    challenger: LoadedVersion | None = None
    share: float = 0.0

    def answer(self, frame: pd.DataFrame, entities: Sequence[Any] | None) -> Answer:
        """Answer the rows of a request.

        :param frame: as :func:`serving.frame.build_frame` makes it by the signature of ``main``.
        :param entities: of each row; None where the request does not name them.
        :raises Refusal: the version takes no such values.
        :raises ModelError: it fails.
        """
        number = self.main.id.number
        if self.challenger is None or entities is None or not self.share:
            return Answer(self.main.answer(frame), number)
        picked = pick(entities, self.share, self.main.config.name)
        if not picked.any():
            return Answer(self.main.answer(frame), number)
        try:
            theirs = self.challenger.answer(frame.loc[picked, list(self.challenger.signature.names)])
        except MlopsError as error:
            logger.warning("Challenger fails, version %s answers in its place: %s", number, error)
            return Answer(self.main.answer(frame), number, fell_back=True)
        if picked.all():
            return Answer(theirs, number, self.challenger.id.number, picked)
        ours = self.main.answer(frame[~picked])
        values = np.empty((len(frame), *ours.shape[1:]), dtype=np.float64)
        values[picked], values[~picked] = theirs, ours
        return Answer(values, number, self.challenger.id.number, picked)
