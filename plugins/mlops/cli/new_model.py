"""``bin/mlops new-model``: from a table to a model folder that runs."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from include.errors import ConfigError
from include.media import log_line
from include.onboarding.create import Place, make_model
from include.onboarding.look import Wanted
from include.onboarding.queried import QUERY, Queried
from include.onboarding.show import METRIC_HEADS, columns_table, decisions, metrics_rows, outcome, suspects
from include.reporting.text_table import text_table
from mlops import run_context
from mlops.cli.settings import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.onboarding.made import Made
    from include.onboarding.time import Every


class Options(NamedTuple):
    """What is asked for.

    :param name: the name of the model.
    :param source: the table's file or folder; None where a query gives its rows.
    :param sql: the query; None where there are files.
    :param target: the column to predict.
    :param time: the column that says when.
    :param entity: the column that says whom a row is about; None: look for it.
    :param task: the task; None: what the target looks like.
    :param every: length of a partition; None: what the rows allow.
    :param delay_days: days until the target of a row is known.
    :param leave_out: columns that are no features.
    :param timezone: IANA name of the zone whose midnight ends a day.
    :param connection: id of the Airflow connection to the deliveries, or to the database.
    :param data: folder for the deliveries on this machine; None for the project's.
    :param owner: who answers for the model.
    :param dry_run: write nothing.
    """

    name: str
    source: Path | None
    sql: Path | None
    target: str
    time: str
    entity: str | None
    task: str | None
    every: Every | None
    delay_days: int | None
    leave_out: tuple[str, ...]
    timezone: str
    connection: str
    data: Path | None
    owner: str
    dry_run: bool


def run(options: Options) -> int:
    """Look at a table, print what was found, and write the folder; return the exit code.

    :param options: what is asked for.
    :raises DataError: the table can't be used as was asked.
    :raises ConfigError: the name is none, or something is there already.
    """
    wanted = Wanted(
        name=options.name,
        target=options.target,
        time=options.time,
        entity=options.entity,
        task=options.task,
        every=options.every,
        delay_days=options.delay_days,
        leave_out=options.leave_out,
        timezone=options.timezone,
        today=datetime.now(ZoneInfo(options.timezone)).date().isoformat(),
    )
    data = options.data or Path(os.environ.get(DATA) or run_context.PROJECT_ROOT / "data")
    place = Place(
        models=run_context.MODELS_ROOT, data=data, connection=options.connection, owner=options.owner
    )
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait in turns make a busy machine slow
    progress = _Progress()
    with _quiet("include"), tempfile.TemporaryDirectory(prefix="new-model-") as scratch:
        try:
            made = make_model(
                _source(options, Path(scratch), progress),
                wanted,
                place,
                Path(scratch),
                dry_run=options.dry_run,
                report=progress.show,
            )
        finally:
            progress.end()
    _print(made, dry_run=options.dry_run)
    return 0


def _source(options: Options, scratch: Path, progress: _Progress) -> Path | Queried:
    """Return the table: files, or the rows of a query."""
    if options.source is not None:
        return options.source
    if options.sql is None:
        raise ConfigError("Neither --from nor --sql names a table")
    from mlops.cli.new_model_query import copy_rows

    progress.show(f"running {options.sql} on {options.connection}")
    rows = scratch / "query.parquet"
    columns = copy_rows(
        options.sql, options.connection, column=options.time, timezone=options.timezone, target=rows
    )
    text = options.sql.read_text(encoding="utf-8")
    return Queried(file=options.sql, text=text, connection=options.connection, columns=columns, rows=rows)


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a logger from saying what a run would: it is printed below."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _print(made: Made, *, dry_run: bool) -> None:
    found, evaluation = made.found, made.first.evaluation
    lines = [
        f"{found.origin}: {found.rows:,} rows, {found.moments.first} to {found.moments.last}, "
        f"{len(found.cut.rows)} {found.cut.every}s",
        "",
        columns_table(found),
        "",
        *map(log_line, decisions(found)),
        "",
    ]
    if evaluation is not None:
        lines += [
            f"On {evaluation.rows:,} rows that were held back ({evaluation.target}):",
            text_table(METRIC_HEADS, metrics_rows(evaluation)),
            "",
            *(f"floor      {name} {floor.value:g}: {floor.why}" for name, floor in made.floors.items()),
            *map(log_line, suspects(evaluation)),
            "",
        ]
    lines += [f"First run  {log_line(line)}" for line in outcome(made)]
    lines.append(
        "Check      that each feature is known at the time of its row; what is not, leave out (--leave-out)"
    )
    if dry_run:
        lines.append(f"Dry run    nothing was written; {' and '.join(_places(made))} would be")
    else:
        lines += [
            f"Written    {made.folder}: model.yaml, estimator.py, contract.yaml, README.md",
            f"           {made.deliveries}: {len(found.cut.rows)} deliveries"
            if made.deliveries
            else f"           {made.folder / QUERY}: read for each {found.cut.every}",
            f"Next       bin/mlops models; make demo MODEL={found.wanted.name}",
        ]
    sys.stdout.write("\n".join(lines) + "\n")


def _places(made: Made) -> list[str]:
    return [str(path) for path in (made.folder, made.deliveries) if path]


class _Progress:
    """A line on stderr for each step, with the seconds it took."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._step = ""

    def show(self, step: str) -> None:
        """Begin a step."""
        self.end()
        self._began, self._step = time.monotonic(), step
        sys.stderr.write(f"{log_line(step)} ...")
        sys.stderr.flush()

    def end(self) -> None:
        """End the step that is under way."""
        if self._step:
            sys.stderr.write(f" {time.monotonic() - self._began:.1f} s\n")
            self._step = ""
