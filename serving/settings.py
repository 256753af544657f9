"""The options of the server, checked before anything starts."""

from __future__ import annotations

import argparse
import ipaddress
import math
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from include.errors import ConfigError
from include.serving.token_file import check_token, read_token
from serving.canary import parse_share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TOKEN, LOGIN, PASSWORD, TRACKING = (
    "SERVING_TOKEN",
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_URI",
)
_SHORTEST = 16  # characters of a token
_ALIAS = re.compile(
    r"[A-Za-z0-9_-]{1,255}"
)  # as MLflow has it (mlflow.utils.validation); it names a file here


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a server was started with; the options of the same names say what each is (``--help``).

    :param token: what clients have to send; empty where none is asked for.
    """

    model: str
    models: Path
    mlflow: str
    login: str = ""
    password: str = field(default="", repr=False)
    alias: str = "champion"
    challenger: str = "challenger"
    canary: float = 0.0
    accept_signature: str = ""
    state: Path
    poll_seconds: float = 5.0
    host: str = "127.0.0.1"
    port: int = 8000
    token: str = field(default="", repr=False)
    max_bytes: int = 16_000_000
    max_rows: int = 10_000
    max_waiting: int = 64
    max_connections: int = 512
    header_seconds: float = 5.0
    body_seconds: float = 15.0
    answer_seconds: float = 30.0
    log_to: str = ""
    log_share: float = 1.0
    log_seconds: float = 60.0
    log_queue: int = 100_000

    @property
    def memory(self) -> Path:
        """The file that remembers what was served."""
        return self.state / f"{self.model}.{self.alias}.json"


def parse_settings(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a command line.

    :param arguments: without the program's name.
    :param environment: the process' own by default.
    :raises ConfigError: they don't go together.
    :raises SystemExit: an option is unknown or has no valid value; argparse has said so.
    """
    given = os.environ if environment is None else environment
    options = vars(_parser().parse_args(arguments))
    token_file = options.pop("token_file")
    found = check_token(given.get(TOKEN, "").strip(), TOKEN)
    token = read_token(token_file, "--token-file") if token_file else found
    options["mlflow"] = options["mlflow"] or given.get(TRACKING, "")
    login, password = given.get(LOGIN, ""), given.get(PASSWORD, "")
    settings = Settings(**options, token=token, login=login, password=password)
    _check(settings)
    return settings


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _check(settings: Settings) -> None:
    if not settings.mlflow:
        raise ConfigError(f"Where is MLflow? Give --mlflow http://host:port, or set {TRACKING}.")
    if not is_loopback(settings.host) and not settings.token:
        raise ConfigError(
            f"--host {settings.host} is reached from other machines, and there is no token: put one of at "
            f"least {_SHORTEST} characters into a file for --token-file, or into {TOKEN} "
            "(openssl rand -hex 24 makes one), or bind to 127.0.0.1."
        )
    if settings.token and len(settings.token) < _SHORTEST:
        raise ConfigError(
            f"The token has {len(settings.token)} characters; expected {_SHORTEST} or more: "
            "openssl rand -hex 24 makes one."
        )
    for option, alias in (("--alias", settings.alias), ("--challenger", settings.challenger)):
        if not _ALIAS.fullmatch(alias):
            raise ConfigError(f"{option} {alias!r} is not a valid alias: expected letters, digits, - and _.")
    if settings.canary and settings.challenger == settings.alias:
        raise ConfigError(f"--canary needs another alias than --alias {settings.alias}: give --challenger.")


def _positive(kind: type) -> Callable[[str], float]:
    def read(text: str) -> float:
        number: float = kind(text)
        if not 0 < number < math.inf:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
        return number

    read.__name__ = "number"  # argparse names it
    return read


def _share(text: str) -> float:
    try:
        return parse_share(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share; expected such as 10%% or 0.1") from error


def _parser() -> argparse.ArgumentParser:
    defaults = {name: one.default for name, one in Settings.__dataclass_fields__.items()}
    parser = argparse.ArgumentParser(
        prog="python -m serving",
        description="Answers /invocations with the model version that an alias of MLflow's registry points "
        "to, and follows the alias. docs/serving.md.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )

    def option(name: str, kind: type | object, what: str, **more: object) -> None:
        key = name.replace("-", "_")
        parser.add_argument(f"--{name}", type=kind, help=what, **{"default": defaults.get(key), **more})  # type: ignore[arg-type]

    option("model", str, "which model: a folder below --models", required=True, default=argparse.SUPPRESS)
    option("models", Path, "folder of the model folders", default=Path("include/models"))
    option("mlflow", str, f"MLflow's address, http://host:port; else {TRACKING} says it", default="")
    option("alias", str, "the alias whose version answers")
    option("canary", _share, "share of the entities that the challenger answers, such as 10%%")
    option("challenger", str, "the alias of the version that does")
    option("accept-signature", str, "digest of a changed signature that clients are ready for")
    option("state", Path, "folder that remembers what was served", default=Path(".state/serving"))
    option("poll-seconds", _positive(float), "between two looks at the alias")
    option("host", str, "address to listen on; any but loopback needs a token")
    option("port", int, "port to listen on; 0 takes a free one")
    option("token-file", Path, f"file with the token that clients send; else {TOKEN} holds it", default=None)
    option("max-bytes", _positive(int), "of one request's body")
    option("max-rows", _positive(int), "of one request")
    option("max-waiting", _positive(int), "requests that may wait for the model; more are answered 503")
    option("max-connections", _positive(int), "open at a time; more are answered 503")
    option("header-seconds", _positive(float), "in which the headers of a request have to be there")
    option("body-seconds", _positive(float), "in which its body has to be there")
    option("answer-seconds", _positive(float), "in which it is answered")
    option("log-to", str, "file:///folder or s3://bucket/prefix for requests and answers; empty logs none")
    option("log-share", _share, "share of the requests that are logged")
    option("log-seconds", _positive(float), "between two files of the log")
    option("log-queue", _positive(int), "rows that may wait to be logged; more are counted and dropped")
    return parser
