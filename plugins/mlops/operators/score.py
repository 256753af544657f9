"""The newest delivery, scored by the champion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from include.asset_event import AssetEvent, prediction_key
from mlops import object_keys
from mlops.assets import Part, day, moment
from mlops.operators.base import ModelOperator
from mlops.operators.links import MlflowRunLink, ModelVersionLink
from mlops.operators.results.data import Extracted
from mlops.operators.results.monitoring import Scored
from mlops.operators.results.task_input import TaskInput
from mlops.run_context import run_key

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.lineage import SnapshotRef
    from include.scoring.predictions import Stamp
    from include.scoring.sample import SampledRows
    from mlops.monitoring.shadow import Shadow


class ScoreBatchOperator(ModelOperator):
    """Writes the champion's predictions for the newest delivery: one file per version and content.

    A file of predictions never changes: the same delivery under the same version is not scored again. A
    restated delivery, or a new champion, gives a file beside the old one. Without any champion the task is
    skipped.

    While the champion is on probation, the version that it displaced scores the same delivery, and those that
    it missed, once the champion's predictions are there. Whatever goes wrong with it is a warning.

    :param extracted: what ``extract`` returned.
    """

    operator_extra_links = (MlflowRunLink(), ModelVersionLink())
    shown = True
    ui_color = "#e3f6d8"
    extracted = TaskInput(Extracted)

    def __init__(self, *, extracted: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.extracted = extracted

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the predictions' object key and figures.

        :raises AirflowSkipException: there is no champion yet.
        :raises ModelError: the champion was deleted, can't be loaded, or can't score this delivery.
        :raises QuarantinedDataError: the delivery failed its contract.
        """
        from include.scoring.predictions import Stamp
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import refuse_quarantined
        from mlops.monitoring.scoring import log_scores, score_delivery
        from mlops.tracking.champion import find_champion

        config, hook, store = self.config, self.mlflow, self.store
        newest = read_manifest(store, self.extracted.manifest_key).of("features")[-1]
        self.note(snapshot=newest)
        refuse_quarantined(store, config.name, [newest])
        champion = find_champion(hook, config.name)
        if champion is None:
            raise AirflowSkipException(
                f"No champion yet: nothing to score {newest.partition} with. "
                f"{config.name}_training makes one."
            )
        self.note(serving=champion)
        version = str(champion.version)
        stamp = Stamp(
            model=config.name,
            version=version,
            partition=newest.partition,
            snapshot_md5=newest.md5,
            registry_commit=newest.commit,
            training_run=str(champion.run_id),
            airflow_run=run_key(context),
            as_of=self.extracted.as_of,
        )
        key = object_keys.predictions(config.name, newest.partition, version, newest.md5)
        shadow = self._find_shadow(version)
        kept = self._keep_rows(newest) if shadow is not None else None
        distribution, scored_now = score_delivery(self.data_registry, config, newest, stamp, key, keep=kept)
        self.log.info("%s", distribution.to_text())
        if distribution.constant:
            self.log.warning("Every row has the same score: look at the features of this delivery")
        run = log_scores(hook, stamp, key, distribution)
        self.link(MlflowRunLink.name, hook.run_url(run))
        self.link(ModelVersionLink.name, self.model_registry.url(version))
        if shadow is not None:
            self._score_shadow(shadow, newest, stamp, kept if scored_now else None)
        event = AssetEvent(
            key=prediction_key(newest.partition, version, newest.md5), model=config.name,
            as_of=self.extracted.as_of, version=version, partition=newest.partition, rows=distribution.rows,
            object_key=key, digests={"snapshot_md5": newest.md5, "registry_commit": newest.commit},
        )  # fmt: skip
        since = max(moment(champion.creation_timestamp), day(newest.partition))
        self.tell(context, Part.PREDICTIONS, event, since=since)
        return self.hand_on(
            Scored(
                partition=newest.partition,
                version=version,
                object_key=key,
                rows=distribution.rows,
                md5=newest.md5,
                mean_score=distribution.mean,
            )
        )

    def _find_shadow(self, champion: str) -> Shadow | None:
        """Return the version that scores along; None without one, or if it can't be found out."""
        from mlops.monitoring.shadow import find_shadow

        try:
            return find_shadow(self.mlflow, self.config, champion)
        except Exception as error:  # nothing about a shadow may keep the champion from scoring
            self.log.warning("Nothing is scored beside the champion: %s: %s", type(error).__name__, error)
            return None

    def _keep_rows(self, newest: SnapshotRef) -> SampledRows | None:
        """Return what keeps the rows that the champion is given, for the other version to score."""
        from include.scoring.sample import SampledRows

        settings = self.config.probation
        if settings is None:
            return None
        return SampledRows(newest.partition, rows=newest.rows, wanted=settings.rows)

    def _score_shadow(
        self, shadow: Shadow, newest: SnapshotRef, stamp: Stamp, kept: SampledRows | None
    ) -> None:
        """Score with the displaced version what it has not scored yet."""
        from mlops.monitoring.shadow import ShadowScoring

        try:
            scoring = ShadowScoring(self.data_registry, self.config, shadow, stamp.airflow_run)
            done = scoring.score(newest, stamp, kept)
        except Exception as error:  # the champion's predictions are there, and that is what counts
            self.log.warning(
                "Version %s, which was displaced, has not scored beside the champion (%s: %s): probation "
                "goes on with the deliveries that both have scored",
                shadow.version, type(error).__name__, error,
            )  # fmt: skip
            return
        if done:
            self.log.info("Version %s, which was displaced, has scored %s", shadow.version, ", ".join(done))
