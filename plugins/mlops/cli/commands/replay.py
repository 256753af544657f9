"""``bin/mlops replay``."""

from typing import Annotated, Literal

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson, ModelName, Since, Until, check_order

EXAMPLES = """
bin/mlops replay credit_risk
bin/mlops replay credit_risk --set gate.confidence=0.9,0.95 --output /tmp/replay
bin/mlops replay credit_risk --check
"""
EXIT_CODES = {ExitCode.DIFFERS: "--check found days on which the live system decided otherwise"}


def run(
    model: ModelName,
    *,
    since: Since = None,
    until: Until = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE,...",
            help="A key of model.yaml and the values to try; several give all combinations.",
        ),
    ] = None,
    training: Annotated[
        Literal["recorded", "first", "always"],
        typer.Option(
            help="When the training DAG runs: as it did live, until there is a champion, or every day."
        ),
    ] = "recorded",
    check: Annotated[
        bool, typer.Option("--check", help="Compare with what the live system decided, day by day.")
    ] = False,
    output: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Write a page with a picture there.")
    ] = None,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="Processes.")] = 2,
    cache: Annotated[
        str, typer.Option(metavar="FOLDER", help="Where models and snapshots are kept; may be deleted.")
    ] = "~/.cache/mlops/replay",
    as_json: AsJson = False,
) -> int:
    """Show what would have been decided in the past, also under other settings.

    Nothing is changed: deliveries are read from the data registry, and models are trained in a cache.
    docs/replay.md explains the tables.
    """
    check_order(since, until)
    from mlops.cli.replay import Options
    from mlops.cli.replay import run as replay

    return replay(
        Options(
            model=model, since=since, until=until, set=tuple(settings or ()), training=training,
            check=check, output=output, workers=workers, cache=cache, as_json=as_json,
        )
    )  # fmt: skip
