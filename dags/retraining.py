"""Train {model} anew because monitoring found evidence; promote the candidate if it is provably better.

**Purpose.** {description}

**Schedule.** None: `{model}_monitoring` starts it, once for the same evidence, and hands on the verdict and
the report. Trigger it by hand to retrain as of a date; *evidence* then stays empty.

**In.** Deliveries of the source behind connection `{connection}` up to the date of the evidence. **Out.** As
`{model}_training`: snapshots, a run in MLflow experiment `{model}/training`, and, if the gate lets it pass, a
new champion and an entry in `{model}/decisions`.

| task | what it does | when it fails |
|---|---|---|
| show_evidence | shows why the run was started, and where the report is | What was handed on can't be read: start it again by hand. |
| extract | source files to typed Parquet snapshots, versioned with DVC | These and all that follow are the tasks of `{model}_training`; its runbook says what to do. |
| validate | the data contract | |
| prepare | joins labels, splits by customer and time, freezes the test set; ends the run, green, while labels are too few | |
| check_new_data | skips the rest when the champion, or a rejected candidate, has learned from the very same | |
| train | one MLflow run with the fitted pipeline | |
| evaluate | candidate and champion on the same test set | |
| gate | floors, a trivial model, the interval of the difference, groups | |
| register | one version per run | |
| approve | where `model.yaml` asks for an approval: shows the comparison and waits 48 hours for a person; no answer rejects | A rejection is not a failure: what follows is skipped. |
| promote | reproducibility check, then the aliases change | |
| alert | notifies people of why a candidate was not promoted | |

A candidate that the gate rejects is remembered: the same evidence does not train again. Whatever fails, **the
champion stays**. Every task may be cleared and run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import DAG, Param

from include.config.load import load_model
from mlops.dag_factory.model_dags import add_dags, common_arguments
from mlops.dag_factory.task_groups import learn_and_promote, learning_params
from mlops.defaults import Tag
from mlops.operators.show_evidence import ShowEvidenceOperator

if TYPE_CHECKING:
    from pathlib import Path


def retraining_dag(folder: Path) -> DAG:
    """Build the retraining DAG of one model folder."""
    config = load_model(folder)
    with DAG(
        **common_arguments(config, Tag.RETRAINING, __doc__),
        schedule=None,
        is_paused_upon_creation=False,  # it runs only when it is asked to, and then it must
        description=f"Train {config.name} anew on evidence from monitoring",
        params={
            **learning_params(),
            "evidence": Param(
                None,
                type=["null", "object"],
                title="Evidence",
                description="What monitoring handed on. Leave it empty by hand.",
            ),
        },
    ) as dag:
        evidence = ShowEvidenceOperator(
            task_id="show_evidence", model_folder=str(folder), evidence="{{ params.evidence }}"
        )
        evidence >> learn_and_promote(folder)
    return dag


add_dags(globals(), Tag.RETRAINING, retraining_dag)
