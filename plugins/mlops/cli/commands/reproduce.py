"""``bin/mlops reproduce``."""

from typing import Annotated, Literal

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson, Version

EXAMPLES = """
bin/mlops reproduce credit_risk@champion
bin/mlops reproduce credit_risk/3 --code here
bin/mlops reproduce credit_risk@champion --python /opt/python3.12/bin/python --json
"""
EXIT_CODES = {ExitCode.DIFFERS: "the version was made again, and something is not what was recorded"}


def run(
    version: Version,
    *,
    code: Annotated[
        Literal["recorded", "here"],
        typer.Option(help="Train with the commit that was recorded, or with the code of this folder."),
    ] = "recorded",
    python: Annotated[
        str, typer.Option(metavar="PROGRAM", help="The interpreter to train with.", show_default="this one")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Make a version again from what is recorded, and say "identical" or what differs, digit by digit.

    The snapshots it was made from are fetched by their md5, the code by its commit. A process of its own
    prepares, trains and evaluates; digests of the data, every metric with its interval and every prediction
    are compared with what was recorded, without any tolerance. Nothing is stored or changed.
    docs/evidence.md says what each difference means.
    """
    from mlops.cli.reproduce import run as reproduce

    return reproduce(version, code=code, python=python, as_json=as_json)
