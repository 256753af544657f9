"""The part of ``model.yaml`` that says what follows a promotion: shadow, probation, rollback."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from include.config.base import StrictModel

MOST_LOOKS = 366


class Probation(StrictModel):
    """How long and by what a promoted version has to show that it is no worse than the one it displaced.

    :param rollback: ``ask`` sends an alert that says what to trigger; ``automatic`` rolls back, as soon as
        enough earlier deliveries show how far deliveries differ beyond what chance explains.
    :param deliveries: labelled deliveries after which it ends; the more there are, the higher the bar.
    :param max_loss: mean loss of the gate's primary metric that is put up with: in the metric's unit, or as a
        share of what the displaced version reaches where that is the target's unit.
    :param rows: rows of a delivery that the displaced version scores; of a larger one, a share of the
        entities that is drawn by a hash of their id.
    """

    rollback: Literal["ask", "automatic"] = "ask"
    deliveries: Annotated[int, Field(ge=1, le=MOST_LOOKS)] = 6
    max_loss: Annotated[float, Field(ge=0)] = 0.0
    rows: Annotated[int, Field(ge=1000)] = 50_000
