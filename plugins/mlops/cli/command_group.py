"""A group of commands that imports a command's module when it is called, or its help is asked for."""

from __future__ import annotations

import os
import sys
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from include.config.config_errors import nearest
from include.errors import MlopsError
from mlops.cli.exit_codes import MEANINGS, ExitCode, error_text, exit_code_of
from mlops.cli.registry import BY_HAND, COMMANDS, PANELS, Command

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_FIELDS = (":param", ":raises", ":return")
_ALWAYS = (ExitCode.DONE, ExitCode.ERROR, ExitCode.USAGE, ExitCode.TRY_AGAIN)


class CommandGroup(TyperGroup):
    """The commands of :data:`mlops.cli.registry.COMMANDS`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, in the order of the registry."""
        del ctx
        return [command.name for command in COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, whose module is imported now; None if there is none of that name."""
        del ctx
        found = next((command for command in COMMANDS if command.name == cmd_name), None)
        return None if found is None else _load(found)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that was asked for; else say which there are, the nearest first."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = nearest(args[0], names)
            meant = f" Did you mean {near}?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{meant} The commands: {', '.join(names)}.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one section for each panel, without importing a command."""
        del ctx
        width = max(len(command.name) for command in COMMANDS)
        for panel in PANELS:
            rows = [(f"{one.name:<{width}}", one.help) for one in COMMANDS if one.panel == panel]
            if rows:
                with formatter.section(panel):
                    formatter.write_dl(rows)


def exit_codes_text(codes: dict[ExitCode, str]) -> str:
    """Return exit codes as lines of help.

    :param codes: what each of them means.
    """
    return "\b\nExit codes:\n" + "\n".join(f"  {code.value:>2}  {text}" for code, text in codes.items())


def _load(command: Command) -> Any:
    module = import_module(command.module)
    one = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    one.command(
        command.name,
        help=_help(module.run),
        short_help=command.help,
        epilog=_epilog(module),
        no_args_is_help=False,
    )(_ended(command, module.run))
    return get_command(one)


def _help(run: Callable[..., int]) -> str:
    """Return a docstring up to its fields."""
    lines = (run.__doc__ or "").split("\n")
    fields = [number for number, line in enumerate(lines) if line.strip().startswith(_FIELDS)]
    return "\n".join(lines[: fields[0] if fields else None])


def _epilog(module: ModuleType) -> str:
    """Return a module's examples, and what its exit codes mean."""
    own: dict[ExitCode, str] = getattr(module, "EXIT_CODES", {})
    codes = {code: own.get(code, text) for code, text in MEANINGS.items() if code in _ALWAYS or code in own}
    examples = "\n".join(f"  {line}".rstrip() for line in str(module.EXAMPLES).strip().splitlines())
    return f"\b\nExamples:\n{examples}\n\n{exit_codes_text(codes)}"


def _ended(command: Command, run: Callable[..., int]) -> Callable[..., None]:
    """Return a command's function as Typer calls it: errors become a line and an exit code."""

    @wraps(run)
    def ended(**options: Any) -> None:
        try:
            if (
                command.panel == BY_HAND and "airflow" not in sys.modules
            ):  # of the tasks' logs only the warnings: what they decide is printed
                os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")
                os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as new-model: for busy machines
            if command.airflow:
                import_module("mlops.cli.airflow_logs").log_to_stderr()
            code = int(run(**options))
        except MlopsError as error:
            sys.stderr.write(f"mlops: {error_text(error)}\n")
            code = exit_code_of(error).value
        raise typer.Exit(code)

    ended.__annotations__["return"] = None
    return ended
