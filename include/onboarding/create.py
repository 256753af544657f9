"""Make a new model's folder: look, try a default model, learn floors, and put all in its place at once."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from include.config.load import load_model
from include.errors import ConfigError, StorageError
from include.onboarding.floors import learn_floors, no_floors
from include.onboarding.lay_out import FILE, FOLDER, lay_out
from include.onboarding.look import look
from include.onboarding.made import Made
from include.onboarding.queried import QUERY, Queried
from include.onboarding.render import render_files
from include.onboarding.rules import learn_rules
from include.onboarding.show import card
from include.onboarding.source import SourceTable, find_files
from include.onboarding.trial import try_out
from include.replay.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from include.onboarding.look import Wanted

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a new model goes.

    :param models: the folder of all models.
    :param data: the folder below which deliveries are laid out: the root of the connection.
    :param connection: id of the Airflow connection that leads there.
    :param owner: the team.
    """

    models: Path
    data: Path
    connection: str
    owner: str


def check_place(name: str, place: Place, *, lays_out: bool = True) -> None:
    """Make sure that a model may be made here.

    :param name: its name.
    :param place: where it goes.
    :param lays_out: whether deliveries are written, too.
    :raises ConfigError: the name is none, or something is there already.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise ConfigError(
            f"{name!r} is not a name of a model; expected lower-case letters, digits and underscores, a "
            f"letter first, {_LONGEST} at most: it names folder, DAGs and registered model"
        )
    taken = {place.models / name: "model", **({place.data / name: "data"} if lays_out else {})}
    for path, what in taken.items():
        if path.exists() or path.is_symlink():
            raise ConfigError(
                f"{path} is there already, and nothing of it was touched. Choose another name, or move the "
                f"{what} "
                "away first"
            )


def make_model(
    source: Path | Queried, wanted: Wanted, place: Place, scratch: Path, *, dry_run: bool,
    report: Callable[[str], None],
) -> Made:  # fmt: skip
    """Look at a table, try a default model, and write the folder and the deliveries.

    :param source: a file, or a folder of part files; or a query, which is then the model's source.
    :param wanted: what was decided already.
    :param place: where the model goes.
    :param scratch: folder for what is computed on the way.
    :param dry_run: write nothing but there.
    :param report: takes each step as it begins.
    :raises DataError: the table can't be used as was asked.
    :raises ConfigError: something is there already.
    :raises StorageError: the disk is full or fails.
    """
    queried = source if isinstance(source, Queried) else None
    check_place(wanted.name, place, lays_out=queried is None)
    files = source.files if isinstance(source, Queried) else find_files(source)
    report(f"reading {files.origin}")
    with SourceTable(files, scratch) as table:
        report(f"looking at {table.rows:,} rows of {len(table.types)} columns")
        found = look(table, wanted)
        rules = learn_rules(table, found)
        report(f"laying out {len(found.cut.rows)} deliveries, one for each {found.cut.every}")
        whole = scratch / "deliveries"
        deliveries = lay_out(table, found, whole)
        tried = deliveries
        if found.sample > 1:
            tried = lay_out(table, found, scratch / "sample", sampled=True)
    folder = scratch / "models" / wanted.name
    cache = Cache(scratch / "cache")
    uri = f"{wanted.name}/{FOLDER}/{FILE}"
    lines = [f"connection: {place.connection}", f"features: {{uri: '{uri}', format: parquet}}"]
    report(
        f"trying a default model on {'a sample' if found.sample > 1 else 'them'}, as the first training will"
    )
    labelled = max(found.known.partitions, default=max(deliveries))
    render = partial(render_files, found, source=lines, rules=rules, owner=place.owner)
    floors = no_floors(found.target.task)
    _write(folder, render(floors=floors, reached=card(None)))
    if queried is not None:
        queried.check(found, load_model(folder))
    first = trial = try_out(folder, tried, labelled, cache)
    if first.evaluation is not None:
        floors = learn_floors(first.evaluation)
        _write(folder, render(floors=floors, reached=card(first)))
        trial = try_out(folder, tried, labelled, cache)
    if queried is not None:
        files_of_folder = render_files(
            found, source=queried.lines(found), rules=rules, owner=place.owner, floors=floors,
            reached=card(first),
        )  # fmt: skip
        _write(folder, {QUERY: queried.text, **files_of_folder})
    made = Made(
        found=found, rules=rules, floors=floors, first=first, trial=trial,
        folder=place.models / wanted.name,
        deliveries=None if queried else place.data / wanted.name,
    )  # fmt: skip
    if not dry_run:
        check_place(wanted.name, place, lays_out=queried is None)
        if made.deliveries is not None:
            _move(whole, made.deliveries)
        _move(folder, made.folder)
    return made


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")


def _move(made: Path, target: Path) -> None:
    """Put a folder in its place, whole or not at all."""
    hidden = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, hidden, ignore=shutil.ignore_patterns("__pycache__"))
        hidden.rename(target)
    except OSError as error:
        shutil.rmtree(hidden, ignore_errors=True)
        raise StorageError(f"{target} can't be written: {error}. Nothing is left of it there.") from error
