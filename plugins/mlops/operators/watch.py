"""One look of the watchdog at one model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlops.operators.base import ModelOperator
from mlops.operators.results.monitoring import Watched

if TYPE_CHECKING:
    from airflow.sdk import Context


class WatchOperator(ModelOperator):
    """Looks for what should have happened to a model and has not, and notifies people once of each.

    What is over is resolved. A fact that can't be found out is named in the log, and alerts about it stay as
    they are; if a server was down, the task is retried once everything else is done.
    """

    shown = True
    ui_color = "#ffe0dc"

    def execute(self, context: Context) -> dict[str, Any]:
        """Return what people know of: how many things are silent, and what could not be watched.

        :raises InfrastructureError: a server did not answer.
        """
        from include.watchdog.look import KIND, look_at
        from mlops.alerts.on_page import show_open_alerts
        from mlops.alerts.send import resolve_alerts
        from mlops.model_asset import model_asset
        from mlops.watchdog.gather import Gatherer
        from mlops.watchdog.late_runs import is_over
        from mlops.watchdog.memory import MemoryStore

        settings = self.config.monitoring.watchdog
        if settings is None:
            self.log.info("monitoring.watchdog is off: nothing is watched")
            resolve_alerts(self.config, lambda known: known.kind.startswith(KIND), self.store)
            return Watched(silent=0, notified=0, unwatched={}).to_xcom()
        memory = MemoryStore(context, model_asset(self.model_folder))
        gatherer = Gatherer(
            self.config, settings, datetime.now(UTC), instance=context["ti"], store=self.store,
            data_registry=lambda: self.data_registry, model_registry=self.model_registry, ledger=self.ledger,
        )  # fmt: skip
        facts = gatherer.gather(memory.read())
        memory.write(facts.memory)
        look = look_at(facts)
        for rule, why in look.unwatched.items():
            self.log.warning("Not watched: %s (%s)", rule, why)
        notified = sum(self.send_alert(alert) for alert in look.alerts)
        left = resolve_alerts(
            self.config, lambda known: look.resolves(known) or is_over(context["ti"], known), self.store
        )
        if left is not None:
            show_open_alerts(context, self, lambda: left)
        for alert in look.alerts:
            self.log.warning("%s\n%s", alert.headline, alert.text)
        self.log.info("%d silent, of which people were notified now: %d", len(look.alerts), notified)
        if gatherer.outage is not None:
            raise gatherer.outage
        return Watched(silent=len(look.alerts), notified=notified, unwatched=look.unwatched).to_xcom()
