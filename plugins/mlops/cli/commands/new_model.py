"""``bin/mlops new-model``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from include.config.tasks import TASKS
from mlops.cli.exit_codes import ExitCode

EXAMPLES = """
bin/mlops new-model churn --from customers.csv.gz --target churned --time signed_up --entity customer_id
bin/mlops new-model fares --from trips/ --target fare --time picked_up --every week --dry-run
bin/mlops new-model churn --sql churn.sql --connection warehouse --target churned --time signed_up
bin/mlops new-model grades --from wines.parquet --target grade --time bottled --task multiclass
"""
EXIT_CODES = {
    ExitCode.DONE: "the folder is written, or would be, with --dry-run",
    ExitCode.ERROR: "the table can't be used so, or something is there already",
}

Task = StrEnum("Task", sorted(TASKS))  # type: ignore[misc]


def _days(text: str) -> int:
    if not text.isdecimal():
        raise typer.BadParameter(f"{text!r} is not a number of days; expected 0 or more")
    return int(text)


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise typer.BadParameter(
            f"{text!r} is not a time zone; expected a name such as Europe/Berlin"
        ) from error
    return text


def run(
    name: Annotated[
        str, typer.Argument(help="Of the model: lower-case letters, digits, underscores.", show_default=False)
    ],
    *,
    target: Annotated[str, typer.Option(metavar="COLUMN", help="What is predicted.")],
    time: Annotated[str, typer.Option(metavar="COLUMN", help="When a row was observed, or happened.")],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="PATH",
            help="A .csv, .csv.gz, .csv.zst or .parquet file, or a folder of such files.",
        ),
    ] = None,
    sql: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A query of the database behind --connection, with :from and :to around the time column.",
        ),
    ] = None,
    entity: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Whom a row is about; looked for by default.")
    ] = None,
    task: Annotated[Task | None, typer.Option(help="By default what the target looks like.")] = None,
    every: Annotated[
        Literal["day", "week", "month"] | None, typer.Option(help="Length of a partition.")
    ] = None,
    delay_days: Annotated[
        int | None,
        typer.Option(metavar="N", parser=_days, help="Days until the target of a row is known."),
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="No feature; may be given again.")
    ] = None,
    timezone: Annotated[
        str, typer.Option(metavar="NAME", parser=_zone, help="Whose midnight ends a day.")
    ] = "UTC",
    connection: Annotated[
        str,
        typer.Option(
            metavar="ID",
            help="Airflow connection: of --from, whose root the deliveries lie below (data_folder: the "
            "folder data/ here); of --sql, to the database.",
        ),
    ] = "data_folder",
    data: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="That root on this machine (data/).")
    ] = None,
    owner: Annotated[str, typer.Option(metavar="TEAM", help="Who answers for the model.")] = "nobody",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look and try, write nothing.")] = False,
) -> int:
    """Look at a table, try a default model as training would, and write a model folder that runs.

    One of --from and --sql names the table. What is printed: each column, what it holds and what becomes of
    it; task, partitions, entity, labels and test set, each with the reason; what a trivial and a default
    model reach under the split that training will use; the floors that follow; columns that may know the
    target; and how the first training will end.
    """
    if (source is None) == (sql is None):
        raise typer.BadParameter("exactly one of --from and --sql names the table", param_hint="--from")
    from mlops.cli.new_model import Options
    from mlops.cli.new_model import run as new_model

    return new_model(
        Options(
            name=name, source=source, sql=sql, target=target, time=time, entity=entity,
            task=task.value if task else None, every=every, delay_days=delay_days,
            leave_out=tuple(leave_out or ()), timezone=timezone, connection=connection, data=data,
            owner=owner, dry_run=dry_run,
        )
    )  # fmt: skip
