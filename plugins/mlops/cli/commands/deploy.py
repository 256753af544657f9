"""``bin/mlops deploy``."""

from typing import Annotated

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson, complete_environments

EXAMPLES = """
bin/mlops deploy credit_risk@champion --from staging --to production
bin/mlops deploy credit_risk@3 --from staging --to production --approved-by ann --comment "agreed with risk"
bin/mlops deploy credit_risk@champion --from staging --to production --abandon
"""
EXIT_CODES = {
    ExitCode.REFUSED: "the target refused it, it waits for an approval, another is under way, or it was "
    "deployed before and another version serves by now"
}


def run(
    version: Annotated[
        str, typer.Argument(metavar="MODEL@VERSION", help="Such as credit_risk@champion, or credit_risk@3.")
    ],
    *,
    source: Annotated[
        str,
        typer.Option("--from", metavar="NAME", autocompletion=complete_environments, help="Where it is now."),
    ],
    target: Annotated[
        str,
        typer.Option(
            "--to", metavar="NAME", autocompletion=complete_environments, help="Where it is to serve."
        ),
    ],
    approved_by: Annotated[
        str | None, typer.Option(metavar="PERSON", help="Who approved it, where model.yaml asks for that.")
    ] = None,
    rejected_by: Annotated[str | None, typer.Option(metavar="PERSON", help="Who rejected it.")] = None,
    comment: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the answer.")] = "",
    abandon: Annotated[
        bool, typer.Option("--abandon", help="End a deployment that can't be finished; what serves stays.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Let a version of one environment serve in another.

    The version is copied with its evidence: MLflow run, model, evaluation, frozen test set. Each byte is
    compared before there is a version. Then the target decides as it does about its own candidates: gate
    against its champion, approval where model.yaml asks for one, reproducibility check, ledger. Both ledgers
    know the decision under one id. A deployment that was interrupted is finished by running it again.
    """
    from mlops.cli.deploy import Answered
    from mlops.cli.deploy import run as deploy_version

    answered = Answered(approved_by=approved_by, rejected_by=rejected_by, comment=comment)
    return deploy_version(
        version, source=source, target=target, answered=answered, abandon=abandon, as_json=as_json
    )
