"""``bin/mlops lineage``."""

from pathlib import Path
from typing import Annotated

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson

EXAMPLES = """
bin/mlops lineage credit_risk@champion
bin/mlops lineage credit_risk@3 --json
bin/mlops lineage models/credit_risk/predictions/2005-09-30/v1-0b3c5c4a6d3e0f1b.parquet
bin/mlops lineage --data 0b3c5c4a6d3e0f1b2a49587f6e5d4c3b
bin/mlops lineage --data 0b3c5c4a6d3e --tainted
bin/mlops lineage --data 0b3c5c4a6d3e --tainted --quarantine --reason "amounts in cents"
"""
EXIT_CODES = {ExitCode.DIFFERS: "the answer has a gap: a link is missing, and named"}


def run(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="WHAT",
            help="MODEL@ALIAS, MODEL@VERSION or MODEL/VERSION (MODEL alone: its champion), or a file of "
            "predictions: a path, a URI or an object key.",
            show_default=False,
        ),
    ] = None,
    *,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="MD5", help="Ask about a delivery: DVC's md5 of its snapshot, or how it begins."
        ),
    ] = None,
    tainted: Annotated[
        bool,
        typer.Option(
            "--tainted",
            help="Of a delivery that is wrong: what it touched, also of runs and versions that were deleted.",
        ),
    ] = False,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Follow the delivery through this model only.")
    ] = None,
    quarantine: Annotated[
        bool,
        typer.Option(
            "--quarantine",
            help="Quarantine the delivery, and what was joined with it, until somebody releases it "
            "(bin/mlops quarantine). May be repeated.",
        ),
    ] = False,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why it is quarantined.")
    ] = "it was found to be wrong",
    everything: Annotated[
        bool, typer.Option("--all", help="Tell every node, where there are many of a kind.")
    ] = False,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the answer as a page, too.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Show what a model, its predictions or a delivery came from, or what a bad delivery touched.

    Of a version: the run that trained it, the snapshots it learned from with registry commit and source, the
    Airflow task, the commit of the code, its evaluation, approvals and ledger entries, and what it predicted.
    Of a file of predictions: the same from the file on. What is missing is named at the end, with what to do.

    docs/lineage.md shows each with its output.
    """
    from mlops.cli.lineage import run as show_lineage

    return show_lineage(
        what, data=data, tainted=tainted, model=model or "", quarantine_reason=reason if quarantine else None,
        everything=everything, page=page, as_json=as_json,
    )  # fmt: skip
