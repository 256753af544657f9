"""Ask the endpoint whether it serves the new champion, and serves it rightly; if not, go back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import ConfigError, ModelError
from include.promotion.alias_plan import CHAMPION, PREVIOUS_CHAMPION, decision_id
from include.strict_json import to_json
from mlops.operators.decision import DecisionOperator
from mlops.operators.links import ModelVersionLink
from mlops.operators.results.decisions import Promoted
from mlops.operators.results.task_input import TaskInput
from mlops.run_context import SMOKE_RUN

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.verdicts import Verdict
    from mlops.serving.smoke import Smoke

RESULT = "serving/smoke_test.json"


class SmokeTestOperator(DecisionOperator):
    """Waits until the endpoint that ``model.yaml`` names serves the champion, and sends golden requests.

    After a promotion that fails, the branch ``roll_back`` is followed, which leads back to the version that
    served before: once for a promotion, and only from this version. Where no version served before, or after
    a rollback, the task fails, which alerts. If the alias was moved meanwhile, the test says nothing, and
    nothing follows.

    It pushes ``verdict`` and, where it rolls back, ``run_id`` and ``conf``.

    :param promoted: what ``promote`` or ``rollback`` returned.
    :param roll_back: id of the task to go on with where the test fails; empty where nothing is rolled back.
    """

    operator_extra_links = (ModelVersionLink(),)
    ui_color = "#fff5d6"
    promoted = TaskInput(Promoted)

    def __init__(self, *, promoted: Any, roll_back: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.promoted = promoted
        self.roll_back = roll_back

    def decide(self, context: Context) -> tuple[Verdict, str | None]:
        """Return the verdict and the task to follow, which is None where the endpoint does what it should.

        :raises ModelError: the test failed, and nothing is rolled back.
        """
        from include.serving.smoke import FAIL, KIND

        registry, version = self.model_registry, self.promoted.version
        self.link(ModelVersionLink.name, registry.url(version))
        smoke = self._smoke()
        serving = registry.aliases().get(CHAMPION)
        seconds = self.config.serving.wait_seconds if self.config.serving and serving == version else 0
        if not smoke.wait(seconds):
            self.log.warning("%s does not serve version %s after %s s", smoke.endpoint.url, version, seconds)
        verdict = smoke.run()
        self._keep(verdict)
        if verdict.decision != FAIL:
            return verdict, None
        before = registry.aliases().get(PREVIOUS_CHAMPION)
        if not self.roll_back or before is None:
            self.log.info("%s", verdict.to_text())
            why = "it is the first version" if self.roll_back else "it was rolled back to"
            raise ModelError(
                f"the smoke test of version {version} at {smoke.endpoint.url} failed ({verdict.summary}). "
                f"Nothing is rolled back, because {why}: look at the endpoint, then clear this task; or "
                f"trigger {self.config.name}_rollback with the number of a version."
            )
        identifier = decision_id(self.config.name, KIND, self.promoted.decision_id)
        self.push(context, "run_id", f"{SMOKE_RUN}{identifier}")
        conf = {"target": before, "only_from": version, "reason": f"smoke test: {verdict.summary}"}
        self.push(context, "conf", conf)
        return verdict, self.roll_back

    def _smoke(self) -> Smoke:
        from mlops.serving.configured import configured_endpoint
        from mlops.serving.smoke import Smoke

        serving = self.config.serving
        if serving is None:
            raise ConfigError(
                f"model.yaml of {self.config.name} has no section 'serving' any more, so there is nothing to "
                "test; set this task to success, or say where the model is served"
            )
        return Smoke(
            registry=self.model_registry,
            endpoint=configured_endpoint(serving),
            version=self.promoted.version,
            alias=CHAMPION,
            requests=serving.requests,
            budget_ms=serving.latency_ms,
        )

    def _keep(self, verdict: Verdict) -> None:
        """Keep the verdict with the run of the version; the newest one stays."""
        found = self.model_registry.version(self.promoted.version)
        if found is not None and found.run_id:
            self.mlflow.log_text(found.run_id, to_json(verdict.to_dict(), indent=2), RESULT)
