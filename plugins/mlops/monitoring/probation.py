"""Probation as of a date: decide about the newest promotion, and draw up the accounts of all.

Everything follows from predictions, labels and the ledger, and may be done any number of times.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from include.promotion.alias_plan import CHAMPION, decision_id
from include.promotion.probation.decide import decide
from include.promotion.probation.draw_up import draw_up
from include.promotion.probation.evidence import design_effect, measure_scatter
from include.promotion.probation.promotions import PromotionState
from include.promotion.probation.record import PairStatus
from include.promotion.probation.subject import OnProbation, ProbationDecision
from mlops.monitoring.paired_predictions import PairedPredictions
from mlops.monitoring.run_data import RunData
from mlops.tracking.accounts import (
    PROBATION,
    find_promotions,
    read_account,
    read_cost,
    read_promise,
    write_account,
)
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.tags import BY, LOOK, PROMOTION, VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.lineage import Manifest
    from include.promotion.probation.account import Account
    from include.promotion.probation.decide import Outcome
    from include.promotion.probation.evidence import Scatter
    from include.promotion.probation.promotions import Move, PromotionLife
    from include.promotion.probation.record import PairedDelivery
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.mlflow import MlflowHook

log = logging.getLogger(__name__)


class Probations:
    """The promotions of one model, and what they have delivered by a date.

    :param config: the model's configuration.
    :param hook: the MLflow hook.
    :param as_of: ISO date whose knowledge is used.
    """

    def __init__(self, config: ModelConfig, hook: MlflowHook, *, as_of: str) -> None:
        self._config = config
        self._hook = hook
        self._as_of = as_of
        self._versions = ModelRegistry(hook, config.name)
        self._ledger = Ledger(hook, config.name)
        entries = self._ledger.entries()
        self._entries = {entry.decision_id: entry for entry in entries}
        serving = self._versions.aliases().get(CHAMPION)
        lives = find_promotions(entries, self._versions, serving, on=config.probation is not None)
        self.lives = [life for life in lives if life.move.as_of <= as_of]
        self._compared: dict[str, list[PairedDelivery]] = {}
        self._unpaired: dict[str, int] = {}

    @property
    def open(self) -> PromotionLife | None:
        """The promotion that evidence may still decide about."""
        return self.lives[0] if self.lives and self.lives[0].open else None

    @property
    def is_past(self) -> bool:
        """Whether a run as of a later date has drawn up the newest account already."""
        known = read_account(self._entries[self.lives[0].move.decision_id]) if self.lives else None
        return known is not None and known.as_of > self._as_of

    def compare(self, registry: DataRegistryHook, manifest: Manifest, scratch: Path) -> None:
        """Compare the versions of each promotion on the deliveries that a run may look at.

        :param registry: the data registry, which also knows the object store.
        :param manifest: the snapshots that the run may use.
        :param scratch: folder for copies.
        :raises DataError: labels contradict each other, or predictions are damaged.
        """
        if not any(life.compared for life in self.lives):
            return
        paired = PairedPredictions(
            RunData(
                config=self._config,
                hook=self._hook,
                registry=registry,
                manifest=manifest,
                as_of=self._as_of,
                scratch=scratch,
            )
        )
        moves = [
            life.move
            for life in self.lives
            if life.compared and (life is self.open or paired.pair(life.move))
        ]
        self._compared = paired.compare(moves)
        self._unpaired = {
            move.decision_id: paired.count_unpaired(move, lasting=self._lasts(move)) for move in moves
        }

    def _lasts(self, move: Move) -> bool:
        """Return whether the displaced version should score along still."""
        settings, open_one = self._config.probation, self.open
        if settings is None or open_one is None or open_one.move is not move:
            return False
        return len(self._compared[move.decision_id]) < settings.deliveries

    def decide(self) -> Outcome | None:
        """Return what follows for the promotion on probation; None where there is none."""
        life, settings = self.open, self._config.probation
        if life is None or settings is None:
            return None
        subject = OnProbation(
            model=self._config.name,
            decision_id=life.move.decision_id,
            version=life.move.version,
            displaced=life.move.displaced,
            displaced_exists=self._versions.version(life.move.displaced) is not None,
        )
        return decide(
            self._compared.get(life.move.decision_id, ()),
            subject,
            settings,
            metric=self._config.gate.primary,
            design_effect=self._design_effect(life),
            unpaired=self._unpaired.get(life.move.decision_id, 0),
        )

    def record(self, outcome: Outcome, decided_by: str) -> bool:
        """Put a decision into the ledger, once for each look; return whether it was put there now.

        :param outcome: what :meth:`decide` returned.
        :param decided_by: the Airflow task.
        """
        life = self.open
        if life is None or outcome.decision is ProbationDecision.CONTINUE:
            return False
        promotion, look = life.move.decision_id, str(outcome.look)
        identifier = decision_id(self._config.name, PROBATION, promotion, look, str(outcome.decision))
        known = self._entries.get(identifier)
        if known is not None and known.applied:
            return False
        entry = self._ledger.record_planned(
            identifier,
            outcome.verdict,
            plan={},
            decided_by=decided_by,
            tags={
                PROMOTION: promotion, LOOK: look,
                VERSION: life.move.version, BY: PROBATION,
            },
        )  # fmt: skip
        self._ledger.record_applied(entry, outcome.verdict)
        return True

    def draw_up_accounts(self, outcome: Outcome | None) -> list[Account]:
        """Write the account of each promotion to the ledger; return those that changed.

        :param outcome: what :meth:`decide` returned.
        """
        changed = []
        for life in self.lives:
            entry = self._entries[life.move.decision_id]
            stands, known = self._after(life, outcome), read_account(entry)
            looked_at = life.move.decision_id in self._compared
            if known is not None and not looked_at:
                if known.state == str(stands.state):
                    continue
                account = replace(known, as_of=self._as_of, state=str(stands.state), why=_ended(stands))
            else:
                account = self._draw_up(stands)
            if write_account(self._ledger, entry, account):
                changed.append(account)
        return changed

    def _draw_up(self, life: PromotionLife) -> Account:
        move = life.move
        return draw_up(
            life,
            self._compared.get(move.decision_id, ()),
            as_of=self._as_of,
            metric=self._config.gate.primary,
            promised=read_promise(self._entries[move.decision_id]),
            cost=read_cost(self._hook, self._versions.version(move.version)),
            unpaired=self._unpaired.get(move.decision_id, 0),
            confidence=self._config.gate.confidence,
            design_effect=self._design_effect(life),
        )

    def _after(self, life: PromotionLife, outcome: Outcome | None) -> PromotionLife:
        """Return how a promotion stands with what was decided just now."""
        if outcome is None or life is not self.open:
            return life
        state = {ProbationDecision.KEEP: PromotionState.KEPT, ProbationDecision.ASK: PromotionState.ASKED}
        return replace(life, state=state.get(outcome.decision, PromotionState.ON_PROBATION))

    def _design_effect(self, life: PromotionLife) -> float | None:
        """Return the design effect that the deliveries of all other promotions show."""
        return design_effect(self._scatter(other) for other in self.lives if other is not life)

    def _scatter(self, life: PromotionLife) -> Scatter:
        found: Sequence[PairedDelivery] | None = self._compared.get(life.move.decision_id)
        if found is None and (known := read_account(self._entries[life.move.decision_id])):
            return known.scatter
        return measure_scatter([one for one in found or () if one.status is PairStatus.MEASURED])


def _ended(life: PromotionLife) -> str:
    """Return which decision ended a promotion's probation."""
    return f"by decision {life.ended_by}" if life.ended_by else ""
