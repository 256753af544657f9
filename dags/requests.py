"""Do for {model} what a person asked for on its page.

**Purpose.** {description}

**Schedule.** None: the buttons on the model's page trigger it, or you do. The form asks for the *request*, for
what it is about (*subject*), and for a *reason*, which is kept with it.

| request | subject | what it does |
|---|---|---|
| release | md5 of the snapshot | takes a delivery out of quarantine: it may be used under the contract as it is now |
| reject | number of the version | a version that does not serve loses `challenger`, and its data is not trained on again; in the ledger |
| acknowledge | digest of the alert's cause | says that somebody is at it: the alert stays open until its cause has ended |

**In.** What the form says; who triggered the run is who asked. **Out.** A record in the object store, or an
entry in `{model}/decisions`, and a line on the model's page.

| task | what it does | when it fails |
|---|---|---|
| request | does it, once: a retry ends the same | There is nothing of that name, or it may not be done: the log says why, and nothing was changed. A server is down: retried. |

By hand the same is done by `bin/mlops quarantine {model} --release`, `bin/mlops reject {model}` and
`bin/mlops alerts {model}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import DAG, Param

from mlops.dag_factory.model_dags import add_dags, common_arguments, reason_param
from mlops.defaults import Tag
from mlops.operators.request import RequestOperator
from mlops.requests import REQUESTS

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig


def requests_dag(folder: Path, config: ModelConfig) -> DAG:
    """Build the DAG of one model folder that does what people ask for."""
    with DAG(
        **(
            common_arguments(config, Tag.REQUESTS, __doc__)
            | {"render_template_as_native_obj": False}  # a reason is text, also where it looks like a number
        ),
        schedule=None,
        is_paused_upon_creation=False,
        description=f"Release, reject or acknowledge something of {config.name}",
        params={
            "request": Param(None, type="string", enum=[*REQUESTS], title="Request"),
            "subject": Param(
                None,
                type="string",
                pattern=r"^\s*[0-9a-f]+\s*$",
                title="Subject",
                description="md5 of the snapshot, number of the version, or digest of the alert's cause.",
            ),
            "reason": reason_param("Kept with what was asked for."),
        },
    ) as dag:
        RequestOperator(
            task_id="request",
            model_folder=str(folder),
            request="{{ params.request }}",
            subject="{{ params.subject }}",
            reason="{{ params.reason }}",
        )
    return dag


add_dags(globals(), Tag.REQUESTS, requests_dag)
