"""What one environment does for another, which :mod:`mlops.cli.in_environment` has entered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.config.load import load_model
from include.deployment.evidence import EVIDENCE_FILE, Evidence
from include.errors import ConfigError
from include.promotion.approval import Answer, read_comment
from include.verdicts import Verdict
from mlops import run_context
from mlops.deployment.abandon import abandon_in_source, abandon_in_target
from mlops.deployment.collect import collect_version
from mlops.deployment.deploy import deploy as deploy_copy
from mlops.deployment.describe import describe_environment, mark_environment
from mlops.deployment.source_entry import close_deployment
from mlops.deployment.target import Target
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import ModelRegistry

if TYPE_CHECKING:
    from mlops.cli.environments_known import Environment


def describe(environment: Environment, request: dict[str, Any]) -> dict[str, Any]:
    """Return what it serves, as :class:`include.deployment.overview.Overview` reads it."""
    del request
    return describe_environment(environment.name, environment.source).to_dict()


def mark(environment: Environment, request: dict[str, Any]) -> dict[str, Any]:
    """Mark its places, and return them."""
    del request
    return dict(mark_environment(environment.name))


def collect(environment: Environment, request: dict[str, Any]) -> dict[str, Any]:
    """Collect a version in its source; return its version and the id of the decision."""
    hook = MlflowHook()
    evidence = collect_version(
        ModelRegistry(hook, request["model"]), Ledger(hook, request["model"]), ObjectStoreHook(),
        request["which"], Path(request["folder"]),
        source=environment.name, target=request["to"], decided_by=_by(request),
    )  # fmt: skip
    return {"version": evidence.version, "deployment": evidence.deployment}


def deploy(environment: Environment, request: dict[str, Any]) -> dict[str, Any]:
    """Deploy what was collected; return the verdict."""
    folder, hook, model = Path(request["folder"]), MlflowHook(), request["model"]
    evidence = Evidence.from_dict(json.loads((folder / EVIDENCE_FILE).read_text()))
    if (evidence.source, evidence.target) != (request["from"], environment.name):
        raise ConfigError(
            f"{folder} was collected in {evidence.source!r} for {evidence.target!r}, and this is a "
            f"deployment from {request['from']!r} into {environment.name!r}: nothing was copied."
        )
    target = Target(
        evidence=evidence, folder=folder, registry=ModelRegistry(hook, model), ledger=Ledger(hook, model),
        store=ObjectStoreHook(), config=load_model(run_context.MODELS_ROOT / model),
        decided_by=_by(request), answer=_answer(request["answered"]),
    )  # fmt: skip
    return deploy_copy(target).to_dict()


def close(environment: Environment, request: dict[str, Any]) -> dict[str, Any]:
    """Write down in the source's ledger what came of a deployment."""
    del environment
    ledger = Ledger(MlflowHook(), request["model"])
    close_deployment(ledger, request["deployment"], Verdict.from_dict(request["verdict"]))
    return {}


def abandon(environment: Environment, request: dict[str, Any]) -> dict[str, Any]:
    """Give up what is under way; return why, as a verdict."""
    ledger = Ledger(MlflowHook(), request["model"])
    if environment.name == request["to"]:
        return abandon_in_target(ledger, request["from"], environment.name).to_dict()
    abandon_in_source(ledger, request["to"], Verdict.from_dict(request["verdict"]))
    return {}


def _by(request: dict[str, Any]) -> str:
    return f"bin/mlops deploy, {request['by']}"


def _answer(given: dict[str, Any]) -> Answer | None:
    person = given["approved_by"] or given["rejected_by"]
    if not person:
        return None
    at = datetime.now(UTC).isoformat(timespec="seconds")
    comment = read_comment(given["comment"])
    return Answer(approved=bool(given["approved_by"]), by=person, at=at, comment=comment)
