"""The way from data to a decision, as tasks. Training uses it, retraining will."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import XComArg, chain

from mlops.operators.alert import AlertOperator
from mlops.operators.check_freshness import CheckFreshnessOperator
from mlops.operators.evaluate import EvaluateModelOperator
from mlops.operators.extract import ExtractDataOperator
from mlops.operators.gate import GateModelOperator
from mlops.operators.prepare import PrepareDataOperator
from mlops.operators.promote import PromoteModelOperator
from mlops.operators.register import RegisterModelOperator
from mlops.operators.train import TrainModelOperator
from mlops.operators.validate import ValidateDataOperator
from mlops.run_context import AS_OF

if TYPE_CHECKING:
    from pathlib import Path


def learn_and_promote(model_folder: Path) -> None:
    """Add the tasks ``extract`` to ``promote`` (or ``alert``) to the DAG that is being built.

    The DAG has the params ``as_of``, ``force`` and ``dry_run``.

    :param model_folder: the folder with ``model.yaml``.
    """
    folder = str(model_folder)
    extract = ExtractDataOperator(task_id="extract", model_folder=folder, as_of=AS_OF)
    validate = ValidateDataOperator(task_id="validate", model_folder=folder, extracted=extract.output)
    prepare = PrepareDataOperator(task_id="prepare", model_folder=folder, extracted=extract.output)
    fresh = CheckFreshnessOperator(
        task_id="is_new",
        model_folder=folder,
        dataset=prepare.output,
        follow="train",
        force="{{ params.force }}",
    )
    key = XComArg(fresh, key="training_key")
    train = TrainModelOperator(
        task_id="train",
        model_folder=folder,
        extracted=extract.output,
        validated=validate.output,
        dataset=prepare.output,
        training_key=key,
    )
    evaluate = EvaluateModelOperator(
        task_id="evaluate", model_folder=folder, dataset=prepare.output, trained=train.output
    )
    gate = GateModelOperator(
        task_id="gate",
        model_folder=folder,
        evaluated=evaluate.output,
        training_key=key,
        promote="register",
        alert="alert",
        rehearsal="{{ params.dry_run }}",
    )
    verdict = XComArg(gate, key="verdict")
    register = RegisterModelOperator(
        task_id="register",
        model_folder=folder,
        extracted=extract.output,
        dataset=prepare.output,
        trained=train.output,
        training_key=key,
        verdict=verdict,
    )
    promote = PromoteModelOperator(
        task_id="promote",
        model_folder=folder,
        dataset=prepare.output,
        registered=register.output,
        evaluated=evaluate.output,
        verdict=verdict,
        training_key=key,
    )
    alert = AlertOperator(
        task_id="alert", model_folder=folder, verdict=verdict, url=XComArg(evaluate, key="run_url")
    )
    chain(extract, validate, prepare, fresh, train, evaluate, gate, [register, alert])
    chain(register, promote)
