"""The tasks from data to a promotion, which training and retraining share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, chain

from mlops.assets import Part, wiring
from mlops.dag_factory.model_dags import as_of_param
from mlops.defaults import Tag
from mlops.operators.alert import AlertOperator
from mlops.operators.approve import ApproveModelOperator, comment_form
from mlops.operators.check_new_data import CheckNewDataOperator
from mlops.operators.evaluate import EvaluateModelOperator
from mlops.operators.extract import ExtractDataOperator
from mlops.operators.gate import GateModelOperator
from mlops.operators.prepare import PrepareDataOperator
from mlops.operators.promote import PromoteModelOperator
from mlops.operators.register import RegisterModelOperator
from mlops.operators.score import ScoreBatchOperator
from mlops.operators.smoke_test import SmokeTestOperator
from mlops.operators.train import TrainModelOperator
from mlops.operators.trigger_rollback import TriggerRollbackOperator
from mlops.operators.validate import ValidateDataOperator
from mlops.run_context import AS_OF

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import BaseOperator

    from include.config.schema import ModelConfig


def result_of(task_id: str, key: str = "return_value") -> str:
    """Return the template for the result of an earlier task.

    The tasks form one chain; references as ``task.output`` would add an edge per result, and the graph could
    no longer be read. The DAG renders templates as native objects.

    :param task_id: the earlier task.
    :param key: which of its XComs.
    """
    return f"{{{{ ti.xcom_pull(task_ids={task_id!r}, key={key!r}) }}}}"


def first_result_of(task_ids: tuple[str, ...], key: str) -> str:
    """Return the template for the first result that exists among those of some earlier tasks.

    :param task_ids: the earlier tasks, in the order in which they are asked.
    :param key: which of their XComs.
    """
    asked = " or ".join(f"ti.xcom_pull(task_ids={task_id!r}, key={key!r})" for task_id in task_ids)
    return f"{{{{ {asked} }}}}"


def learning_params() -> dict[str, Param]:
    """Return the trigger form of a DAG that trains: the params that :func:`learn_and_promote` reads."""
    return {
        "as_of": as_of_param(),
        "force": Param(False, type="boolean", title="Force", description="Train even when nothing is new."),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Decide and show the verdict, but register, promote and record nothing.",
        ),
    }


def learn_and_promote(model_folder: Path, config: ModelConfig) -> BaseOperator:
    """Add the tasks ``extract`` to ``promote`` (or ``alert``) to the DAG that is being built.

    The DAG has the params of :func:`learning_params` and ``render_template_as_native_obj=True``. Where
    ``model.yaml`` requires an approval, ``approve`` comes between ``register`` and ``promote``; where it says
    where the model is served, ``smoke_test`` follows ``promote``, and ``roll_back`` where that fails.

    :param model_folder: the folder with ``model.yaml``.
    :param config: its content.
    :return: the first of them.
    """
    folder: dict[str, Any] = {"model_folder": str(model_folder)}
    extracted: dict[str, Any] = {"extracted": result_of("extract")}
    dataset = {"dataset": result_of("prepare")}
    trained, evaluated = {"trained": result_of("train")}, {"evaluated": result_of("evaluate")}
    key = {"training_key": result_of("check_new_data", "training_key")}
    trained_key = {"training_key": first_result_of(("train", "check_new_data"), "training_key")}
    verdict = {"verdict": result_of("gate", "verdict")}

    extract = ExtractDataOperator(
        task_id="extract", as_of=AS_OF, **folder, **wiring(model_folder, reads=[Part.SOURCE])
    )
    validate = ValidateDataOperator(task_id="validate", **folder, **extracted)
    prepare = PrepareDataOperator(task_id="prepare", **folder, **extracted)
    check_new_data = CheckNewDataOperator(
        task_id="check_new_data", follow="train", force="{{ params.force }}", **folder, **dataset
    )
    train = TrainModelOperator(
        task_id="train", validated=result_of("validate"), **folder, **extracted, **dataset, **key
    )
    evaluate = EvaluateModelOperator(task_id="evaluate", **folder, **dataset, **trained)
    gate = GateModelOperator(
        task_id="gate",
        promote="register",
        alert="alert",
        preview="{{ params.dry_run }}",
        **folder,
        **evaluated,
        **trained_key,
    )
    register = RegisterModelOperator(
        task_id="register", **folder, **extracted, **dataset, **trained, **trained_key, **verdict
    )
    promote = PromoteModelOperator(
        task_id="promote",
        **wiring(model_folder, reads=[Part.SNAPSHOT], tells=Part.CHAMPION),
        registered=result_of("register"),
        **folder,
        **dataset,
        **evaluated,
        **verdict,
        **trained_key,
    )
    approve = (
        ApproveModelOperator(
            task_id="approve",
            registered=result_of("register"),
            params=comment_form(),
            **folder,
            **evaluated,
            **verdict,
            **trained_key,
        )
        if config.approval == "required"
        else None
    )
    alert = AlertOperator(task_id="alert", url=result_of("evaluate", "run_url"), **folder, **verdict)
    chain(extract, validate, prepare, check_new_data, train, evaluate, gate, [register, alert])
    chain(register, *([approve] if approve else []), promote)
    if config.serving is not None:
        smoke_test = SmokeTestOperator(
            task_id="smoke_test", promoted=result_of("promote"), roll_back="roll_back", **folder
        )
        roll_back = TriggerRollbackOperator(
            task_id="roll_back",
            trigger_dag_id=f"{config.name}_{Tag.ROLLBACK}",
            trigger_run_id=result_of("smoke_test", "run_id"),
            conf=result_of("smoke_test", "conf"),
            **folder,
        )
        chain(promote, smoke_test, roll_back)
    return extract


def score_newest(model_folder: Path) -> None:
    """Add the tasks ``extract`` to ``score`` to the DAG that is being built, which has the param ``as_of``.

    :param model_folder: the folder with ``model.yaml``.
    """
    model: dict[str, Any] = {"model_folder": str(model_folder)}
    extracted: dict[str, Any] = {"extracted": result_of("extract")}
    chain(
        ExtractDataOperator(
            task_id="extract",
            as_of=AS_OF,
            newest_only=True,
            **model,
            **wiring(model_folder, reads=[Part.SOURCE]),
        ),
        ValidateDataOperator(
            task_id="validate", **model, **extracted, **wiring(model_folder, tells=Part.SNAPSHOT)
        ),
        ScoreBatchOperator(
            task_id="score",
            **model,
            **extracted,
            **wiring(model_folder, reads=[Part.SNAPSHOT, Part.CHAMPION], tells=Part.PREDICTIONS),
        ),
    )
