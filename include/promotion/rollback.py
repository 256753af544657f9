"""Roll back: which version is meant, and what must not be promoted automatically afterwards.

A rollback is requested by a person. It says that a version which passed the gate is bad nevertheless, for a
reason that no figure showed. So neither the version nor another one of the same training key may be promoted
again until somebody rolls back to it, or trains it again with *force*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.errors import InputError, StaleDecisionError
from include.promotion.alias_plan import CHAMPION, PREVIOUS_CHAMPION
from include.promotion.version_reference import VersionReference
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST_REASON = 2000


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change of the champion, as the ledger has it.

    :param time: when it was decided, milliseconds since 1970.
    :param decision_id: the decision.
    :param version: the version that took over.
    :param key: its training key; empty where it is not known.
    :param left: the version that was rolled back from; empty for a promotion.
    :param left_key: its training key.
    """

    time: int
    decision_id: str
    version: str
    key: str
    left: str = ""
    left_key: str = ""


def check_reason(reason: object) -> str:
    """Return the reason of a rollback.

    :param reason: as entered in the form.
    :raises InputError: there is none.
    """
    text = " ".join(str(reason or "").split())
    if not text:
        raise InputError(
            "a rollback needs a reason: it is kept in the ledger and sent with the alert. Trigger it again "
            "and say what is wrong with the champion."
        )
    return text[:_LONGEST_REASON]


def find_target(aliases: Mapping[str, str], target: object, *, model: str) -> str:
    """Return the version that a rollback leads to.

    :param aliases: alias to version, as the registry has them now.
    :param target: an alias, or the number of a version.
    :param model: the model's name, for messages.
    :raises InputError: there is no champion, no such alias, or the target is champion already.
    """
    serving, wanted = aliases.get(CHAMPION), str(target).strip()
    if serving is None:
        raise InputError(
            f"{model} has no champion, so there is nothing to roll back from. Run {model}_training, or point "
            f"the alias {CHAMPION!r} at a version by hand."
        )
    if wanted == PREVIOUS_CHAMPION and wanted not in aliases:
        raise InputError(
            f"{model} has no previous champion: version {serving} is the first, or the one before it was "
            "deleted. Roll back again with the number of a version as target (by hand: --to)."
        )
    version = VersionReference.of(model, wanted).number(aliases)
    if version == serving:
        raise InputError(
            f"version {version} is {model}'s champion already; nothing was moved. Choose another target."
        )
    return version


def check_only_from(serving: str, only_from: object) -> None:
    """Make sure that the version that is to be left still serves.

    Between a decision and its rollback another version may be promoted, which the decision is not about.

    :param serving: the champion.
    :param only_from: the version that must serve; empty for any.
    :raises StaleDecisionError: another one does.
    """
    wanted = str(only_from or "").strip()
    if wanted and wanted != serving:
        raise StaleDecisionError(
            f"version {serving} is champion now, and the rollback is from version {wanted} only: nothing was "
            "moved. Look at the ledger; to roll back nevertheless, trigger it anew and leave only_from empty."
        )


def rollback_verdict(model: str, *, left: str, version: str, reason: str, by: str, checked: str) -> Verdict:
    """Return a rollback as a verdict.

    :param model: the model's name.
    :param left: the version that served.
    :param version: the version that takes over.
    :param reason: why.
    :param by: who asked for it: a person, or probation.
    :param checked: what the reproducibility check found.
    """
    return Verdict(
        kind="rollback",
        decision="roll back",
        subject=f"{model}: version {version} becomes champion in place of version {left}",
        summary=f"from version {left} to version {version}: {reason}",
        reasons=(
            Reason(rule="asked for", passed=True, found=f"by {by}: {reason}", required="a person's reason"),
            Reason(
                rule="reproducibility check",
                passed=True,
                found=checked,
                required="the predictions of its evaluation",
            ),
        ),
        inputs={"from_version": left, "version": version, "reason": reason, "by": by},
        counterfactuals=(f"another rollback returns to version {left}",),
    )


def rolled_back_by(
    history: Iterable[Step], *, key: str, version: str = "", since: int | None = None
) -> str | None:
    """Return the id of the rollback that forbids a training key, or a version of it; None when none does.

    The newest step that concerns it counts: one that reached it allows it, a rollback from it forbids it.

    :param history: every change of the champion.
    :param key: the training key.
    :param version: the version, if there is one already: a rollback from it counts whenever it was.
    :param since: when the version was trained, milliseconds since 1970: who trains a key anew after a
        rollback, with force, may promote it.
    """
    for step in sorted(history, key=lambda step: step.time, reverse=True):
        if version and step.left == version:
            return step.decision_id
        if (version and step.version == version) or (key and step.key == key):
            return None
        if key and step.left_key == key and (since is None or step.time > since):
            return step.decision_id
    return None
