"""The rules of docker-compose.yaml. It is parsed and its commands are tried; no container is started."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SECRET = re.compile(r"PASSWORD|SECRET|KEY|TOKEN")
Services = dict[str, dict[str, Any]]
Variable = re.Pattern[str]

pytestmark = pytest.mark.stack


def environment(service: dict[str, Any]) -> dict[str, str]:
    return dict(service.get("environment") or {})


def example_generators() -> dict[str, str]:
    """Return each name of .env.example with the command beside it."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    entries = [line for line in lines if line and not line.startswith("#")]
    parts = [re.fullmatch(r"([A-Z0-9_]+)= +# (.+)", line) for line in entries]
    assert all(parts), f".env.example: expected NAME=  # command in each of {entries}"
    return {part[1]: part[2] for part in parts if part}


# --- secrets --------------------------------------------------------------------------------------
def test_env_example_names_exactly_what_compose_reads(
    text: str, variable: Variable, values: dict[str, str]
) -> None:
    optional = {match["name"]: match["text"] for match in variable.finditer(text) if match["rule"] == ":-"}
    assert set(example_generators()) == {*values, *optional}
    for name, default in optional.items():
        assert example_generators()[name] == f"echo {default}", f"{name}: the default is {default}"


def test_every_variable_is_required_or_has_a_safe_default(text: str, variable: Variable) -> None:
    for match in variable.finditer(text):
        name = match["name"]
        if SECRET.search(name):
            assert match["rule"] == ":?", f"{name}: write ${{{name}:?message}}, a secret has no default"
        assert match["rule"], f"{name}: write ${{{name}:?message}} or ${{{name}:-default}}"
        assert match["text"], f"{name}: say what is missing, or give a default"
    without_variables = variable.sub("", text).replace("$$", "")
    assert "$" not in without_variables, "a $ that is no ${NAME:?...} would be replaced by nothing"


def test_no_secret_is_written_down(raw: dict[str, Any], variable: Variable) -> None:
    for name, service in raw["services"].items():
        for key, value in environment(service).items():
            where = f"{name}: {key}"
            if SECRET.search(key) and not key.endswith("_FILE"):
                assert variable.fullmatch(str(value)), f"{where}: expected ${{NAME:?...}} and nothing else"
            for password in re.findall(r"://[^:/@\s]+:((?:\$\{[^}]*\}|[^@\s])*)@", str(value)):
                assert variable.fullmatch(password), f"{where}: the URL holds a password"
            for secret in re.findall(r'"(?:password|login)": "([^"]*)"', str(value)):
                assert variable.fullmatch(secret), f"{where}: the connection holds a credential"


def test_the_command_in_env_example_fills_in_every_name(values: dict[str, str]) -> None:
    command = next(line for line in (ROOT / ".env.example").read_text().splitlines() if "sed -nE" in line)
    fill = command.removeprefix("#").strip().replace("> .env)", ")").replace("set -C;", "")
    done = subprocess.run(["bash", "-c", fill], cwd=ROOT, capture_output=True, text=True, check=True)
    made = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert set(made) == set(example_generators())
    assert len(set(made.values())) == len(made), "two names got the same value"
    for name, value in made.items():
        assert re.fullmatch(r"[A-Za-z0-9._=-]{12,}" if SECRET.search(name) else r"\S+", value), (
            f"{name}: {value!r}"
        )


def test_the_fernet_key_is_one() -> None:
    from cryptography.fernet import Fernet

    command = example_generators()["AIRFLOW_FERNET_KEY"]
    for _ in range(20):  # a wrong alphabet shows in some keys only
        key = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout
        Fernet(key.strip())


def test_a_secret_reaches_only_what_needs_it(raw: dict[str, Any], variable: Variable) -> None:
    who: dict[str, set[str]] = {}
    for name, service in raw["services"].items():
        for match in variable.finditer(yaml.safe_dump(environment(service), width=10_000)):
            who.setdefault(match["name"], set()).add(name)
    assert who["POSTGRES_PASSWORD"] == {"postgres"}
    assert who["MLFLOW_DB_PASSWORD"] == {"postgres", "database-passwords", "mlflow"}
    assert who["AIRFLOW_ADMIN_PASSWORD"] == who["AIRFLOW_ONCALL_PASSWORD"] == {"airflow-init"}
    notifies = "airflow-triggerer"  # of late runs, once each: it asks the store which ones are known
    assert who["S3_SECRET_ACCESS_KEY"] == {
        "seaweedfs",
        "mlflow",
        "airflow-init",
        "airflow-scheduler",
        notifies,
    }


# --- what is open, who runs, what is kept ---------------------------------------------------------
def test_ports_are_published_on_loopback_only(services: Services) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert set(published) == {"mlflow", "airflow-api-server", "serving-production", "serving-staging"}
    for name, ports in published.items():
        for port in ports:
            assert str(port).startswith("127.0.0.1:"), f"{name}: {port} is open to the network"


def test_every_image_has_a_tag(services: Services, values: dict[str, str]) -> None:
    for name, service in services.items():
        tag = service["image"].rpartition(":")[2]
        assert tag not in {"", "latest"}, f"{name}: pin {service['image']}"
        assert "/" not in tag, f"{name}: pin {service['image']}"
        if tag != "stack":
            assert re.match(r"\d+\.\d+", tag), f"{name}: {tag} moves"


def test_what_keeps_running_is_watched_and_restarted(services: Services) -> None:
    once = {name for name, service in services.items() if service["restart"] == "no"}
    assert once == {"airflow-init", "database-passwords"}
    for name in services.keys() - once:
        assert services[name]["restart"] == "unless-stopped", name
        assert services[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name


def test_everything_waits_for_what_it_needs(services: Services) -> None:
    allowed = dict.fromkeys(("airflow-init", "database-passwords"), "service_completed_successfully")
    for name, service in services.items():
        for needed, how in (service.get("depends_on") or {}).items():
            assert how["condition"] == allowed.get(needed, "service_healthy"), f"{name} -> {needed}"
    reached = {"airflow-init"}
    while (
        more := {name for name, service in services.items() if reached & set(service.get("depends_on") or {})}
        - reached
    ):
        reached |= more
    assert reached == {name for name in services if name.startswith("airflow-")}


def test_one_service_builds_the_image_and_the_others_take_it(project_services: Services) -> None:
    builds = [name for name, service in project_services.items() if "build" in service]
    assert builds == ["airflow-init"], "two builds of one tag recreate containers whose code has not changed"
    for name, service in project_services.items():
        assert service["image"] == "mlops:stack", name
        assert service["pull_policy"] == "never", f"{name}: no registry has this image"


def test_no_variable_says_which_code_is_inside(text: str) -> None:
    assert "MLOPS_VERSION" not in text + (ROOT / "Dockerfile").read_text()


def test_only_who_holds_its_key_reaches_the_store(raw: dict[str, Any], services: Services) -> None:
    """Its inner ports read, write and delete without a key."""
    assert services["seaweedfs"]["networks"] == ["store"]
    assert raw["networks"]["store"] == {"internal": True}, "no way in or out of it but through its members"
    there = {name for name, service in services.items() if "store" in service.get("networks", [])}
    key = {
        name
        for name, service in raw["services"].items()
        if "S3_SECRET_ACCESS_KEY" in str(environment(service))
    }
    assert there == key
    for name in there - {"seaweedfs"}:
        assert "default" in services[name]["networks"], f"{name} would not reach the others"


def test_the_stores_health_is_something_written_and_read_back(services: Services, tmp_path: Path) -> None:
    """The check runs against a curl that plays a store: whole, full, read-only, forgetful."""
    kind, script = services["seaweedfs"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    curl = tmp_path / "curl"
    stored = tmp_path / "stored"
    plays = {
        "whole": f'case "$*" in *PUT*) cp /tmp/health {stored};; *) cat {stored};; esac',
        "full": "exit 22",
        "reads only": f'case "$*" in *PUT*) exit 22;; *) cat {stored};; esac',
        "forgets": 'case "$*" in *PUT*) ;; *) echo 1;; esac',
    }
    for name, play in plays.items():
        curl.write_text(f"#!/bin/sh\ncat >/dev/null\n{play}\n")
        curl.chmod(0o755)
        done = subprocess.run(
            ["sh", "-c", script], check=False, capture_output=True,
            env={
                "PATH": f"{tmp_path}:/usr/bin:/bin", "S3_BUCKET": "b",
                "AWS_ACCESS_KEY_ID": "i", "AWS_SECRET_ACCESS_KEY": "k",
            },
        )  # fmt: skip
        assert (done.returncode == 0) == (name == "whole"), name


@pytest.mark.parametrize(("airflow", "mlflow"), [(0, 0), (2, 0), (0, 2), (2, 2)])
def test_a_wrong_database_password_is_named(
    services: Services, tmp_path: Path, airflow: int, mlflow: int
) -> None:
    service = services["database-passwords"]
    (script,) = service["command"]
    psql = tmp_path / "psql"
    psql.write_text(
        f'#!/bin/sh\ncase "$*" in *"--username airflow"*) exit {airflow};; *) exit {mlflow};; esac\n'
    )
    psql.chmod(0o755)
    done = subprocess.run(
        [*service["entrypoint"], script], capture_output=True, text=True, check=False,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "AIRFLOW_DB_PASSWORD": "a", "MLFLOW_DB_PASSWORD": "m"},
    )  # fmt: skip
    assert bool(done.returncode) == bool(airflow or mlflow)
    assert ("AIRFLOW_DB_PASSWORD is not the password" in done.stderr) == bool(airflow)
    assert ("MLFLOW_DB_PASSWORD is not the password" in done.stderr) == bool(mlflow)
    for name in ("mlflow", "airflow-init"):
        assert "database-passwords" in services[name]["depends_on"]


def test_nothing_reaches_out_of_its_container(services: Services, project_services: Services) -> None:
    for name, service in services.items():
        assert not {"privileged", "network_mode", "pid", "ipc", "devices", "user", "cap_add"} & set(
            service
        ), name
    for name, service in project_services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_volumes_are_named_and_declared(raw: dict[str, Any], services: Services) -> None:
    mounts = [mount for service in services.values() for mount in service.get("volumes", [])]
    assert all(re.match(r"[a-z-]+:/", mount) for mount in mounts), (
        "mount named volumes, no folder of the host"
    )
    assert {mount.partition(":")[0] for mount in mounts} == set(raw["volumes"])


# --- what runs inside -----------------------------------------------------------------------------
def test_every_airflow_setting_exists(project_services: Services) -> None:
    from airflow.configuration import conf

    known = {
        f"AIRFLOW__{section.upper()}__{key.upper()}"
        for section, content in conf.configuration_description.items()
        for key in content["options"]
    }
    for name, service in project_services.items():
        settings = {key for key in environment(service) if key.startswith("AIRFLOW__")}
        assert settings <= known, f"{name}: {sorted(settings - known)}"


def test_airflow_knows_its_commands(project_services: Services) -> None:
    from airflow.cli.cli_parser import get_parser

    commands = [service["command"] for service in project_services.values()]
    started = [command[1:] for command in commands if command[0] == "airflow"]
    (script,) = [command[-1] for command in commands if command[0] == "bash"]
    started += [line.split()[1:] for line in script.splitlines() if line.startswith("airflow ")]
    assert sorted(command[0] for command in started) == [
        "api-server",
        "dag-processor",
        "db",
        "scheduler",
        "triggerer",
    ]
    for command in started:
        get_parser().parse_args(command)


def test_init_prepares_with_commands_that_exist(services: Services) -> None:
    from mlops.cli.command_group import CommandGroup

    script = services["airflow-init"]["command"][-1]
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    (check,) = [line.split()[1:] for line in script.splitlines() if line.startswith("bin/mlops ")]
    CommandGroup().get_command(None, check[0]).make_context(check[0], check[1:])
    (panel,) = [line.split() for line in script.splitlines() if line.startswith("python -m include.")]
    shown = subprocess.run(
        [sys.executable, *panel[1:3], "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "--to" in panel
    assert "--to" in shown.stdout


def test_mlflow_knows_its_options_and_its_environment(services: Services) -> None:
    import mlflow.environment_variables as known
    from mlflow.cli import server

    service = services["mlflow"]
    assert service["entrypoint"] == ["python", "-m", "mlflow", "server"]
    options = server.make_context("server", list(service["command"])).params
    assert options["artifacts_destination"].startswith("s3://")
    assert options["serve_artifacts"]
    from_environment = {parameter.envvar for parameter in server.params}
    for key in environment(service):
        if key.startswith("MLFLOW_"):
            assert key in from_environment or hasattr(known, key), key


def test_mlflow_answers_to_the_name_the_tasks_use(services: Services) -> None:
    from mlflow.server.security_utils import is_allowed_host_header

    (option,) = [part for part in services["mlflow"]["command"] if part.startswith("--allowed-hosts=")]
    allowed = option.partition("=")[2].split(",")
    connection = json.loads(environment(services["airflow-scheduler"])["AIRFLOW_CONN_MLFLOW_DEFAULT"])
    assert is_allowed_host_header(allowed, f"{connection['host']}:{connection['port']}")
    assert is_allowed_host_header(allowed, urlsplit(connection["extra"]["ui"]).netloc)
    assert not is_allowed_host_header(allowed, "elsewhere.example:5000")


# --- login, databases, connections ----------------------------------------------------------------
def test_airflow_asks_for_a_login(project_services: Services) -> None:
    for name, service in project_services.items():
        if name.startswith("airflow-"):
            settings = environment(service)
            assert settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] == "False", name
            assert settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"], name


def test_oncall_runs_dags_and_deletes_nothing(project_services: Services) -> None:
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    (manager,) = {
        environment(service)["AIRFLOW__CORE__AUTH_MANAGER"]
        for name, service in project_services.items() if name.startswith("airflow-")
    }  # fmt: skip
    module, _, name = manager.rpartition(".")
    asked, details = getattr(importlib.import_module(module), name)(), DagDetails(id="credit_risk_training")
    users = environment(project_services["airflow-init"])["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"]
    roles = dict(user.split(":") for user in users.split(","))
    may = {
        (name, method): {
            asked.is_authorized_dag(
                method=method, access_entity=entity, details=details,
                user=SimpleAuthManagerUser(username=name, role=role.upper()),
            )
            for entity in (None, *DagAccessEntity)
        }
        for name, role in roles.items()
        for method in ("GET", "POST", "PUT", "DELETE")
    }  # fmt: skip
    assert may.pop(("oncall", "DELETE")) == {False}
    assert set(map(frozenset, may.values())) == {frozenset({True})}


def test_init_writes_a_password_for_every_user(services: Services, tmp_path: Path) -> None:
    settings = environment(services["airflow-init"])
    target = settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]
    script = services["airflow-init"]["command"][-1]
    (block,) = re.findall(r"\(umask.*?passwords\.json\)", script, flags=re.DOTALL)
    written = tmp_path / "passwords.json"
    passwords = {"AIRFLOW_ADMIN_PASSWORD": 'a"b', "AIRFLOW_ONCALL_PASSWORD": "c'd"}
    subprocess.run(
        ["bash", "-euc", block.replace(target, str(written)).replace("python ", f"{sys.executable} ")],
        env={"PATH": "/usr/bin:/bin", **passwords}, check=True,
    )  # fmt: skip
    users = [user.split(":")[0] for user in settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"].split(",")]
    assert json.loads(written.read_text()) == dict(zip(users, passwords.values(), strict=True))
    assert written.stat().st_mode & 0o077 == 0


def test_each_server_has_a_database_of_its_own(
    raw: dict[str, Any], services: Services, values: dict[str, str]
) -> None:
    sql = raw["configs"]["create-databases"]["content"]
    urls = {
        environment(service)[key]
        for service in services.values()
        for key in ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "MLFLOW_BACKEND_STORE_URI")
        if key in environment(service)
    }
    assert len(urls) == 2
    for url in map(urlsplit, urls):
        name = url.path.strip("/")
        assert (url.hostname, url.username) == ("postgres", name)
        assert url.password == values[f"{name.upper()}_DB_PASSWORD"]
        assert f"CREATE ROLE {name} LOGIN PASSWORD :'{name}_password';" in sql
        assert f"\\getenv {name}_password {name.upper()}_DB_PASSWORD" in sql
        assert f"CREATE DATABASE {name} OWNER {name};" in sql


def test_the_connections_lead_into_the_stack(services: Services) -> None:
    from airflow.sdk import Connection

    settings = yaml.safe_load((ROOT / "airflow_settings.yaml").read_text())["airflow"]["connections"]
    runs_tasks = services["airflow-scheduler"]
    found = {
        key.removeprefix("AIRFLOW_CONN_").lower(): value
        for key, value in environment(runs_tasks).items()
        if key.startswith("AIRFLOW_CONN_")
    }
    assert set(found) == {connection["conn_id"] for connection in settings}
    folders = [mount.split(":")[1] for mount in runs_tasks["volumes"]]
    for conn_id, value in found.items():
        connection = Connection.from_json(value, conn_id=conn_id)
        place = connection.extra_dejson.get("root") or connection.extra_dejson.get("remote") or ""
        if place.startswith(("file://", "/")):
            path = place.removeprefix("file://")
            assert any(f"{path}/".startswith(f"{folder}/") for folder in folders), (
                f"{conn_id}: {path} is in no volume"
            )
        else:
            url = connection.extra_dejson.get("endpoint_url", f"//{connection.host}:{connection.port}")
            assert urlsplit(url).hostname in services, f"{conn_id} leads to {url}"


def test_the_bucket_is_made_under_the_name_that_is_used(services: Services) -> None:
    store = json.loads(environment(services["airflow-scheduler"])["AIRFLOW_CONN_OBJECT_STORE_DEFAULT"])
    artifacts = next(
        part for part in services["mlflow"]["command"] if part.startswith("--artifacts-destination=")
    )
    buckets = {urlsplit(store["extra"]["root"]).netloc, urlsplit(artifacts.partition("=")[2]).netloc}
    assert buckets == {environment(services["seaweedfs"])["S3_BUCKET"]}


# --- the prediction servers -----------------------------------------------------------------------
def test_staging_follows_the_challenger_and_production_the_champion(services: Services) -> None:
    from serving.settings import parse_settings

    aliases, tokens, volumes = {}, set(), set()
    for name in ("serving-production", "serving-staging"):
        service = services[name]
        settings = parse_settings(service["command"], environment(service))
        assert urlsplit(settings.mlflow).hostname in service["depends_on"], name
        folders = {mount.split(":")[1]: mount.split(":")[0] for mount in service["volumes"]}
        assert {str(settings.state), settings.log_to.removeprefix("file://")} == set(folders), name
        aliases[name], tokens, volumes = (
            settings.alias, tokens | {settings.token}, volumes | set(folders.values()),
        )  # fmt: skip
    assert aliases == {"serving-production": "champion", "serving-staging": "challenger"}
    assert len(tokens) == 2
    assert len(volumes) == 4


def test_only_one_service_builds_the_image_of_the_servers(services: Services) -> None:
    builds = {name: service["build"] for name, service in services.items() if "build" in service}
    made = {name: build for name, build in builds.items() if services[name]["image"] == "mlops-serving:stack"}
    assert made == {"serving-production": {"context": ".", "dockerfile": "serving/Dockerfile"}}
    made_folders = set(re.findall(r"/srv/mlops/[a-z]+", (ROOT / "serving" / "Dockerfile").read_text()))
    mounted = {mount.split(":")[1] for mount in services["serving-staging"]["volumes"]}
    assert mounted == made_folders, "a new volume takes its owner from the folder in the image"
