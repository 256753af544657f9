"""``bin/mlops deploy``: three processes, one in each environment at a time, and none in both."""

from __future__ import annotations

import getpass
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from include.deployment.outcome import Outcome
from include.deployment.plan import check_apart
from include.errors import ConfigError
from include.promotion.version_reference import VersionReference
from include.verdicts import Verdict
from mlops.cli.environments_known import find_environment
from mlops.cli.exit_codes import ExitCode
from mlops.cli.in_environment import ask
from mlops.cli.known_models import find_model
from mlops.cli.output import show
from mlops.hooks.environment import current_environment


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a person has answered.

    :param approved_by: who approved; None where nobody did.
    :param rejected_by: who rejected.
    :param comment: why.
    """

    approved_by: str | None
    rejected_by: str | None
    comment: str


def run(reference: str, *, source: str, target: str, answered: Answered, abandon: bool, as_json: bool) -> int:
    """Deploy a version, print what came of it; return the exit code.

    :param reference: model, and alias or number of a version.
    :param source: the environment that it comes from.
    :param target: the environment that it goes to.
    :param answered: what a person has answered.
    :param abandon: give up the one that is under way instead.
    :param as_json: whether to print JSON.
    :raises ConfigError: there is no such model or environment, or both are the same.
    """
    wanted = VersionReference.parse(reference)
    model, which = wanted.model, wanted.alias or wanted.version
    check_apart(source, target)
    for name in (source, target):
        find_environment(name)
    if current_environment() not in {None, source, target}:
        raise ConfigError(
            f"This process works in environment {current_environment()!r}, and the deployment is from "
            f"{source!r} to {target!r}: leave --environment (MLOPS_ENVIRONMENT) out."
        )
    if answered.approved_by and answered.rejected_by:
        raise ConfigError("--approved-by and --rejected-by were both given; one answer counts")
    find_model(model)
    both = {"model": model, "from": source, "to": target}
    if abandon:
        verdict = ask(target, "abandon", both)
        ask(source, "abandon", {**both, "verdict": verdict})
    else:
        verdict = _deploy({**both, "which": which, "by": getpass.getuser()}, answered)
    found = Verdict.from_dict(verdict)
    show(as_json, verdict, found.to_text)
    return ExitCode.DONE if abandon or found.decision == Outcome.DEPLOYED else ExitCode.REFUSED


def _deploy(request: dict[str, Any], answered: Answered) -> dict[str, Any]:
    """Collect in the source, deploy in the target, write down in the source what came of it."""
    with tempfile.TemporaryDirectory(prefix="deployment-") as scratch:
        folder = Path(scratch) / "evidence"
        folder.mkdir()
        request = {**request, "folder": str(folder)}
        evidence = ask(request["from"], "collect", request)
        verdict = ask(request["to"], "deploy", {**request, "answered": asdict(answered)})
    closing = {"model": request["model"], "deployment": evidence["deployment"], "verdict": verdict}
    ask(request["from"], "close", closing)
    return verdict
