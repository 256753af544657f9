"""Train {model} and promote the candidate if it is provably better.

**Purpose.** {description}

**Schedule.** `{schedule}`, one run at a time, no catch-up. Most runs end after `check_new_data`, green: the
champion has learned from all data there is. Trigger it by hand to choose a date (*as of*), to train although
nothing is new (*force*), or to see the verdict without any effect (*dry run*).

**In.** Deliveries of the source behind connection `{connection}`, up to the run's date. **Out.** Snapshots in
the data registry, a run in MLflow experiment `{model}/training`, and, if the gate lets it pass, a version of
`{model}` with the alias `champion`, an entry in `{model}/decisions` and an event of the asset `{model} champion`.

| task | what it does | when it fails |
|---|---|---|
| extract | converts source files to typed Parquet snapshots, versioned with DVC | The log names file, line and column. Request a new delivery; the next run uses it. Registry or store unreachable: retried. |
| validate | checks the data contract; a breach of a `critical` rule quarantines the snapshot | The log shows the findings, worst first. If the data is wrong, request a new delivery; if the rule is wrong, change `contract.yaml`. |
| prepare | joins labels, splits by customer and time, freezes the test set; ends the run, green, while there are too few labels to train or to evaluate on | The window is full and still too small, or a feature has no value in all of it: the log names the key of `model.yaml`. |
| check_new_data | skips the rest if the champion knows these labels, or if a candidate with the same data, configuration and code was rejected | MLflow is down: retried. |
| train | fits the pipeline, in one MLflow run | `estimator.py` or its parameters are at fault; the log has the exception. |
| evaluate | compares candidate, champion and, if one is kept, the challenger on the same test set, with plots | The candidate can't be loaded: review its types and list them in `model.yaml`. |
| gate | checks floors, a trivial model, the evidence of all exams against this champion, and groups | It does not fail: it promotes, rejects, or blocks. |
| register | registers one version per run: of the candidate, or of the challenger if that is the one that passed | MLflow is down: retried. |
| approve | if `model.yaml` requires an approval: shows the comparison and waits 48 hours for an answer; no answer rejects | A rejection is not a failure: the following tasks are skipped. |
| promote | checks that the version reproduces its predictions, then changes the aliases | The reproducibility check failed: the version stays `challenger`, the champion keeps serving. The champion changed meanwhile: clear `evaluate` and the tasks after it. |
| smoke_test | if `model.yaml` says where the model is served: waits until the endpoint serves the version, sends golden requests, and checks answers and latency | The first version, so there is none to go back to: look at the endpoint, clear this task. MLflow is down: retried. |
| roll_back | starts `{model}_rollback` where the smoke test failed | That DAG is paused or missing: unpause it and clear this task. |
| alert | notifies people of why a candidate was not promoted | |

Whatever fails, **the champion stays**. Every task may be cleared and run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import DAG

from mlops.dag_factory.model_dags import add_dags, common_arguments
from mlops.dag_factory.task_groups import learn_and_promote, learning_params
from mlops.defaults import Tag, schedule_of

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig


def training_dag(folder: Path, config: ModelConfig) -> DAG:
    """Build the training DAG of one model folder."""
    with DAG(
        **common_arguments(config, Tag.TRAINING, __doc__),
        schedule=schedule_of(config, Tag.TRAINING),
        description=f"Train {config.name}; promote the candidate if it is provably better",
        params=learning_params(),
    ) as dag:
        learn_and_promote(folder, config)
    return dag


add_dags(globals(), Tag.TRAINING, training_dag)
