"""Which buttons there are, and who sees them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.strict_json import to_json
from mlops.pages.rights import may_trigger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser

    from include.pages.overview import Overview


@dataclass(frozen=True, kw_only=True)
class Action:
    """What a button stands for.

    :param name: in the address.
    :param dag: kind of the DAG that it starts.
    :param label: what stands on it.
    :param explained: what happens then.
    :param asks: fields of the form: name of the DAG's parameter to what is asked for.
    :param shown: parameters that say what the page showed when the button was pressed.
    :param fixed: parameters that are always the same.
    :param about: what stands beside it: the model, a delivery or an alert.
    """

    name: str
    dag: str
    label: str
    explained: str
    asks: Mapping[str, str]
    shown: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    about: str = "model"

    def conf(self, form: Mapping[str, str]) -> dict[str, str]:
        """Return what the run is given: what was asked for, and what the page showed.

        :param form: the fields that were sent.
        """
        names = (*self.asks, *self.shown)
        return {name: form[name].strip() for name in names if form.get(name, "").strip()} | dict(self.fixed)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A button that a user sees.

    :param action: what it stands for.
    :param token: of its form.
    :param shown: what the page shows, for the run to know.
    """

    action: Action
    token: str
    shown: Mapping[str, str]


REASON = "Reason"
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
    Action(
        name="reject", dag="requests", label="Reject a version",
        explained="A version that does not serve loses challenger; its data is not trained on again.",
        asks={"subject": "Version", "reason": REASON}, fixed={"request": "reject"},
    ),
    Action(
        name="release", dag="requests", label="Release",
        explained="The delivery may be used, under the contract as it is now.",
        asks={"reason": REASON}, shown=("subject",), fixed={"request": "release"}, about="delivery",
    ),
    Action(
        name="acknowledge", dag="requests", label="Acknowledge",
        explained="You look after it: the alert stays open until its cause has ended.",
        asks={"reason": "What you do about it"}, shown=("subject",), fixed={"request": "acknowledge"},
        about="alert",
    ),
)  # fmt: skip


def offered(user: BaseUser, found: Overview, about: str = "model", **shown: str) -> list[Offer]:
    """Return the buttons that a user sees beside something: those whose DAG he may start.

    :param user: who looks.
    :param found: the model.
    :param about: beside what.
    :param shown: what the page shows of it.
    """
    found_offers = []
    for action in ACTIONS:
        if action.about != about or action.dag not in found.dags:
            continue
        if may_trigger(user, found.dags[action.dag].dag_id):
            known = {name: value for name, value in shown.items() if name in action.shown}
            found_offers.append(Offer(action=action, token=token_of(action, found, known), shown=known))
    return found_offers


def token_of(action: Action, found: Overview, shown: Mapping[str, str]) -> str:
    """Return the token of a button's form: the same in each window, until a run of its DAG has begun.

    It keeps two presses apart from one that is sent twice. Nobody is kept out by it: a form's origin is.

    :param action: the button.
    :param found: the model, as the page shows it.
    :param shown: what the button stands beside.
    """
    dag = found.dags[action.dag]
    content = [action.name, dag.dag_id, dag.last_run, dict(shown)]
    return hashlib.sha256(to_json(content).encode()).hexdigest()[:32]
