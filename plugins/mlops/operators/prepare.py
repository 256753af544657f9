"""From snapshots to a frozen training and test set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from include.verdicts import Verdict
from mlops import object_keys
from mlops.operators.base import ModelOperator
from mlops.operators.links import DataVersionLink
from mlops.operators.results.data import Extracted, Prepared
from mlops.operators.results.task_input import TaskInput

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.data.dataset_record import Dataset


class PrepareDataOperator(ModelOperator):
    """Joins features with the labels known by then, splits by entity and time, and freezes the test set.

    The dataset's object key is derived from its input and the configuration, so that a retry finds what is
    already there. A quarantined snapshot stops the run here, even if its validation was skipped or cleared.
    While there are too few labels to learn from or to evaluate on, the run ends here, green, with the verdict
    ``wait`` and the date on which there will be more.

    The test set holds nobody whom the champion was trained on, whatever split that was; nobody who is tested
    while it is champion is trained on.

    :param extracted: what ``extract`` returned.
    """

    operator_extra_links = (DataVersionLink(),)
    ui_color = "#d9f0ff"
    extracted = TaskInput(Extracted)

    def __init__(self, *, extracted: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.extracted = extracted

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the dataset's object key, digests and figures.

        :raises AirflowSkipException: there is not enough labelled data yet.
        :raises DataError: labels conflict, rows repeat, or time can't cure what is missing.
        :raises QuarantinedDataError: a delivery failed its contract.
        """
        from include.data.dataset_record import RECORD_FILE, Dataset, dataset_key
        from include.data.dominant import warnings_of
        from include.data.readiness_text import to_holdout_line, to_lines
        from include.data.splits import Holdout
        from mlops.data.frozen_dataset import freeze_dataset
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import refuse_quarantined
        from mlops.hooks.stored_records import read_record
        from mlops.tracking.champion import find_champion_holdout

        config, store, registry = self.config, self.store, self.data_registry
        manifest = read_manifest(store, self.extracted.manifest_key)
        self.note(manifest=manifest)
        refuse_quarantined(store, manifest.model, manifest.snapshots)
        holdout = find_champion_holdout(self.mlflow, config)
        key = object_keys.dataset(
            config.name, self.extracted.as_of, manifest.digest, dataset_key(config, holdout)
        )
        dataset: Dataset | Verdict | None = read_record(store, f"{key}/{RECORD_FILE}", Dataset.from_dict)
        if dataset is None:
            dataset = freeze_dataset(registry, config, manifest, holdout, key)
        else:
            self.log.info("Already prepared: %s", key)
        self.link(DataVersionLink.name, registry.url(manifest.of("features")[-1].commit))
        if isinstance(dataset, Verdict):
            self.note(verdict=dataset)
            self.push(context, "verdict", dataset.to_dict())
            self.log.warning("%s", dataset.to_text())
            raise AirflowSkipException(f"Nothing to train on yet: {dataset.summary}")
        self.log.info("Labels known on %s:\n%s", manifest.as_of, to_lines(dataset.coverage))
        self.log.info(
            "%s. Train: %d rows of %s, %.1f %% positive. Test: %d rows of %s, %.1f %% positive, digest %s",
            dataset.split_kind.capitalize(),
            dataset.train.rows, ", ".join(dataset.train_partitions), 100 * dataset.train.rate,
            dataset.test.rows, ", ".join(dataset.test_partitions), 100 * dataset.test.rate,
            dataset.test_digest[:12],
        )  # fmt: skip
        if dataset.champion_holdout is not None:
            self.log.info("%s", to_holdout_line(dataset))
        for warning in warnings_of(dataset, config):
            self.log.warning("%s", warning)
        arc = dataset.holdout or Holdout.of(config)
        return self.hand_on(
            Prepared(
                object_key=key,
                as_of=manifest.as_of,
                data_digest=config.data_digest,
                digest=dataset.digest,
                train_digest=dataset.train_digest,
                test_digest=dataset.test_digest,
                train_rows=dataset.train.rows,
                test_rows=dataset.test.rows,
                test_partitions=dataset.test_partitions,
                split_kind=dataset.split_kind,
                split_seed=arc.seed,
                test_share=arc.share,
                entity_type=arc.entity or config.entity.type,
                entity_column=config.entity.column,
                split_start=arc.start,
                split_rotation=arc.rotation,
            )
        )
