"""``bin/mlops status``."""

from typing import Annotated

import typer

from mlops.cli.options import AsJson, complete_models

EXAMPLES = """
bin/mlops status
bin/mlops status credit_risk --json
"""


def run(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL", help="By default all.", autocompletion=complete_models, show_default=False
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> int:
    """Show where models stand: which version serves since when, what waits, what was decided last."""
    from mlops.cli.status import run as show_status

    return show_status(model, as_json=as_json)
