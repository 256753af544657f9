"""``bin/mlops alerts``."""

from typing import Annotated

import typer

from mlops.cli.options import AsJson, ModelName

EXAMPLES = """
bin/mlops alerts credit_risk
bin/mlops alerts credit_risk --close 4f1d0c6a9e2b
"""


def run(
    model: ModelName,
    *,
    close: Annotated[
        str | None,
        typer.Option(
            metavar="CAUSE",
            help="Close this alert: if its cause occurs again, people are notified again.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """List the open alerts of a model, longest open first, or close one.

    An alert is open from the first occurrence of its cause until a run finds it gone.
    """
    from mlops.cli.alerts import run as show_alerts

    return show_alerts(model, close=close, as_json=as_json)
