"""``bin/mlops quarantine``."""

from typing import Annotated

import typer

from mlops.cli.options import AsJson, ModelName

EXAMPLES = """
bin/mlops quarantine credit_risk
bin/mlops quarantine credit_risk --release 0b3c5c4a6d3e0f1b2a49587f6e5d4c3b
"""


def run(
    model: ModelName,
    *,
    release: Annotated[
        str | None,
        typer.Option(metavar="MD5", help="Let this snapshot be used under the contract as it is now."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """List the snapshots of a model that failed their contract or were quarantined by hand, or release one.

    Nothing trains on, scores or compares with a quarantined snapshot.
    """
    from mlops.cli.quarantine import run as show_quarantine

    return show_quarantine(model, release=release, as_json=as_json)
