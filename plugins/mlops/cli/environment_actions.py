"""What one environment does for another, which :mod:`mlops.cli.in_environment` has entered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.deployment.describe import describe_environment, mark_environment

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
