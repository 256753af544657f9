"""The command line: ``bin/mlops``. :mod:`mlops.cli.registry` lists the commands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_command

from include.errors import MlopsError
from mlops.cli.command_group import CommandGroup, exit_codes_text
from mlops.cli.exit_codes import MEANINGS, error_text, exit_code_of
from mlops.cli.options import complete_environments

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    name="mlops",
    cls=CommandGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"{exit_codes_text(MEANINGS)}\n\n`bin/mlops COMMAND --help` explains a command, with examples.",
)


@app.callback(help="Keep a team's machine-learning models current.")
def _root(
    environment: Annotated[
        str | None,
        typer.Option(
            "--environment",
            metavar="NAME",
            envvar="MLOPS_ENVIRONMENT",
            autocompletion=complete_environments,
            help="Work in this environment: with its connections, and no others.",
        ),
    ] = None,
) -> None:
    """Enter the environment before a command is imported, so that none can leave it out."""
    if not environment:
        return
    from mlops.cli.chosen_environment import enter_environment

    try:
        enter_environment(environment)
    except MlopsError as error:
        sys.stderr.write(f"mlops: {error_text(error)}\n")
        raise typer.Exit(exit_code_of(error).value) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code (:class:`mlops.cli.exit_codes.ExitCode`).

    :param arguments: without the program's name; those of the process by default.
    """
    try:
        get_command(app).main(None if arguments is None else list(arguments), prog_name="mlops")
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
