"""A deployment: which version is meant, and by which id it is known in both ledgers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.deployment.outcome import KIND
from include.errors import ConfigError, StaleDecisionError
from include.promotion.alias_plan import decision_id

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class EarlierTry:
    """A deployment that a ledger knows.

    :param identifier: id of the decision.
    :param open: whether it is planned: neither applied nor abandoned.
    :param abandoned: whether it never will be applied.
    """

    identifier: str
    open: bool
    abandoned: bool


def check_apart(source: str, target: str) -> None:
    """Make sure that a version goes from one environment into another.

    :raises ConfigError: they are the same.
    """
    if source == target:
        raise ConfigError(
            f"--from and --to both name {source!r}: a version is deployed from one environment into another; "
            "within one it is promoted."
        )


def identify(model: str, run_id: str, source: str, target: str, earlier: Sequence[EarlierTry]) -> str:
    """Return the id of the decision to deploy a version: that of an earlier try, unless it was abandoned.

    :param model: the model's name.
    :param run_id: its MLflow run in the source.
    :param source: the environment that it comes from.
    :param target: the environment that it goes to.
    :param earlier: what the source's ledger knows of deployments of this run into this target.
    """
    known = [one.identifier for one in earlier if not one.abandoned]
    if known:
        return known[0]
    return decision_id(model, KIND, run_id, source, target, str(len(earlier)))


def check_alone(model: str, identifier: str, other: str, what: str) -> None:
    """Refuse a deployment while another one of the model is under way.

    :param model: the model's name.
    :param identifier: id of this one.
    :param other: id of the one that is under way.
    :param what: that one, as people know it.
    :raises StaleDecisionError: it is another one.
    """
    if other != identifier:
        raise StaleDecisionError(
            f"{model}: {what} is under way (decision {other}): nothing was copied. Wait for it; if its "
            "process is gone, run it again, which finishes it, or give it up: --abandon."
        )
