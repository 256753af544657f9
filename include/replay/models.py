"""Fitted models, each fitted once for all settings, with their profiles, predictions and importances."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.config.estimator import estimator_digest, load_estimator
from include.evaluation import importance
from include.monitoring.profile.build import build_profile
from include.monitoring.profile.profile import Profile
from include.replay.cache import digest
from include.scoring.predictions import Stamp
from include.scoring.sample import read_sample
from include.scoring.score import score_snapshot
from include.training.fit import fit
from include.training.frame import load_frame
from include.training.persist import dump_model, load_model
from include.training.predict import predict_scores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.replay.cache import Cache
    from include.training.frame import Frame

log = logging.getLogger(__name__)


@dataclass
class Work:
    """What was really computed, and not found in the cache.

    :param fits: models fitted.
    """

    fits: int = 0


class Models:
    """The fitted models of a replay.

    :param config: the model's configuration under a setting.
    :param folder: the model folder, with ``estimator.py``.
    :param cache: where models, profiles and predictions are kept.
    """

    def __init__(self, config: ModelConfig, folder: Path, cache: Cache) -> None:
        self._config = config
        self._folder = folder
        self._cache = cache
        self._loaded: dict[str, Any] = {}
        self._profiles: dict[str, Profile] = {}
        self._code = estimator_digest(folder)
        self.work = Work()

    @property
    def code(self) -> str:
        """Digest of the estimator's code."""
        return self._code

    def fit(self, train: Path, train_digest: str) -> str:
        """Return the name of the model that a training set gives: fitted now, or known from before.

        Only what a fit follows from is part of the name, so settings of the policy or of the gate share it.

        :param train: the training set.
        :param train_digest: its digest.
        :raises ModelError: the estimator fails, or holds types that nobody has reviewed.
        """
        config = self._config
        content = config.model_dump(
            mode="json", include={"task", "estimator", "entity", "row", "time", "target", "features"}
        )
        name = digest("model", train_digest, self._code, content)
        self._cache.file("models", name, lambda made: self._fit(train, name, made))
        return name

    def cost(self, name: str) -> float:
        """Return how many seconds of CPU the fit of a model and its profile took."""
        return self._cache.cost("models", name) + self._cache.cost("profiles", self._profile_key(name))

    def _fit(self, train: Path, name: str, made: Path) -> None:
        estimator = load_estimator(self._folder, self._config)
        model = fit(train, self._config, estimator).model
        made.write_bytes(dump_model(model, self._config.estimator.trusted_types))
        self._loaded[name] = model
        self.work.fits += 1

    def adopt(self, name: str, dumped: bytes, profile: Profile) -> None:
        """Take over a model that was trained elsewhere, with its profile.

        :param name: a name of its own.
        :param dumped: the model as a skops file.
        :param profile: its reference profile.
        """
        self._cache.file("models", name, lambda made: made.write_bytes(dumped))
        self._profiles[name] = profile

    def load(self, name: str) -> Any:
        """Return a fitted model.

        :raises ModelError: it holds types that nobody has reviewed.
        """
        if name not in self._loaded:
            dumped = (self._cache.folder / "models" / name).read_bytes()
            self._loaded[name] = load_model(dumped, self._config.estimator.trusted_types)
        return self._loaded[name]

    def build_profile(self, name: str, train: Path) -> None:
        """Build the reference profile of a model that was just fitted, unless it is known.

        :param name: the model.
        :param train: its training set.
        """
        key = self._profile_key(name)

        def build() -> dict[str, str]:
            frame = load_frame(train, self._config)
            scores = predict_scores(self.load(name), frame.features, self._config)
            return {"profile": build_profile(train, self._config, scores).to_json()}

        self._profiles[name] = Profile.from_json(self._cache.value("profiles", key, build)["profile"])

    def profile(self, name: str) -> Profile:
        """Return the reference profile of a model."""
        return self._profiles[name]

    def importance(self, name: str, test_digest: str, frame: Callable[[], Frame]) -> dict[str, float] | None:
        """Return what each feature is worth to a model on a test set; None where there is no feature.

        :param name: the model.
        :param test_digest: digest of the test set.
        :param frame: gives the test set.
        """
        config = self._config
        target = config.target.model_dump(mode="json")
        key = digest("importance", name, test_digest, config.gate.compared, target, config.estimator.seed)
        found = self._cache.value(
            "importance",
            key,
            lambda: {
                feature: one.loss
                for feature, one in importance.measure_importance(self.load(name), frame(), config).items()
            },
        )
        return {feature: float(loss) for feature, loss in found.items()} or None

    def predictions(self, name: str, ref: SnapshotRef, snapshot: Path) -> Path:
        """Return a model's predictions for a delivery.

        :param name: the model.
        :param ref: the delivery's snapshot.
        :param snapshot: the same, on local disk.
        :raises ModelError: the model can't score it.
        """
        key = digest("predictions", name, ref.md5, self._columns())
        return self._cache.file(
            "predictions",
            f"{key}.parquet",
            lambda made: score_snapshot(
                snapshot, self.load(name), self._config, made, self._stamp(name, ref)
            ),
        )

    def shadow(self, name: str, ref: SnapshotRef, snapshot: Path, rows: int) -> Path:
        """Return what a displaced model predicts about a delivery, or about a sample of a large one.

        :param name: the model.
        :param ref: the delivery's snapshot.
        :param snapshot: the same, on local disk.
        :param rows: about how many rows it scores.
        :raises ModelError: the model can't score it.
        """
        config = self._config
        key = digest("shadow", name, ref.md5, ref.partition, rows, self._columns())

        def score(made: Path) -> None:
            kept = read_sample(snapshot, config, ref.partition, wanted=rows)
            kept.score(self.load(name), config, made, self._stamp(name, ref))

        return self._cache.file("predictions", f"{key}.parquet", score)

    def _columns(self) -> dict[str, Any]:
        include = {"task", "entity", "row", "time", "target", "features"}
        return self._config.model_dump(mode="json", include=include)

    def _stamp(self, name: str, ref: SnapshotRef) -> Stamp:
        return Stamp(
            model=self._config.name,
            version=name[:12],
            partition=ref.partition,
            snapshot_md5=ref.md5,
            registry_commit=ref.commit,
            training_run="",
            airflow_run="replay",
            as_of=ref.partition,
        )

    def _profile_key(self, name: str) -> str:
        config = self._config
        drift, columns = config.monitoring.drift, config.features
        numeric = {column: sorted(drift.thresholds_of(column, "numeric")) for column in columns.numeric}
        named = {column: sorted(drift.thresholds_of(column, "categorical")) for column in columns.categorical}
        scores = sorted(drift.thresholds_of_predictions())
        return digest("profile", name, numeric, named, scores, config.split.seed, config.name)
