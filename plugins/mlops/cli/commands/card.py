"""``bin/mlops card``."""

from typing import Annotated

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson, complete_models

EXAMPLES = """
bin/mlops card credit_risk@champion
bin/mlops card credit_risk@champion --output card --key evidence.pem
bin/mlops card --verify card --key evidence.pub.pem
"""
EXIT_CODES = {ExitCode.DIFFERS: "--verify found a file or a signature that is not what the manifest says"}


def run(
    version: Annotated[
        str,
        typer.Argument(
            metavar="[MODEL@ALIAS|MODEL/VERSION]",
            help="Which version; a name alone means the champion. Not with --verify.",
            autocompletion=complete_models,
            show_default=False,
        ),
    ] = "",
    *,
    output: Annotated[
        str,
        typer.Option(
            metavar="FOLDER", help="Write the card with all its evidence there.", show_default=False
        ),
    ] = "",
    verify: Annotated[
        str, typer.Option(metavar="FOLDER", help="Check a pack that was written before.", show_default=False)
    ] = "",
    key: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            envvar="MLOPS_EVIDENCE_KEY",
            help="Ed25519 key in PEM: the private one to sign with, either one to verify.",
            show_default=False,
        ),
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Print the model card of a version, write it with all its evidence, or check such a pack.

    The card is generated from what is recorded: data with its licence, metrics with intervals, groups and
    fairness ratios, importance, limits, approvals, decisions, environment, SBOM, and the points of Annex IV
    of the EU AI Act. MANIFEST.json has the sha256 of every file; with a key it is signed. The same records
    give the same bytes. docs/evidence.md says what a pack proves, and what it does not.
    """
    from mlops.cli.card import run as card

    return card(version, output=output, verify=verify, key=key, as_json=as_json)
