"""``bin/mlops smoke``."""

from pathlib import Path
from typing import Annotated

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson

EXAMPLES = """
bin/mlops smoke credit_risk@champion --url http://127.0.0.1:8000
bin/mlops smoke credit_risk/3 --url https://models.example --token-file token.txt --budget-ms 50
bin/mlops smoke credit_risk --wait 120 --json
"""
EXIT_CODES = {
    ExitCode.DIFFERS: "the endpoint does not serve the version, serves it wrongly, or too slowly",
    ExitCode.REFUSED: "the alias was moved during the test, which says nothing then",
}


def run(
    version: Annotated[
        str,
        typer.Argument(
            metavar="MODEL[@ALIAS|/VERSION]",
            help="What should be served: an alias of a model, or a version; without either its champion.",
            show_default=False,
        ),
    ],
    *,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="The endpoint; by default that of model.yaml.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file with the token that the endpoint asks for.")
    ] = None,
    budget_ms: Annotated[
        float | None,
        typer.Option(min=0.001, metavar="MS", help="What the 95th percentile of the answers' times may be."),
    ] = None,
    requests: Annotated[
        int | None, typer.Option(min=1, max=1000, metavar="N", help="How many answers are timed.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.1, max=600, metavar="SECONDS", help="How long one answer may take.")
    ] = None,
    tolerance: Annotated[
        float | None, typer.Option(min=0, metavar="X", help="Largest difference; 0 is none in any digit.")
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, max=3600, metavar="SECONDS", help="How long to wait for the version.")
    ] = 0,
    as_json: AsJson = False,
) -> int:
    """Ask an endpoint whether it serves a version as it was evaluated, and fast enough.

    Golden requests that were recorded at the evaluation have to give the recorded predictions. Any server
    that speaks MLflow's scoring protocol (/invocations) can be asked. Nothing is changed. docs/smoke-tests.md
    says more.
    """
    from mlops.cli.smoke import Options, smoke

    return smoke(
        version,
        Options(
            url=url,
            token_file=token_file,
            budget_ms=budget_ms,
            requests=requests,
            timeout=timeout,
            tolerance=tolerance,
            wait=wait,
        ),
        as_json=as_json,
    )
