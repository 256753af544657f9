"""The alias plan: where the registry's aliases must end up, in an order that never leaves a gap.

MLflow sets one alias at a time, without transactions and without compare-and-set. So the plan names
absolute targets, each step may be repeated, and planning again after a crash at any point, from whatever the
registry shows then, leads to the same end.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.errors import StaleDecisionError
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

CHAMPION, CHALLENGER, PREVIOUS_CHAMPION = "champion", "challenger", "previous_champion"
MOVES = frozenset({"promotion", "rollback"})  # kinds of decisions that change what serves from then on
_DECISION_ID_LENGTH = 16


@dataclass(frozen=True, kw_only=True)
class AliasStep:
    """One step of an alias plan.

    :param alias: the alias to set or to remove.
    :param version: the version it must point to; None removes it.
    """

    alias: str
    version: str | None


@dataclass(frozen=True, kw_only=True)
class AliasPlan:
    """Where the aliases end up, and the steps that lead there.

    :param champion: the version that serves in the end.
    :param previous_champion: the version that served before it; None when there is none.
    :param steps: what is left to do, in order; empty when every alias is where it should be.
    """

    champion: str
    previous_champion: str | None
    steps: tuple[AliasStep, ...]


def plan_aliases(aliases: Mapping[str, str], version: str) -> AliasPlan:
    """Plan how a version becomes champion.

    ``previous_champion`` is set before ``champion``, and ``challenger`` is removed last: whoever reads
    ``champion`` at any moment finds the old version or the new one.

    :param aliases: alias to version, as the registry has them now.
    :param version: the version that is to serve; a rollback passes the one to go back to.
    """
    serving, previous = aliases.get(CHAMPION), aliases.get(PREVIOUS_CHAMPION)
    steps = []
    if serving is not None and serving != version:
        previous = serving
        if aliases.get(PREVIOUS_CHAMPION) != serving:
            steps.append(AliasStep(alias=PREVIOUS_CHAMPION, version=serving))
    if serving != version:
        steps.append(AliasStep(alias=CHAMPION, version=version))
    if aliases.get(CHALLENGER) == version:
        steps.append(AliasStep(alias=CHALLENGER, version=None))
    return AliasPlan(champion=version, previous_champion=previous, steps=tuple(steps))


def check_current(aliases: Mapping[str, str], version: str, compared_with: str | None) -> None:
    """Make sure that a decision still holds when it is applied.

    :param aliases: alias to version, as the registry has them now.
    :param version: the version that is to serve.
    :param compared_with: the champion that the gate compared it with; None when there was none.
    :raises StaleDecisionError: when another champion serves by now, which is not the version itself.
    """
    serving = aliases.get(CHAMPION)
    if serving in {version, compared_with}:
        return
    found = "there is no champion now" if serving is None else f"version {serving} is champion now"
    expected = "no champion" if compared_with is None else f"version {compared_with}"
    raise StaleDecisionError(
        f"version {version} was compared with {expected}, but {found}: the decision no longer holds and "
        "nothing was moved; run the training DAG again, so that the candidate is compared with the "
        "champion of today"
    )


def decision_id(model: str, kind: str, *subject: str) -> str:
    """Return the id of a decision, derived from what was decided, so that a retry finds its own entry.

    :param model: the model's name.
    :param kind: the kind of decision, such as ``gate`` or ``promotion``.
    :param subject: what was decided about, from the general to the particular.
    :return: 16 hexadecimal digits.
    """
    content = to_json([model, kind, *subject])
    return hashlib.sha256(content.encode()).hexdigest()[:_DECISION_ID_LENGTH]
