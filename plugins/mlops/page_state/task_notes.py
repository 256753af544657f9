"""What a task has noted about its work, and where it leaves that for the pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from include.errors import DataError
from include.pages.entry import Place
from include.records import Record
from mlops.run_context import as_of_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from include.verdicts import Verdict


R = TypeVar("R", bound=Record)


class Values(Protocol):
    """The state of one asset, as a task reaches it."""

    def get(self, key: str) -> Any:
        """Return a value; None where there is none."""

    def set(self, key: str, value: Any) -> None:
        """Keep a value."""


def known(values: Values, key: str, kind: type[R]) -> R | None:
    """Return what an earlier task has left; None where that is nothing that can be read.

    Somebody may have edited it, or a newer version written it: then it begins anew.

    :param values: the asset's state.
    :param key: where it stands.
    :param kind: of record.
    """
    try:
        found = values.get(key)
        return None if found is None else kind.from_dict(found)
    except DataError:
        return None


@dataclass(frozen=True, kw_only=True)
class TaskNotes:
    """A task and its notes.

    :param model: the model's name.
    :param as_of: ISO date whose knowledge it used.
    :param place: the task.
    :param noted: what :meth:`~mlops.operators.base.ModelOperator.note` has kept.
    :param links: the buttons on its page: label to address.
    """

    model: str
    as_of: str
    place: Place
    noted: Mapping[str, Any]
    links: Mapping[str, str]

    @classmethod
    def of(
        cls, context: Context, model: str, noted: Mapping[str, Any], links: Mapping[str, str]
    ) -> TaskNotes:
        """Return a task's notes.

        :param context: of the task.
        :param model: the model's name.
        :param noted: what it has kept.
        :param links: the buttons on its page.
        """
        task = context["ti"]
        place = Place(dag_id=task.dag_id, run_id=task.run_id, task_id=task.task_id)
        return cls(model=model, as_of=as_of_date(context), place=place, noted=noted, links=links)

    @property
    def result(self) -> Mapping[str, Any]:
        """What the task handed on."""
        return self.noted.get("result") or {}

    @property
    def verdict(self) -> Verdict | None:
        """What it decided last; None for a task that decides nothing."""
        return self.noted.get("verdict") or next(reversed(self.noted.get("verdicts") or [None]), None)
