"""The comparison of a replay: a model with the champion on one test set, computed once."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from include.data.leaks import check_not_learned
from include.errors import ModelError
from include.evaluation.compare import evaluate
from include.evaluation.record import Evaluation
from include.replay.cache import digest
from include.training.frame import load_frame
from include.training.predict import predict_scores

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Dataset
    from include.replay.cache import Cache
    from include.replay.models import Models
    from include.replay.state import Version
    from include.training.frame import Frame


class ExamSet:
    """The frozen test set of an exam, loaded when somebody asks for its rows.

    :param path: its file.
    :param config: the model's configuration.
    """

    def __init__(self, path: Path, config: ModelConfig) -> None:
        self.path = path
        self._config = config
        self._frame: Frame | None = None

    def frame(self) -> Frame:
        """Return its rows."""
        if self._frame is None:
            self._frame = load_frame(self.path, self._config)
        return self._frame


class Comparing:
    """Compares models with the champion as the task ``evaluate`` does.

    :param config: the model's configuration.
    :param models: the fitted models.
    :param cache: keeps evaluations.
    """

    def __init__(self, config: ModelConfig, models: Models, cache: Cache) -> None:
        self._config = config
        self._models = models
        self._cache = cache

    def evaluate(
        self,
        model: Version,
        champion: Version | None,
        test: ExamSet,
        prepared: Dataset,
        *,
        challenger: bool,
    ) -> tuple[Evaluation, float]:
        """Return the comparison of a model with the champion, and what it cost in seconds of CPU.

        :param model: the candidate or the kept challenger.
        :param champion: the champion; None without one.
        :param test: the test set.
        :param prepared: its record.
        :param challenger: whether the model is the kept challenger.
        :raises DataError: the test set can't be read.
        :raises ModelError: the model can't be scored.
        """
        config = self._config
        settings = config.model_dump(
            mode="json", include={"task", "gate", "sensitive", "split", "entity", "target"}
        )
        identity = champion and [
            champion.number, champion.model, champion.holdout and asdict(champion.holdout),
        ]  # fmt: skip
        key = digest("evaluation", model.model, challenger, prepared.digest, settings, identity)

        def compare() -> dict[str, Any]:
            scores = predict_scores(self._models.load(model.model), test.frame().features, self._config)
            known, error = self._score_champion(test, champion)
            return evaluate(
                test.path,
                scores,
                known,
                config,
                {"version": champion.number} if champion else None,
                trained=prepared.train,
                champion_error=error,
                dominant=() if challenger else prepared.dominant,
            ).to_dict()

        found = self._cache.value("evaluations", key, compare)
        return Evaluation.from_dict(found), self._cache.cost("evaluations", key)

    def _score_champion(
        self, test: ExamSet, champion: Version | None
    ) -> tuple[np.ndarray | None, str | None]:
        """Return the champion's scores on a test set, or why there are none."""
        if champion is None:
            return None, None
        try:
            check_not_learned(test.path, self._config, champion.holdout)
            return predict_scores(
                self._models.load(champion.model), test.frame().features, self._config
            ), None
        except ModelError as error:
            return None, str(error)
