"""What the tasks of a run by hand have handed on: what XComs are to a run of Airflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Self

from include.records import Record, RecordKind
from mlops import object_keys
from mlops.hooks.stored_records import read_record
from mlops.run_context import BY_HAND_RUN

if TYPE_CHECKING:
    from mlops.hooks.object_store import ObjectStoreHook

KEPT_RUN = RecordKind(name="run by hand", remedy="train again with `bin/mlops train`, which writes it anew")


@dataclass(kw_only=True)
class KeptRun(Record, kind=KEPT_RUN):
    """A run by hand of one model as of one date, as far as it has come.

    :param model: the model's name.
    :param as_of: as-of date, ISO.
    :param by: who began it.
    :param results: what each task that is done returned, JSON values.
    :param pushed: what each pushed besides, by key.
    :param moment: names the run where one date may have several, as of rollbacks; empty: the date does.
    """

    model: str
    as_of: str
    by: str
    results: dict[str, Any] = field(default_factory=dict)
    pushed: dict[str, dict[str, Any]] = field(default_factory=dict)
    moment: str = ""

    @property
    def run_id(self) -> str:
        """What stands where Airflow's run id would."""
        return run_id_of(self.moment or self.as_of)

    def forget(self, *tasks: str) -> None:
        """Forget what tasks handed on, so that they run again."""
        for task in tasks:
            self.results.pop(task, None)
            self.pushed.pop(task, None)

    def save(self, store: ObjectStoreHook) -> None:
        """Write it down, so that the next command finds it."""
        store.write_json(store.resolve(object_keys.by_hand_run(self.model, self.run_id)), self.to_dict())

    def _plain(self) -> dict[str, Any]:
        return {
            "model": self.model, "as_of": self.as_of, "by": self.by, "results": self.results,
            "pushed": self.pushed, "moment": self.moment,
        }  # fmt: skip

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        return cls(**fields)


def run_id_of(as_of: str) -> str:
    """Return the id of the run by hand as of a date."""
    return f"{BY_HAND_RUN}{as_of}"


def read_kept(store: ObjectStoreHook, model: str, as_of: str) -> KeptRun | None:
    """Return the run by hand as of a date, or None.

    :param store: the object store.
    :param model: the model's name.
    :param as_of: ISO date.
    :raises DataError: its record is damaged, or of a newer format.
    """
    return read_record(store, object_keys.by_hand_run(model, run_id_of(as_of)), KeptRun.from_dict)


def kept_dates(store: ObjectStoreHook, model: str) -> list[str]:
    """Return the as-of dates of a model's runs by hand, oldest first.

    :param store: the object store.
    :param model: the model's name.
    """
    found = store.list(store.resolve(object_keys.by_hand_run(model, "*")))
    return sorted(PurePosixPath(name).stem.removeprefix(BY_HAND_RUN) for name in found)
