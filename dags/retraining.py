"""Retrain {model} on evidence from monitoring, and promote the candidate if it is provably better.

**Purpose.** {description}

**Schedule.** None: `{model}_monitoring` triggers it, at most once per evidence, and passes the verdict and
the report. Trigger it by hand to retrain as of a date; *evidence* then stays empty.

**In.** Deliveries of the source behind connection `{connection}` up to the date of the evidence. **Out.** As
`{model}_training`: snapshots, a run in MLflow experiment `{model}/training`, and, if the gate lets it pass, a
new champion and an entry in `{model}/decisions`.

| task | what it does | when it fails |
|---|---|---|
| show_evidence | shows why the run was started, and where the report is | The evidence can't be read: trigger the DAG by hand. |
| extract | converts source files to typed Parquet snapshots, versioned with DVC | This and all following tasks are those of `{model}_training`: see its runbook. |
| validate | checks the data contract | |
| prepare | joins labels, splits by customer and time, freezes the test set; ends the run, green, while there are too few labels | |
| check_new_data | skips the rest if the champion, or a rejected candidate, has learned from the same; other held-out entities are nothing new | |
| train | fits the pipeline, in one MLflow run | |
| evaluate | compares candidate and champion on the same test set | |
| gate | checks floors, a trivial model, the evidence of all exams against this champion, and groups | |
| register | registers one version per run: of the candidate, or of the challenger if that is the one that passed | |
| approve | if `model.yaml` requires an approval: shows the comparison and waits 48 hours for an answer; no answer rejects | A rejection is not a failure: the following tasks are skipped. |
| promote | checks that the version reproduces its predictions, then changes the aliases | |
| smoke_test | if `model.yaml` says where the model is served: waits until the endpoint serves the version, sends golden requests, and checks answers and latency | The first version, so there is none to go back to: look at the endpoint, clear this task. MLflow is down: retried. |
| roll_back | starts `{model}_rollback` where the smoke test failed | That DAG is paused or missing: unpause it and clear this task. |
| alert | notifies people of why a candidate was not promoted | |

A candidate that the gate rejects is recorded: the same evidence does not train again. Whatever fails, **the
champion stays**. Every task may be cleared and run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import DAG, Param

from mlops.dag_factory.model_dags import add_dags, common_arguments
from mlops.dag_factory.task_groups import learn_and_promote, learning_params
from mlops.defaults import Tag
from mlops.operators.show_evidence import ShowEvidenceOperator

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig


def retraining_dag(folder: Path, config: ModelConfig) -> DAG:
    """Build the retraining DAG of one model folder."""
    with DAG(
        **common_arguments(config, Tag.RETRAINING, __doc__),
        schedule=None,
        is_paused_upon_creation=False,  # it runs only when it is triggered, and then it must
        description=f"Retrain {config.name} on evidence from monitoring",
        params={
            **learning_params(),
            "evidence": Param(
                None,
                type=["null", "object"],
                title="Evidence",
                description="Set by monitoring. Leave it empty when you trigger the DAG by hand.",
            ),
        },
    ) as dag:
        evidence = ShowEvidenceOperator(
            task_id="show_evidence", model_folder=str(folder), evidence="{{ params.evidence }}"
        )
        evidence >> learn_and_promote(folder, config)
    return dag


add_dags(globals(), Tag.RETRAINING, retraining_dag)
