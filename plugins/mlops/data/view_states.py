"""What is known of the feature views: who uses them, how new they are, what they had for the newest rows."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.config.views.read import load_view
from include.data.views.newest import newest_time
from include.errors import ConfigError, DataError
from mlops.data.join_notes import read_join
from mlops.hooks.sources.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.config.schema import ModelConfig
    from include.config.views.view import View
    from include.lineage import SnapshotRef
    from mlops.hooks.data_registry import DataRegistryHook


@dataclass(frozen=True, kw_only=True)
class ViewUse:
    """One view in one model.

    :param model: the model's name.
    :param columns: what it uses of the view.
    :param features_of: ISO date of its newest delivery of features that was joined; None before the first.
    :param missing: share of the rows without a value; None before the first join.
    :param none: rows for which none was known.
    :param old: rows whose newest value was older than ``max_age``.
    :param mean_age: of the others' values, in days.
    :param oldest: the oldest of these, in days.
    """

    model: str
    columns: tuple[str, ...]
    features_of: str | None = None
    missing: float | None = None
    none: int | None = None
    old: int | None = None
    mean_age: float | None = None
    oldest: float | None = None


@dataclass(kw_only=True)
class ViewState:
    """One view.

    :param name: its name.
    :param owner: whom to ask.
    :param deliveries: how many are in the data registry.
    :param newest: ISO date of the newest of them.
    :param event: latest event time in it.
    :param known_at: latest time of becoming known in it, where the view has a column for that.
    :param age_days: days from that event to today.
    :param uses: the models that name it.
    :param problem: what is wrong with its file or its newest delivery; empty where nothing is.
    """

    name: str
    owner: str = ""
    deliveries: int = 0
    newest: str | None = None
    event: str | None = None
    known_at: str | None = None
    age_days: float | None = None
    uses: list[ViewUse] = field(default_factory=list)
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def view_states(
    root: Path, names: Sequence[str], configs: Sequence[ModelConfig], registry: DataRegistryHook, now: date
) -> list[ViewState]:
    """Return the state of each view.

    :param root: the folder with the views' files.
    :param names: their names.
    :param configs: the configurations of all models.
    :param registry: the data registry; it is only read.
    :param now: today.
    """
    pointers = registry.pointers(VIEWS)
    states = []
    for name in names:
        known = {day: ref for (table, day), ref in pointers.items() if table == name}
        state = ViewState(name=name, deliveries=len(known), newest=max(known, default=None))
        try:
            view = load_view(root, name)
            state.owner = view.owner
            if known:
                _look(state, view, known[max(known)], registry, now)
        except (ConfigError, DataError) as error:
            state.problem = str(error)
        state.uses = [_use(name, one, registry) for one in configs if name in one.features.views]
        states.append(state)
    return states


def _look(state: ViewState, view: View, ref: SnapshotRef, registry: DataRegistryHook, now: date) -> None:
    """Add the newest times of a view.

    :raises DataError: its newest snapshot is gone or damaged.
    """
    with tempfile.TemporaryDirectory(prefix="view-") as scratch:
        path = registry.local_path(ref, Path(scratch))
        event = newest_time(path, view.event_time.column)
        known = newest_time(path, view.known_at.column) if view.known_at else None
    state.event, state.known_at = (one.isoformat() if one else None for one in (event, known))
    if isinstance(event, datetime):
        begin = datetime.combine(now, time.min, UTC)
        state.age_days = (begin - event).total_seconds() / 86_400
    elif event is not None:
        state.age_days = float((now - event).days)


def _use(name: str, config: ModelConfig, registry: DataRegistryHook) -> ViewUse:
    """Return what a view had for the newest delivery of a model's features."""
    use = ViewUse(model=config.name, columns=tuple(config.features.views[name].columns))
    known: Mapping[tuple[str, str], SnapshotRef] = registry.pointers(config.name)
    features = [ref for (table, _), ref in sorted(known.items()) if table == "features"]
    record = read_join(registry.store, config.name, features[-1]) if features else None
    found = next((one for one in record.views if one.view == name), None) if record else None
    if record is None or found is None:
        return use
    return ViewUse(
        model=use.model,
        columns=use.columns,
        features_of=record.partition,
        missing=found.missing,
        none=found.none,
        old=found.old,
        mean_age=found.mean_age,
        oldest=found.oldest,
    )
