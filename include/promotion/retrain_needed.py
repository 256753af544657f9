"""Decide whether there is anything to learn that has not been learned already.

A training key names what a training run learns from: the exact training set, the configuration and the
estimator's code. Equal keys give equal models, so training again would cost time and change nothing. A
rejection also depends on the test set it was evaluated on; more evidence may change it.

Another champion holds out other entities, so that after each promotion the training set has other rows,
although nothing has become known. Keys are therefore *alike* when the whole window, held out or not, teaches
the same under the same configuration and code: a champion whose key is alike knows what there is.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from include.strict_json import to_json
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection

_SHOWN = 12


class NewDataDecision(StrEnum):
    """What the new-data check decides: whether there is something to train on."""

    TRAIN = "train"
    SKIP = "skip"


def training_key(train_digest: str, config_digest: str, estimator_digest: str) -> str:
    """Return the name of what a training run learns from.

    :param train_digest: digest of the frozen training set.
    :param config_digest: digest of the configuration.
    :param estimator_digest: digest of ``estimator.py``.
    :return: 64 hexadecimal digits.
    """
    content = {"train": train_digest, "config": config_digest, "estimator": estimator_digest}
    return hashlib.sha256(to_json(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the champion has learned from.

    :param version: its version.
    :param key: the training key it was made with.
    :param newest: the newest labelled partition (ISO date) it knows.
    """

    version: str
    key: str
    newest: str


def decide(
    newest: str,
    key: str,
    *,
    champion: Known | None,
    alike: Collection[str] = (),
    rejected_by: str | None = None,
    rolled_back_by: str | None = None,
    force: bool = False,
    subject: str = "training run",
) -> Verdict:
    """Decide whether to train.

    :param newest: the newest labelled partition (ISO date) of the run in question.
    :param key: the training key of the run in question.
    :param alike: keys of the same window under other holdouts, same configuration and code.
    :param champion: what the champion has learned from; None without a champion.
    :param rejected_by: id of the decision that rejected a candidate of the same key on the same test set;
        None when none did.
    :param rolled_back_by: id of the rollback from a version of the same key or one alike, whatever the test
        set; None when there was none, or a later one returned to it.
    :param force: train anyway.
    :param subject: what is decided about, such as ``credit_risk as of 2005-05-31``.
    :return: a verdict of kind ``new-data check`` with the decision ``train`` or ``skip``.
    """
    same = champion is not None and champion.key in {key, *alike}
    older = champion is not None and newest < champion.newest
    new = not (same or older or rejected_by or rolled_back_by)
    reasons = (
        Reason(
            rule="another key",
            passed=None if champion is None else not same,
            found="no champion yet"
            if champion is None
            else f"version {champion.version}: {champion.key[:_SHOWN]}",
            required=f"a champion trained with another key than {key[:_SHOWN]}"
            + (f" or {', '.join(one[:_SHOWN] for one in sorted(alike))}" if alike else ""),
        ),
        Reason(
            rule="not older",
            passed=None if champion is None else not older,
            found=f"labels up to {newest}",
            required="any" if champion is None else f"{champion.newest} or later",
        ),
        Reason(
            rule="not rejected",
            passed=rejected_by is None,
            found=f"rejected by decision {rejected_by}" if rejected_by else "never rejected",
            required="no candidate with this key that the gate rejected on this test set",
        ),
        Reason(
            rule="not rolled back",
            passed=rolled_back_by is None,
            found=f"rolled back from by decision {rolled_back_by}" if rolled_back_by else "never rolled back",
            required="no version with this key that somebody rolled back from",
        ),
        Reason(
            rule="force",
            passed=True if force else None,
            found=str(force).lower(),
            required="true trains anyway",
        ),
    )
    return Verdict(
        kind="new-data check",
        decision=str(NewDataDecision.TRAIN if new or force else NewDataDecision.SKIP),
        subject=subject,
        summary=_summarise(
            newest, key, champion, rejected_by, rolled_back_by, same=same, older=older, force=force
        ),
        reasons=reasons,
        inputs={
            "newest": newest,
            "key": key,
            "alike": sorted(alike),
            "champion": dataclasses.asdict(champion) if champion else None,
            "rejected_by": rejected_by,
            "rolled_back_by": rolled_back_by,
            "force": force,
        },
        counterfactuals=_alternatives(new=new, force=force),
    )


def _summarise(
    newest: str,
    key: str,
    champion: Known | None,
    rejected_by: str | None,
    rolled_back_by: str | None,
    *,
    same: bool,
    older: bool,
    force: bool,
) -> str:
    """Return the outcome and its main reason in one sentence."""
    if champion is None and rejected_by is None and rolled_back_by is None:
        return f"there is no champion yet: train on labels up to {newest}"
    if champion is not None and same:
        rows = "exactly the same rows" if champion.key == key else "the same deliveries and labels"
        others = "" if champion.key == key else ", with other entities held out"
        known = (
            f"nothing is new: champion version {champion.version} was trained on {rows}, configuration and "
            f"code{others} (labels are known up to {newest})"
        )
    elif champion is not None and older:
        known = (
            f"champion version {champion.version} knows labels up to {champion.newest}; this run's end at "
            f"{newest}"
        )
    elif rolled_back_by:
        known = (
            f"a version of the same rows, configuration and code was rolled back from (decision "
            f"{rolled_back_by}); it is not promoted again automatically"
        )
    elif rejected_by:
        known = f"nothing is new since decision {rejected_by}, which rejected a candidate of the same data"
    else:
        return f"labels up to {newest}, configuration or code: there is something the champion has not seen"
    return f"{known}; training anyway, because force was set" if force else known


def _alternatives(*, new: bool, force: bool) -> tuple[str, ...]:
    """Return what would have led to another decision."""
    if new:
        return ("the same data, configuration and estimator as the champion's or a rejected candidate's",)
    if force:
        return ("force left unset",)
    return (
        "labels that became known, a restated partition, a change of model.yaml or of estimator.py",
        "force set in the trigger form",
    )
