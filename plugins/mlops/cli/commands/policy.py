"""``bin/mlops policy``."""

from typing import Annotated

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson, ModelName, Yes

EXAMPLES = """
bin/mlops policy credit_risk
bin/mlops policy credit_risk --reset
"""
EXIT_CODES = {ExitCode.ERROR: "Airflow knows no such model, or you said no"}


def run(
    model: ModelName,
    *,
    reset: Annotated[bool, typer.Option("--reset", help="Clear it, with an entry in the ledger.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Show what the retraining policy remembers of a model, or reset it.

    Watermark, cooldown and last evidence are kept by Airflow, and read through its API.
    """
    from mlops.cli.policy import run as show_policy

    return show_policy(model, reset=reset, yes=yes, as_json=as_json)
