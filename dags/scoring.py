"""Score the newest delivery of {model} with the champion.

**Purpose.** {description}

**Schedule.** `{schedule}`, one run at a time, no catch-up. Trigger it by hand to choose a date (*as of*):
today's champion then scores the newest delivery of that date.

**In.** The newest delivery of features of the source behind connection `{connection}`, up to the run's date.
Labels and older deliveries are not read, so an error in them does not stop the predictions. **Out.**
One Parquet file of predictions (entity, time, `score`) in the object store, below
`models/{model}/predictions/<delivery>/`, and the distribution of its scores in MLflow experiment
`{model}/monitoring`. The file's own metadata says which version, data and runs it came from. It is never
changed: the same delivery under the same version is scored once. While the champion is on probation, the
version that it displaced scores the same delivery after it; whatever goes wrong with that is a warning. A
delivery that keeps its contract, and a file, are one event each of the assets `{model} snapshot` and
`{model} predictions`.

| task | what it does | when it fails |
|---|---|---|
| extract | converts the newest source file to a typed Parquet snapshot, versioned with DVC | The log names file, line and column. Request a new delivery; the next run uses it. Registry or store unreachable: retried. |
| validate | checks the data contract; a breach of a `critical` rule quarantines the snapshot | The log shows the findings, worst first. If the data is wrong, request a new delivery; if the rule is wrong, change `contract.yaml`. |
| score | predicts the probability of class 1 for each row with the champion; skipped while there is none | The champion was deleted or can't be loaded: point the alias `champion` at a version that can. It can't score these columns: `model.yaml` changed after it was trained, train again. MLflow or store unreachable: retried. |

Every task may be cleared and run again: predictions that exist stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import DAG

from mlops.dag_factory.model_dags import add_dags, as_of_param, common_arguments
from mlops.dag_factory.task_groups import score_newest
from mlops.defaults import Tag, schedule_of

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig


def scoring_dag(folder: Path, config: ModelConfig) -> DAG:
    """Build the scoring DAG of one model folder."""
    with DAG(
        **common_arguments(config, Tag.SCORING, __doc__),
        schedule=schedule_of(config, Tag.SCORING),
        description=f"Score the newest delivery of {config.name} with the champion",
        params={"as_of": as_of_param()},
    ) as dag:
        score_newest(folder)
    return dag


add_dags(globals(), Tag.SCORING, scoring_dag)
