"""docker-compose.yaml as it is written and as compose would resolve it; no Docker engine is needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>[A-Z0-9_]+)(?P<rule>:\?|:-|)(?P<text>[^}]*)\}")


def resolve(text: str, values: dict[str, str]) -> str:
    """Replace ``${NAME:?message}`` and ``${NAME:-default}`` as compose does."""

    def value(match: re.Match[str]) -> str:
        default = match["text"] if match["rule"] == ":-" else ""
        return values.get(match["name"]) or default

    return VARIABLE.sub(value, text).replace("$$", "$")


@pytest.fixture(scope="session")
def variable() -> re.Pattern[str]:
    """A variable as compose knows it: groups name, rule and text."""
    return VARIABLE


@pytest.fixture(scope="session")
def text() -> str:
    return (ROOT / "docker-compose.yaml").read_text()


@pytest.fixture(scope="session")
def raw(text: str) -> dict[str, Any]:
    """The file with its variables still in it."""
    return dict(yaml.safe_load(text))


@pytest.fixture(scope="session")
def values(text: str) -> dict[str, str]:
    """A made-up value for each required name."""
    required = {match["name"] for match in VARIABLE.finditer(text) if match["rule"] == ":?"}
    return {name: f"made-up-{name.lower().replace('_', '-')}" for name in required}


@pytest.fixture(scope="session")
def services(text: str, values: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The services with every variable filled in."""
    return dict(yaml.safe_load(resolve(text, values))["services"])


@pytest.fixture(scope="session")
def project_services(services: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Those that run this project's own image."""
    return {name: service for name, service in services.items() if service["image"].startswith("mlops:")}
