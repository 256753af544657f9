"""Monitor the champion of {model}, and start a retraining when there is evidence that it is needed.

**Purpose.** {description}

**Schedule.** `{schedule}`, one run at a time, no catch-up. Trigger it by hand to check another date
(*as of*). A date before the newest one that was decided on is checked and reported; no retraining is started
and nobody is notified.

**In.** Deliveries of the source behind connection `{connection}` up to the run's date, the champion's
reference profile, and the predictions of `{model}_scoring`. **Out.** One MLflow run per delivery and version
in experiment `{model}/monitoring` (`drift/`, `performance/`, the metrics `production_...`), a report for
people, at most one run of `{model}_retraining` for the same evidence, and the accounts of promotions in
`{model}/decisions`, and an event of the asset `{model} monitoring`.

| task | what it does | when it fails |
|---|---|---|
| extract | converts source files to typed Parquet snapshots, versioned with DVC; a delivery that can't be read is left out and named | No delivery can be read: the log names file, line and column. Request a new delivery. Registry or store unreachable: retried. |
| validate | checks the data contract; a snapshot that breaks it is quarantined, left out and named | No delivery meets its contract: the log shows the findings, worst first. If the data is wrong, request a new delivery; if the rule is wrong, change `contract.yaml`. |
| drift_check | compares the newest good delivery and its predictions, all and by group, with what the champion learned from | The champion has no profile: train again with *force*. |
| performance_check | compares predictions with the labels that have become known since; warns of a group that lost | The labels contradict each other: request a new delivery. |
| policy | reaches one verdict: retrain, wait, or alert (a delivery is bad, or there is nothing to learn) | Its state can't be read: the log says how to reset it. |
| retrain | starts `{model}_retraining` with the verdict; skipped when this evidence has started one before | That DAG is paused or missing: unpause it and clear this task. |
| alert | notifies people of why a retraining would not help | |
| probation | compares the champion with the version it displaced on all deliveries that both scored, decides, and writes the accounts of promotions | The labels contradict each other: request a new delivery. |
| roll_back | starts `{model}_rollback` where probation may and the evidence says so; skipped when this evidence has started one before | That DAG is paused or missing: unpause it and clear this task. |
| ask | notifies people that the displaced version does better, and what to trigger | |

Whatever fails, **the champion stays**. Every task may be cleared and run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, chain

from mlops.assets import Part, wiring
from mlops.dag_factory.model_dags import add_dags, as_of_param, common_arguments
from mlops.dag_factory.task_groups import result_of
from mlops.defaults import Tag, schedule_of
from mlops.operators.alert import AlertOperator
from mlops.operators.drift_check import DriftCheckOperator
from mlops.operators.extract import ExtractDataOperator
from mlops.operators.performance_check import PerformanceCheckOperator
from mlops.operators.policy import RetrainingPolicyOperator
from mlops.operators.probation import ProbationOperator
from mlops.operators.retrain import TriggerRetrainingOperator
from mlops.operators.trigger_rollback import TriggerRollbackOperator
from mlops.operators.validate import ValidateDataOperator
from mlops.run_context import AS_OF

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig


def monitoring_dag(folder: Path, config: ModelConfig) -> DAG:
    """Build the monitoring DAG of one model folder."""
    model: dict[str, Any] = {"model_folder": str(folder)}
    extracted = {"extracted": result_of("extract")}
    with DAG(
        **common_arguments(config, Tag.MONITORING, __doc__),
        schedule=schedule_of(config, Tag.MONITORING),
        description=f"Watch the champion of {config.name}; retrain when the evidence says so",
        params={"as_of": as_of_param()},
    ) as dag:
        extract = ExtractDataOperator(
            task_id="extract", as_of=AS_OF, watching=True, **model, **wiring(folder, reads=[Part.SOURCE])
        )
        validate = ValidateDataOperator(task_id="validate", watching=True, **model, **extracted)
        watched = wiring(folder, reads=[Part.CHAMPION, Part.PREDICTIONS])
        drift = DriftCheckOperator(task_id="drift_check", **model, **extracted, **watched)
        performance = PerformanceCheckOperator(
            task_id="performance_check", as_of=AS_OF, **model, **extracted, **watched
        )
        policy = RetrainingPolicyOperator(
            task_id="policy",
            as_of=AS_OF,
            drift_checked=result_of("drift_check"),
            evaluated_windows=result_of("performance_check"),
            retrain="retrain",
            alert="alert",
            **model,
            **extracted,
            **wiring(folder, tells=Part.MONITORING),
        )
        retrain = TriggerRetrainingOperator(
            task_id="retrain",
            trigger_dag_id=f"{config.name}_{Tag.RETRAINING}",
            trigger_run_id=result_of("policy", "run_id"),
            conf=result_of("policy", "conf"),
            **model,
        )
        alert = AlertOperator(
            task_id="alert",
            verdict=result_of("policy", "verdict"),
            url=result_of("policy", "url"),
            cause=result_of("policy", "cause"),
            **model,
        )
        probation = ProbationOperator(
            task_id="probation", as_of=AS_OF, roll_back="roll_back", ask="ask", **model, **extracted
        )
        roll_back = TriggerRollbackOperator(
            task_id="roll_back",
            trigger_dag_id=f"{config.name}_{Tag.ROLLBACK}",
            trigger_run_id=result_of("probation", "run_id"),
            conf=result_of("probation", "conf"),
            **model,
        )
        ask = AlertOperator(task_id="ask", verdict=result_of("probation", "verdict"), **model)
        chain(extract, validate, [drift, performance], policy, [retrain, alert])
        chain(performance, probation, [roll_back, ask])
    return dag


add_dags(globals(), Tag.MONITORING, monitoring_dag)
