"""One look at a model: every rule, and the alerts about what has not happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.alerting.alert import Alert, Cause
from include.watchdog.rules import RULES
from include.watchdog.silence import show

if TYPE_CHECKING:
    from include.alerting.alert import OpenAlert
    from include.watchdog.facts import Facts
    from include.watchdog.silence import Rule, Silence

KIND = "silence: "
"""How the kind of each cause begins; the name of the rule follows."""
RUNBOOK = "what-the-watchdog-says"


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a look has found.

    :param alerts: about what has not happened.
    :param unwatched: rule to why it could not be applied.
    """

    alerts: tuple[Alert, ...]
    unwatched: dict[str, str]

    def resolves(self, known: OpenAlert) -> bool:
        """Tell whether an open alert of the watchdog is over.

        What was not looked at is not over.

        :param known: an open alert, of whatever kind.
        """
        if not known.kind.startswith(KIND) or known.kind.removeprefix(KIND) in self.unwatched:
            return False
        still = {(alert.cause.kind, alert.cause.subject) for alert in self.alerts}
        return (known.kind, known.subject) not in still


def look_at(facts: Facts) -> Look:
    """Apply every rule.

    :param facts: what is known.
    """
    alerts: list[Alert] = []
    unwatched: dict[str, str] = {}
    for rule in RULES:
        if rule.name in facts.settings.ignore:
            continue
        missing = [facts.unknown[need] for need in rule.needs if need in facts.unknown]
        if missing:
            unwatched[rule.name] = "; ".join(dict.fromkeys(missing))
            continue
        alerts += [to_alert(facts.model, rule, silence) for silence in rule.find(facts)]
    return Look(alerts=tuple(alerts), unwatched=unwatched)


def to_alert(model: str, rule: Rule, silence: Silence) -> Alert:
    """Return the alert about something that has not happened.

    :param model: the model's name.
    :param rule: that found it.
    :param silence: what it found.
    """
    return Alert(
        cause=Cause(model=model, kind=f"{KIND}{rule.name}", subject=silence.subject),
        subject=f"{model}: {rule.name}: {silence.what}",
        text=f"Found: {silence.what}.\nSilent since: {show(silence.since)}\n"
        f"Expected: {silence.expected}.\nWhat to do: {silence.to_do}\nResolved by: {silence.resolved}.",
        effect=silence.effect,
        runbook=RUNBOOK,
    )
