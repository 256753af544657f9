"""Roll the champion of {model} back to a version that served before.

**Purpose.** {description}

**Schedule.** None: a person triggers it when a champion turns out to be bad for a reason that the gate did
not see, or a smoke test or `{model}_monitoring` does where they may roll back automatically. The form asks for the
*target* (`previous_champion`, or the number of a version) and for a *reason*, which is kept in the ledger and
sent with the alert. With *only from*, nothing is rolled back if another version than that one serves by now.

**In.** The target's model, the test set it was evaluated on, and its predictions then. **Out.** Alias
`champion` on the target, `previous_champion` on the version that served, an entry in `{model}/decisions`, an
event of the asset `{model} champion`, an alert.

| task | what it does | when it fails |
|---|---|---|
| rollback | loads the target in another process and checks that it repeats the predictions of its evaluation; then changes the aliases | No alias changes before the reproducibility check has passed. No champion, no such version, target already champion: the log says what to choose. The reproducibility check failed: the target is damaged, or does not run with the libraries installed now; choose another. MLflow is down: retried, and the rest of the plan is applied. |
| smoke_test | if `model.yaml` says where the model is served: waits until the endpoint serves the target, and sends golden requests | The endpoint does not serve the target rightly: nothing is rolled back again. Look at the endpoint, then clear this task. |

**Afterwards.** The version rolled back from is never promoted again automatically: `{model}_training` and
`{model}_retraining` end early on the same data, configuration and code. It comes back by another rollback
(to `previous_champion` again returns to it), or by a training run with *force*. New data trains as usual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import DAG, Param

from mlops.assets import Part, wiring
from mlops.dag_factory.model_dags import add_dags, common_arguments, reason_param
from mlops.dag_factory.task_groups import result_of
from mlops.defaults import Tag
from mlops.operators.rollback import RollbackModelOperator
from mlops.operators.smoke_test import SmokeTestOperator

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig


def rollback_dag(folder: Path, config: ModelConfig) -> DAG:
    """Build the rollback DAG of one model folder."""
    with DAG(
        **(
            common_arguments(config, Tag.ROLLBACK, __doc__)
            | {"render_template_as_native_obj": False}  # a reason is text, also where it looks like a number
        ),
        schedule=None,
        is_paused_upon_creation=False,  # at three in the morning it has to work at once
        description=f"Roll the champion of {config.name} back to an earlier version",
        params={
            "target": Param(
                "previous_champion",
                type="string",
                pattern=r"^\s*[A-Za-z0-9_.\-]+\s*$",
                title="Target",
                description="previous_champion, or the number of a version.",
            ),
            "reason": reason_param(
                "What is wrong with the champion? Kept in the ledger and sent with the alert."
            ),
            "only_from": Param(
                None,
                type=["null", "string"],
                pattern=r"^\s*\d*\s*$",
                title="Only from",
                description="Number of the version that must be champion. Empty: whichever is.",
            ),
        },
    ) as dag:
        rollback = RollbackModelOperator(
            task_id="rollback",
            model_folder=str(folder),
            target="{{ params.target }}",
            reason="{{ params.reason }}",
            only_from="{{ params.only_from or '' }}",
            **wiring(folder, tells=Part.CHAMPION),
        )
        if config.serving is not None:
            smoke_test = SmokeTestOperator(
                task_id="smoke_test",
                model_folder=str(folder),
                promoted=result_of("rollback"),
                render_template_as_native_obj=True,
            )
            rollback >> smoke_test
    return dag


add_dags(globals(), Tag.ROLLBACK, rollback_dag)
