"""``bin/mlops environments``: each environment, what it serves, and what differs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from include.deployment.overview import Overview, differences, overview_text
from include.errors import ConfigError, MlopsError
from mlops.cli.environments_known import find_environment, known_environments
from mlops.cli.exit_codes import ExitCode
from mlops.cli.in_environment import ask
from mlops.cli.output import show


def run(*, mark: str | None, as_json: bool) -> int:
    """Print the environments, or mark the places of one; return the exit code.

    :param mark: the environment to mark; None lists all.
    :param as_json: whether to print JSON.
    :raises ConfigError: there is none, or a place of the one to mark is another's.
    """
    if mark is not None:
        find_environment(mark)
        places = ask(mark, "mark", {})
        lines = [f"{mark}: {what} {place}" for what, place in places.items()]
        show(as_json, {"environment": mark, "places": places}, lambda: "\n".join(lines))
        return ExitCode.DONE
    found = overviews()
    content = {
        "environments": [one.to_dict() for one in found],
        "differences": [
            {"model": one.model, "between": [one.first, one.second], "text": one.text}
            for one in differences(found)
        ],
    }
    show(as_json, content, lambda: overview_text(found))
    return ExitCode.DIFFERS if any(one.problem for one in found) else ExitCode.DONE


def overviews() -> list[Overview]:
    """Return what every environment holds, production last; each is looked at by a process of its own.

    :raises ConfigError: there is none.
    """
    names = known_environments()
    if not names:
        raise ConfigError("There is no environment: write config/environments/<name>.yaml.")
    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(_overview, names))


def _overview(name: str) -> Overview:
    try:
        return Overview.from_dict(ask(name, "describe", {}))
    except MlopsError as error:
        return Overview(name=name, source="", problem=str(error))
