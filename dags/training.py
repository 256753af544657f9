"""Train {model} and promote the candidate if it is provably better.

**Purpose.** {description}

**Schedule.** `{schedule}`, one run at a time, no catch-up. Most runs end after `check_new_data`, green: the champion
has learned from everything there is. Trigger it by hand to choose a date (*as of*), to train although nothing
is new (*force*), or to see the verdict without any consequence (*dry run*).

**In.** Deliveries of the source behind connection `{connection}`, up to the run's date. **Out.** Snapshots in
the data registry, a run in MLflow experiment `{model}/training`, and, if the gate lets it pass, a version of
`{model}` with the alias `champion` and an entry in `{model}/decisions`.

| task | what it does | when it fails |
|---|---|---|
| extract | source files to typed Parquet snapshots, versioned with DVC | The log names file, line and column. Have it delivered again; the next run takes it. Registry or store unreachable: retried. |
| validate | the data contract; breaches of a `critical` rule quarantine the snapshot | The log shows the findings, worst first. Delivered wrong: have it delivered again. The rule is wrong: change `contract.yaml`. |
| prepare | joins labels, splits by customer and time, freezes the test set; ends the run, green, while there are too few labels to train or to evaluate on | The window is full and still too small, or a feature has no value in all of it: the log names the key of `model.yaml`. |
| check_new_data | skips the rest when the champion knows these labels, or a candidate of the same data, configuration and code was rejected | MLflow is down: retried. |
| train | one MLflow run with the fitted pipeline | `estimator.py` or its parameters; the log has the exception. |
| evaluate | candidate and champion on the same test set, with plots | The candidate can't be loaded: types to review in `model.yaml`. |
| gate | floors, a trivial model, the interval of the difference, groups | It does not fail: it promotes, rejects, or blocks. |
| register | one version per run | MLflow is down: retried. |
| approve | where `model.yaml` asks for an approval: shows the comparison and waits 48 hours for a person; no answer rejects | A rejection is not a failure: what follows is skipped. |
| promote | reproducibility check, then the aliases change | The reproducibility check failed: the version stays `challenger`, the champion serves on. Champion changed meanwhile: clear `evaluate` and what follows. |
| alert | notifies people of why a candidate was not promoted | |

Whatever fails, **the champion stays**. Every task may be cleared and run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import DAG

from include.config.load import load_model
from mlops.dag_factory.model_dags import add_dags, common_arguments
from mlops.dag_factory.task_groups import learn_and_promote, learning_params
from mlops.defaults import Tag, timetable

if TYPE_CHECKING:
    from pathlib import Path


def training_dag(folder: Path) -> DAG:
    """Build the training DAG of one model folder."""
    config = load_model(folder)
    with DAG(
        **common_arguments(config, Tag.TRAINING, __doc__),
        schedule=timetable(config.schedule),
        description=f"Train {config.name}; promote the candidate if it is provably better",
        params=learning_params(),
    ) as dag:
        learn_and_promote(folder)
    return dag


add_dags(globals(), Tag.TRAINING, training_dag)
