"""What a promotion promises: a line of its verdict, and a tag of its ledger entry."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from include.data.dataset_record import RECORD_FILE, Dataset
from include.promotion.probation.promise import find_forecast, find_promise
from include.promotion.probation.report import show_found
from include.strict_json import to_json
from include.verdicts import Reason
from mlops.hooks.stored_records import read_record
from mlops.tracking.evaluation_records import find_evaluation
from mlops.tracking.tags import AS_OF_DATE, PROMISED

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.verdicts import Verdict
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.evaluation_records import HandedOn


def add_promise(
    verdict: Verdict,
    store: ObjectStoreHook,
    config: ModelConfig,
    *,
    evaluated: HandedOn,
    evaluation_key: str,
    dataset_key: str,
    as_of: str,
) -> tuple[Verdict, dict[str, str]]:
    """Return the verdict on a promotion with what probation will look at, and the tags of its ledger entry.

    :param verdict: the promotion.
    :param store: the object store.
    :param config: the model's configuration.
    :param evaluated: what ``evaluate`` returned.
    :param evaluation_key: object key of the record that the gate decided on: the candidate's, or that of the
        kept challenger.
    :param dataset_key: folder of the dataset it was evaluated on.
    :param as_of: as-of date of the run that promotes (ISO).
    """
    tags = {AS_OF_DATE: as_of}
    evaluation = find_evaluation(store, evaluation_key, evaluated)
    promise = find_promise(evaluation) if evaluation is not None else None
    if evaluation is None or promise is None:
        return verdict, tags
    tags[PROMISED] = to_json(promise.to_dict(), sort_keys=True)
    dataset = read_record(store, f"{dataset_key}/{RECORD_FILE}", Dataset.from_dict)
    seen = find_forecast(evaluation, dataset, config) if dataset is not None else None
    if seen is None:
        return verdict, tags
    reason = Reason(
        rule="probation",
        passed=None,
        found=f"promised {show_found(promise.metric, promise.gain)} {promise.metric}; {seen.to_text()}",
        required="nothing yet: deliveries after the promotion decide",
    )
    return (
        replace(
            verdict,
            reasons=(*verdict.reasons, reason),
            inputs={**verdict.inputs, "promised": promise.to_dict(), "probation": asdict(seen)},
        ),
        tags,
    )
