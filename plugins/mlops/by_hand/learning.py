"""Train, evaluate, register and promote by hand: the tasks of the training DAG, a few at a time.

All commands on one as-of date work on one run, ``by_hand__<date>``: what its tasks hand on is kept, so that
``evaluate`` goes on where ``train`` ended, and the same command finishes what was killed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowSkipException

from include.config.config_errors import one_of
from include.errors import ConfigError, ModelError, RefusedError, StaleDecisionError
from include.promotion.alias_plan import CHALLENGER, CHAMPION, decision_id
from include.promotion.version_reference import VersionReference
from include.verdicts import Verdict
from mlops.by_hand.hand_run import HandRun
from mlops.by_hand.kept_run import KeptRun, kept_dates, read_kept
from mlops.by_hand.outcome import Outcome
from mlops.by_hand.same_model import check_same_model
from mlops.dag_factory.model_dags import common_arguments
from mlops.dag_factory.task_groups import learn_and_promote, learning_params
from mlops.defaults import Tag
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import ModelRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig

_AFTER_TRAINING = ("evaluate", "gate", "register", "promote")


class Learning:
    """The training DAG of a model, run by hand as of a date.

    :param folder: the model's folder.
    :param config: its configuration.
    :param user: who works.
    """

    def __init__(self, folder: Path, config: ModelConfig, user: str) -> None:
        self.folder, self.config, self.user = folder, config, user
        self.store, self.mlflow = ObjectStoreHook(), MlflowHook()
        self.registry = ModelRegistry(self.mlflow, config.name)
        self.ledger = Ledger(self.mlflow, config.name)

    def train(self, as_of: str, *, force: bool = False) -> Outcome:
        """Run extract, validate, prepare, check_new_data and train.

        :param as_of: ISO date; nothing later is used.
        :param force: train although nothing is new.
        """
        kept = KeptRun(model=self.config.name, as_of=as_of, by=self.user)
        run = self._hand_run(kept, force=force)
        try:
            for task in ("extract", "validate", "prepare"):
                run.run(task)
        except AirflowSkipException as skipped:
            raise RefusedError(str(skipped)) from skipped
        follow = run.run("check_new_data")
        verdict = _verdict(run.pushed("check_new_data", "verdict"))
        if follow is None:
            return Outcome(done=[], figures={"as_of": as_of}, verdicts=[verdict], refused=True)
        trained = run.run("train")
        kept.save(self.store)
        page = self.mlflow.run_url(self.mlflow.run(trained["run_id"]))
        done = [
            f"trained {self.config.name} as of {as_of} on {trained['rows']:,} rows: MLflow run "
            f"{trained['run_id']}",
            f"page      {page}",
            f"next      bin/mlops evaluate {self.config.name} --as-of {as_of}",
        ]
        figures = {"as_of": as_of, "run": kept.run_id, "mlflow_run": trained["run_id"], "page": page}
        return Outcome(done=done, figures=figures, verdicts=[verdict])

    def evaluate(self, as_of: str | None) -> Outcome:
        """Run evaluate, and show what the gate would decide, without recording it.

        :param as_of: the run's date; None for the newest.
        """
        run, kept = self._evaluated(as_of)
        if "gate" in kept.results:
            verdict = _verdict(run.pushed("gate", "verdict"))
        else:
            run.params["dry_run"] = True
            run.run("gate")
            verdict = _verdict(run.pushed("gate", "verdict"))
            kept.forget("gate")  # it was a preview
        evaluated = kept.results["evaluate"]
        low, high = evaluated["low"], evaluated["high"]
        done = [
            f"evaluated {self.config.name} as of {kept.as_of}: {evaluated['metric']} is "
            f"{evaluated['value']:.4f} [{low:.4f}, {high:.4f}]",
            f"page      {evaluated['run_url']}",
        ]
        return Outcome(done=done, figures=self._figures(kept), verdicts=[verdict])

    def register(self, as_of: str | None) -> Outcome:
        """Let the gate decide, for the record, and register what passed as a version: for staging.

        The version gets the alias ``challenger``, unless it serves in production already.

        :param as_of: the run's date; None for the newest.
        """
        run, kept = self._evaluated(as_of)
        if "gate" not in kept.results:
            run.run("gate")
            kept.save(self.store)
        verdict = _verdict(run.pushed("gate", "verdict"))
        if kept.results["gate"] != "register":
            return Outcome(done=[], figures=self._figures(kept), verdicts=[verdict], refused=True)
        registered = run.run("register")
        kept.save(self.store)
        version = registered["version"]
        if self.registry.aliases().get(CHAMPION) != version:
            self.registry.set_alias(CHALLENGER, version)
        done = [
            f"version {version} of {self.config.name} is registered; aliases {self._aliases()}",
            f"page      {registered['url']}",
        ]
        return Outcome(done=done, figures=self._figures(kept), verdicts=[verdict])

    def promote(self, as_of: str | None, version: str | None = None) -> Outcome:
        """Run promote: the reproducibility check, the entry in the ledger, then the aliases.

        :param as_of: the run's date; None for the newest one with a version, or with this version.
        :param version: the version that is meant; None for the run's.
        :raises RefusedError: the version does not reproduce its predictions, or was rejected.
        :raises StaleDecisionError: what the gate decided no longer holds, or the approval is missing.
        """
        kept = self.find_version(as_of, version)
        number = str(kept.results["register"]["version"])
        run = self._hand_run(kept)
        entry = self.ledger.find(
            decision_id(self.config.name, "approval", kept.results["register"]["run_id"])
        )
        if entry is not None and entry.applied and entry.decision == "reject":
            raise RefusedError(f"version {number} may not serve: {entry.summary}. Train another candidate.")
        try:
            run.run("promote")
        except StaleDecisionError as error:
            raise StaleDecisionError(
                f"{error}\nBy hand: `bin/mlops train {self.config.name}` compares anew with what serves now."
            ) from error
        except ModelError as error:
            raise RefusedError(str(error)) from error
        kept.save(self.store)
        serving = self.registry.aliases().get(CHAMPION)
        if serving != number:
            raise RefusedError(
                f"version {number} was promoted before, and version {serving} serves by now: nothing was "
                f"moved. `bin/mlops rollback {self.config.name} --to {number}` returns to it."
            )
        applied = self.ledger.find(kept.results["promote"]["decision_id"])
        summary = applied.summary if applied else ""
        done = [
            f"version {number} of {self.config.name} serves; aliases {self._aliases()}",
            f"ledger    {kept.results['promote']['decision_id']}: {summary}",
        ]
        return Outcome(done=done, figures=self._figures(kept))

    def gate_verdict(self, kept: KeptRun) -> Verdict:
        """Return what the gate decided in a run."""
        return _verdict(kept.pushed["gate"]["verdict"])

    def find_version(self, as_of: str | None, version: str | None) -> KeptRun:
        """Return the run by hand that registered a version.

        :param as_of: the run's date; None for any.
        :param version: its number or an alias; None for the newest run's.
        :raises ConfigError: there is none.
        """
        dates = kept_dates(self.store, self.config.name)
        runs = [self._kept(date) for date in ([as_of] if as_of else reversed(dates))]
        found = {str(one.results["register"]["version"]): one for one in runs if "register" in one.results}
        if version is None and found:
            return next(iter(found.values()))
        if version is not None:
            version = VersionReference.of(self.config.name, version).number(self.registry.aliases())
        if version in found:
            return found[str(version)]
        name = self.config.name
        if version is None:
            raise ConfigError(
                f"No version of {name} was registered by hand{f' as of {as_of}' if as_of else ''}: "
                f"`bin/mlops register {name}` does that."
            )
        raise ConfigError(
            f"Version {version} of {name} was not registered by hand: {one_of(found, version)}. A version "
            f"that {name}_training registered is promoted by it; one that served is returned to with "
            f"`bin/mlops rollback {name} --to {version}`."
        )

    def _evaluated(self, as_of: str | None) -> tuple[HandRun, KeptRun]:
        """Return a run whose candidate is evaluated against the champion that serves now.

        :raises StaleDecisionError: another model.yaml or estimator than the folder's was trained.
        """
        dates = kept_dates(self.store, self.config.name)
        kept = self._kept(as_of or (dates[-1] if dates else ""))
        check_same_model(kept, self.folder, self.config)
        run = self._hand_run(kept)
        serving = self.registry.aliases().get(CHAMPION)
        own = kept.results.get("register", {}).get("version")
        known = kept.results.get("evaluate")
        if known is None or ("promote" not in kept.results and known["champion_version"] != serving != own):
            kept.forget(*_AFTER_TRAINING)
            run.run("evaluate")
            kept.save(self.store)
        return run, kept

    def _kept(self, as_of: str) -> KeptRun:
        """Return the run as of a date.

        :raises ConfigError: nobody has trained by hand as of that date.
        """
        kept = read_kept(self.store, self.config.name, as_of) if as_of else None
        if kept is None:
            name, dates = self.config.name, kept_dates(self.store, self.config.name)
            known = f": {one_of(dates, as_of)}" if as_of and dates else ""
            raise ConfigError(
                f"{name} was not trained by hand{f' as of {as_of}' if as_of else ''}{known}. Begin with "
                f"`bin/mlops train {name}{f' --as-of {as_of}' if as_of else ''}`."
            )
        return kept

    def _hand_run(self, kept: KeptRun, *, force: bool = False) -> HandRun:
        arguments = common_arguments(self.config, Tag.TRAINING, "")
        with DAG(**arguments, schedule=None, params=learning_params()) as dag:
            learn_and_promote(self.folder, self.config)
        return HandRun(dag, kept, self.user, {"as_of": kept.as_of, "force": force, "dry_run": False})

    def _aliases(self) -> str:
        found = self.registry.aliases()
        return ", ".join(f"{alias} = {version}" for alias, version in sorted(found.items())) or "none"

    def _figures(self, kept: KeptRun) -> dict[str, Any]:
        names = ("evaluate", "register", "promote")
        return {"as_of": kept.as_of, "run": kept.run_id, **{one: kept.results.get(one) for one in names}}


def _verdict(plain: Any) -> Verdict:
    return Verdict.from_dict(plain)
