"""``bin/mlops smoke``: whether an endpoint serves a version as it was evaluated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from include.errors import ConfigError
from include.promotion.version_reference import VersionReference
from include.serving.smoke import FAIL, INCONCLUSIVE
from include.serving.token_file import read_token
from mlops.cli.exit_codes import ExitCode
from mlops.cli.known_models import find_model
from mlops.cli.local_connections import use_connections
from mlops.cli.output import show
from mlops.hooks.mlflow import MlflowHook
from mlops.serving.configured import configured_endpoint
from mlops.serving.endpoint import Endpoint
from mlops.serving.smoke import Smoke
from mlops.tracking.model_registry import ModelRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.serving_schema import Serving

_CODES = {FAIL: ExitCode.DIFFERS, INCONCLUSIVE: ExitCode.REFUSED}
_REQUESTS, _TIMEOUT = 20, 10.0


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was said on the command line; None where model.yaml says it, or nobody does.

    :param url: the endpoint.
    :param token_file: a file with its token.
    :param budget_ms: what the 95th percentile of the answers' times may be, milliseconds.
    :param requests: how many answers are timed.
    :param timeout: seconds that one answer may take.
    :param tolerance: largest difference.
    :param wait: seconds to wait until the endpoint serves the version.
    """

    url: str | None = None
    token_file: Path | None = None
    budget_ms: float | None = None
    requests: int | None = None
    timeout: float | None = None
    tolerance: float | None = None
    wait: float = 0.0


def smoke(reference: str, options: Options, *, as_json: bool = False) -> int:
    """Print the verdict of a smoke test; return the exit code.

    :param reference: ``model``, ``model@alias``, ``model@version`` or ``model/version``.
    :param options: what was said besides.
    :param as_json: whether to print JSON.
    :raises ConfigError: there is no such model, or nobody says where it is served.
    :raises ModelError: there is no such version any more, or it has no golden requests.
    """
    wanted = VersionReference.parse(reference)
    config = find_model(wanted.model)
    use_connections()
    endpoint = _endpoint(config.serving, config.name, options)
    registry = ModelRegistry(MlflowHook(), config.name)
    test = Smoke(
        registry=registry,
        endpoint=endpoint,
        version=wanted.number(registry.aliases()),
        alias=wanted.alias,
        requests=options.requests or (config.serving.requests if config.serving else _REQUESTS),
        budget_ms=options.budget_ms or (config.serving.latency_ms if config.serving else None),
        tolerance=options.tolerance,
    )
    if options.wait:
        test.wait(options.wait)
    verdict = test.run()
    show(as_json, verdict.to_dict(), verdict.to_text)
    return _CODES.get(verdict.decision, ExitCode.DONE)


def _endpoint(serving: Serving | None, model: str, options: Options) -> Endpoint:
    """Return the endpoint: that of the command line, or else that of model.yaml."""
    token = read_token(options.token_file, "--token-file") if options.token_file else ""
    if options.url is not None:
        return Endpoint(url=options.url, token=token, timeout=options.timeout or _TIMEOUT)
    if serving is None:
        raise ConfigError(
            f"nobody says where {model} is served: give --url, or write the section 'serving' into its "
            "model.yaml"
        )
    known = configured_endpoint(serving)
    return replace(known, token=token or known.token, timeout=options.timeout or known.timeout)
