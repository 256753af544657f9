"""Arguments and options that commands share. Only what ``--help`` needs is imported here."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer


def complete_models(incomplete: str) -> list[str]:
    """Return the model folders that begin so, for the shell; Airflow is not imported.

    :param incomplete: what has been typed of the name.
    """
    from mlops.cli.known_models import model_names

    return [name for name in model_names() if name.startswith(incomplete)]


def complete_environments(incomplete: str) -> list[str]:
    """Return the environments that begin so, for the shell.

    :param incomplete: what has been typed of the name.
    """
    from mlops.cli.environments_known import known_environments

    return [name for name in known_environments() if name.startswith(incomplete)]


def iso_date(text: str) -> str:
    """Return an ISO date as it was given.

    :param text: what was typed.
    :raises typer.BadParameter: it is not such a date.
    """
    try:
        found = date.fromisoformat(text).isoformat()
    except ValueError:
        found = ""
    if found != text:
        raise typer.BadParameter(f"{text!r} is not a date; expected one such as 2005-08-31")
    return text


ModelName = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="Name of the model: of its folder below include/models.",
        autocompletion=complete_models,
        show_default=False,
    ),
]
Version = Annotated[
    str,
    typer.Argument(
        metavar="MODEL@ALIAS|MODEL/VERSION",
        help="Which version; a name alone means the champion.",
        autocompletion=complete_models,
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def check_order(since: str | None, until: str | None) -> None:
    """Make sure that a time does not end before it begins.

    :param since: the first day, ISO; None for all there is.
    :param until: the last day.
    :raises typer.BadParameter: it does.
    """
    if since and until and since > until:
        raise typer.BadParameter(f"{since} is after --to {until}", param_hint="--from")


Since = Annotated[
    str | None, typer.Option("--from", metavar="DATE", parser=iso_date, help="The first day; by default all.")
]
Until = Annotated[str | None, typer.Option("--to", metavar="DATE", parser=iso_date, help="The last day.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        parser=iso_date,
        help="Use what was known on this date; by default that of the newest run by hand.",
    ),
]
Approve = Annotated[
    bool, typer.Option("--approve", help="Approve it, where model.yaml asks for an approval.")
]
ApprovalComment = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Kept with the approval.")]
BreakLock = Annotated[
    bool,
    typer.Option("--break-lock", help="Go on although another command seems to work on the model."),
]
