"""Which buttons there are, and who sees them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.strict_json import to_json
from mlops.pages.rights import may_trigger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser

    from include.pages.overview import Overview


@dataclass(frozen=True, kw_only=True)
class Action:
    """A button.

    :param name: in the address.
    :param dag: kind of the DAG that it starts.
    :param label: what stands on it.
    :param explained: what happens then.
    :param asks: fields of the form: name of the DAG's parameter to what is asked for.
    :param shown: parameters that say what the page showed when the button was pressed.
    """

    name: str
    dag: str
    label: str
    explained: str
    asks: Mapping[str, str]
    shown: tuple[str, ...] = ()

    def conf(self, form: Mapping[str, str]) -> dict[str, str]:
        """Return what the run is given: what was asked for, and what the page showed.

        :param form: the fields that were sent.
        """
        names = (*self.asks, *self.shown)
        return {name: form[name].strip() for name in names if form.get(name, "").strip()}


ACTIONS = (
    Action(
        name="retrain", dag="retraining", label="Retrain",
        explained="Trains a candidate; the gate decides whether it becomes champion.", asks={},
    ),
    Action(
        name="roll-back", dag="rollback", label="Roll back",
        explained="The champion before serves again, if it repeats its predictions.",
        asks={"reason": "Reason, kept in the ledger"},
        shown=("only_from",),  # whoever pressed it meant that champion, and no newer one
    ),
)  # fmt: skip


def offered(user: BaseUser, found: Overview) -> list[tuple[Action, str]]:
    """Return the buttons that a user sees, each with the token of its form: those whose DAG he may start.

    :param user: who looks.
    :param found: the model.
    """
    return [
        (action, token_of(action, found))
        for action in ACTIONS
        if action.dag in found.dags and may_trigger(user, found.dags[action.dag].dag_id)
    ]


def token_of(action: Action, found: Overview) -> str:
    """Return the token of a button's form: the same in each window, until a run of its DAG has begun.

    It keeps two presses apart from one that is sent twice. Nobody is kept out by it: a form's origin is.

    :param action: the button.
    :param found: the model, as the page shows it.
    """
    shown = [action.name, found.dags[action.dag].dag_id, found.dags[action.dag].last_run]
    return hashlib.sha256(to_json(shown).encode()).hexdigest()[:32]
