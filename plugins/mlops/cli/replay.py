"""``bin/mlops replay``: what would have been decided in the past, under this and under other settings."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from include.errors import ConfigError
from include.replay.account import recommend
from include.replay.cache import Cache
from include.replay.deliveries import Calendar
from include.replay.engine import every_day
from include.replay.page import accounts_table, days_table, draw_accounts, render_accounts, to_json_days
from include.replay.recorded import compare
from include.replay.runs import Runs, Training
from include.replay.settings import read_settings
from include.replay.sweep import account_for, walk_all
from include.replay.walked import Past
from include.strict_json import to_json
from mlops import run_context
from mlops.cli.exit_codes import ExitCode
from mlops.cli.known_models import find_model
from mlops.cli.local_connections import use_connections
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.mlflow import MlflowHook
from mlops.replay.recorded import read_recorded, read_released
from mlops.replay.registered_deliveries import RegisteredDeliveries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.config.schema import ModelConfig
    from include.replay.account import Account
    from include.replay.recorded import Difference, Recorded, RecordedTraining
    from include.replay.walked import Walked

RECORDED = "recorded"  # --training: as the live system did


class Options(NamedTuple):
    """What is asked for.

    :param model: the model's name.
    :param since: the first day that counts, ISO.
    :param until: the last day, ISO.
    :param set: keys of ``model.yaml`` and the values to try, as ``KEY=VALUE,...``.
    :param training: when the training DAG runs: ``recorded``, ``first`` or ``always``.
    :param check: whether to compare with what the live system decided.
    :param output: folder for a page with a picture.
    :param workers: number of processes.
    :param cache: folder of models and snapshots.
    :param as_json: whether to print JSON.
    """

    model: str
    since: str | None
    until: str | None
    set: tuple[str, ...]
    training: str
    check: bool
    output: str | None
    workers: int
    cache: str
    as_json: bool


def run(options: Options) -> int:
    """Replay a model and print what would have been; return the exit code, which says if it differs.

    :param options: what is asked for.
    :raises ConfigError: no such model, a setting that ``model.yaml`` would refuse, or no past to replay.
    """
    folder = run_context.MODELS_ROOT / options.model
    find_model(options.model)
    settings = read_settings(folder, list(options.set))
    config = settings[0].config
    use_connections()
    registry = DataRegistryHook()
    cache = Cache(Path(options.cache).expanduser() / options.model)
    with _quiet():
        recorded = read_recorded(MlflowHook(), registry.store, options.model)
        past = _past(options, folder, registry, cache, recorded)
        progress = _Progress()
        walked = walk_all(past, settings, workers=options.workers, report=progress.show)
        accounts = account_for(past, walked, config, workers=options.workers, report=progress.show)
        progress.clear()
    check = None
    if options.check:
        check = _Check(differences=compare(recorded, walked[0].days), left_open=recorded.left_open)
    _show(options, config, walked, accounts, check)
    return ExitCode.DIFFERS if check is not None and check.differences else ExitCode.DONE


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the warnings of the past to themselves: they were given in its time."""
    logger = logging.getLogger("include")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


class _Check(NamedTuple):
    """How a replay compares with what the live system decided."""

    differences: Sequence[Difference]
    left_open: Sequence[RecordedTraining]

    def sentences(self, days: int) -> list[str]:
        """Return what was found on so many days."""
        found = [
            f"{len(self.differences)} differences from what the live system decided on {days} days."
            if self.differences
            else f"0 differences: on {days} days the live system decided the same."
        ]
        if self.left_open:
            names = ", ".join(one.to_text() for one in self.left_open)
            found.append(f"Left out, because no decision or no version has come of them (yet): {names}")
        return found


def _past(
    options: Options,
    folder: Path,
    registry: DataRegistryHook,
    cache: Cache,
    recorded: Recorded,
) -> Past:
    """Return what was delivered and the days to walk.

    :raises ConfigError: nothing was delivered, or the dates leave no day.
    """
    deliveries = RegisteredDeliveries.download(registry, options.model, cache)
    known = Calendar(deliveries.versions).days
    if not known:
        raise ConfigError(
            f"The data registry holds no delivery of {options.model}: let its training, scoring or "
            "monitoring run once, or `bin/mlops backfill` score and watch past deliveries."
        )
    trained = recorded.trained_on
    if options.check:
        days, runs = recorded.all_days, recorded.runs
        if not recorded.days:
            raise ConfigError(
                f"There is nothing to check against: no day of monitoring of {options.model} is on record. "
                "Releases before this one kept none."
            )
    else:
        start = min([trained[0], known[0]]) if trained else known[0]
        days, runs = every_day(start, max(options.until or known[-1], start)), _runs(options, trained)
    first = options.since or days[0]
    days = [day for day in days if day <= (options.until or "9999")]
    if not days or first > days[-1]:
        raise ConfigError(
            f"--from {first} leaves no day: what is known of {options.model} goes from {known[0]} to "
            f"{known[-1]}"
        )
    return Past(
        folder=folder,
        deliveries=deliveries,
        cache=cache.folder,
        days=tuple(days),
        first=first,
        runs=runs,
        released=read_released(registry.store, options.model),
    )


def _runs(options: Options, trained: Sequence[str]) -> Runs:
    """Return when the DAGs run: every day, and the training DAG as was asked for."""
    if options.training == RECORDED and trained:
        return Runs(training=Training.GIVEN, training_days=frozenset(trained))
    return Runs(training=Training.FIRST if options.training == RECORDED else Training(options.training))


def _show(
    options: Options,
    config: ModelConfig,
    walked: Sequence[Walked],
    accounts: Sequence[Account],
    check: _Check | None,
) -> None:
    """Print what was found, and write the page."""
    force, said = walked[0], [recommend(accounts)]
    differences = check.differences if check else ()
    if check is not None:
        said += check.sentences(len(force.days))
    if options.as_json:
        content = {
            "model": config.name,
            "metric": config.gate.primary,
            "settings": [one.to_dict() for one in accounts],
            "days": {one.setting.name: to_json_days(one.days) for one in walked},
            "recommendation": said[0],
            "differences": [vars(one) for one in differences] if check else None,
            "left_out": [one.to_text() for one in check.left_open] if check else None,
        }
        sys.stdout.write(to_json(content, indent=1) + "\n")
    else:
        lines = [days_table(force.days), "", accounts_table(accounts), "", *said]
        lines += [one.to_text() for one in differences]
        sys.stdout.write("\n".join(lines) + "\n")
    if options.output:
        target = Path(options.output)
        target.mkdir(parents=True, exist_ok=True)
        picture = draw_accounts(accounts, config.gate.primary)
        title = f"{config.name} replayed from {force.days[0].day} to {force.days[-1].day}"
        said += [one.to_text() for one in differences]
        (target / "regret.png").write_bytes(picture)
        page = render_accounts(title, accounts, force.days, picture, said)
        (target / "replay.html").write_text(page, encoding="utf-8")
        sys.stderr.write(f"{target / 'replay.html'}\n")


class _Progress:
    """A line on stderr that is overwritten: how much is done, and when the rest will be."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._what: int | None = None

    def show(self, done: int, total: int, name: str) -> None:
        """Show that so many of so many are done."""
        if self._what != total:
            self._began, self._what = time.monotonic(), total
        spent = time.monotonic() - self._began
        left = f", {spent / done * (total - done):.0f} s left" if done else ""
        bar = "#" * (20 * done // total) if total else ""
        self._write(f"[{bar:<20}] {done} of {total}{left}  {name[:50]}")

    def clear(self) -> None:
        """End the line."""
        self._write("")

    def _write(self, text: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{text:<110}\r")
            sys.stderr.flush()
