"""Acknowledge an alert: it stays open until its cause has ended, and others see that somebody is at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import ConfigError
from include.verdicts import Verdict
from mlops.alerts.open_alerts import OpenAlerts
from mlops.requests.base import Request

if TYPE_CHECKING:
    from mlops.requests.base import Asked


def _acknowledge(asked: Asked) -> Verdict:
    model = asked.config.name
    known = OpenAlerts(model, asked.store).acknowledge(asked.subject, by=asked.by, reason=asked.reason)
    if known is None:
        raise ConfigError(
            f"no alert {asked.subject!r} of {model} is open: its cause has ended, or `bin/mlops alerts "
            f"{model}` lists it under another name. Nothing was changed."
        )
    return Verdict(
        kind="acknowledgement", decision="acknowledge", subject=known.headline,
        summary=f"{asked.by} acknowledged it: {asked.reason}",
        counterfactuals=("the end of its cause: then it is closed, and told again if it comes back",),
    )  # fmt: skip


ACKNOWLEDGE = Request(name="acknowledge", subject="digest of the alert's cause", do=_acknowledge)
