"""``bin/mlops train``."""

from typing import Annotated

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson, BreakLock, ModelName, iso_date

EXAMPLES = """
bin/mlops train credit_risk
bin/mlops train credit_risk --as-of 2005-05-31
bin/mlops train credit_risk --as-of 2005-05-31 --force
"""
EXIT_CODES = {
    ExitCode.REFUSED: "there is nothing new to learn (--force trains nevertheless), or too little yet"
}


def run(
    model: ModelName,
    *,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            parser=iso_date,
            help="Use what was known on this date; by default when the newest labels were known.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Train although nothing is new.")] = False,
    break_lock: BreakLock = False,
    as_json: AsJson = False,
) -> int:
    """Train a candidate: the tasks extract, validate, prepare, check_new_data and train of the training DAG.

    The run is called by_hand__DATE, in MLflow and in the version's lineage. Run again, also after it was
    killed, the command finishes it: nothing is trained twice. Nothing is registered.
    """
    from mlops.cli.by_hand import at_work, finish
    from mlops.cli.delivery_days import newest_labels

    with at_work(model, "train", break_lock=break_lock) as learning:
        return finish(learning.train(as_of or newest_labels(model), force=force), as_json=as_json)
