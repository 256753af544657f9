"""``make screenshots``: the pictures of the pages in the docs, of a state that `make replay` has kept.

Only an API server is started, which changes nothing of it. Each picture has the size that is listed.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

from demo import servers
from demo.state import State
from include.errors import ConfigError, InfrastructureError, MlopsError
from include.examples.find import USUAL
from tests.browser import browser
from tests.world.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
_SECONDS = 180  # until an API server answers, on a busy machine
_LOOKS = 40  # at a page, until it does not change any more


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A picture.

    :param name: of its file.
    :param path: the page in Airflow; ``{model}`` and ``{run}`` are the model, and the newest run of ``dag``.
    :param frame: title of the frame that has to have been drawn.
    :param dag: kind of the DAG whose newest run is meant.
    :param size: width and height in pixels.
    :param dark: whether Airflow's theme is.
    :param to: CSS selector of what is scrolled to within the frame; its beginning without one.
    """

    name: str
    path: str
    frame: str = "Models"
    dag: str = "monitoring"
    size: tuple[int, int] = (1400, 900)
    dark: bool = False
    to: str = ""


MODEL_PAGE = "plugin/models/mlops/model/{model}"
SHOTS = (
    Shot(name="page-models", path="plugin/models", size=(1400, 420)),
    Shot(name="page-model", path=MODEL_PAGE, size=(1400, 1100)),
    Shot(name="page-model-dark", path=MODEL_PAGE, size=(1400, 1100), dark=True),
    Shot(name="page-model-phone", path=MODEL_PAGE, size=browser.PHONE, dark=True),
    Shot(
        name="page-model-tab",
        path="dags/{model}_monitoring/runs/{run}/plugin/model-run",
        frame="Model",
        to="details[open]",
    ),
    *(
        Shot(name=f"page-model-{part}", path=MODEL_PAGE, size=(1400, 500), to=f"#{part}")
        for part in ("metric", "columns", "newest", "origin")
    ),
)
# Once somebody has pressed "Roll back" there; taken when they are named.
AFTER_A_ROLLBACK = (
    Shot(name="page-model-rolled-back", path=MODEL_PAGE, size=(1400, 1100)),
    Shot(name="page-model-decisions", path=MODEL_PAGE, size=(1400, 500), to="#decisions"),
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Take the pictures; return the exit code.

    :param arguments: without the program's name.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("--state", type=Path, default=Path(".replay"), help="folder that a demo has kept")
    parser.add_argument("--model", default=USUAL)
    parser.add_argument("--output", type=Path, default=IMAGES)
    parser.add_argument("--only", default="", help="names of pictures, such as page-models,page-model")
    chosen = parser.parse_args(arguments)
    try:
        _take_all(
            chosen.state.resolve(), chosen.model, chosen.output, set(filter(None, chosen.only.split(",")))
        )
    except MlopsError as error:
        sys.stderr.write(f"screenshots: {error}\n")
        return 1
    return 0


def _take_all(state: Path, model: str, output: Path, only: set[str]) -> None:
    """Take the pictures of these names, or all of them.

    :raises ConfigError: there is no browser, no such picture, or no state.
    """
    if lacks := browser.missing():
        raise ConfigError(f"No picture can be taken: {lacks}")
    if unknown := only - {shot.name for shot in (*SHOTS, *AFTER_A_ROLLBACK)}:
        known = ", ".join(shot.name for shot in SHOTS)
        raise ConfigError(f"There is no picture {', '.join(sorted(unknown))}; there are {known}")
    with served(state) as url, tempfile.TemporaryDirectory() as profile:
        driver = browser.start(Path(profile))
        try:
            for shot in [one for one in (*SHOTS, *AFTER_A_ROLLBACK) if one.name in only] or SHOTS:
                content = take(browser.Window(driver, f"{url}/"), shot, model)
                file = output / f"{shot.name}.png"
                file.write_bytes(content)
                sys.stdout.write(f"{file}: {shot.size[0]} x {shot.size[1]}, {len(content) / 1000:.0f} kB\n")
        finally:
            driver.quit()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Yield the address of Airflow in a state folder: of the server that runs there, or of one of its own.

    :raises ConfigError: nothing was kept there.
    :raises InfrastructureError: the server does not answer.
    """
    known = State(folder=folder, airflow_port=free_port(), mlflow_port=free_port())
    if not known.airflow_database.exists():
        raise ConfigError(f"{folder} holds no state of a demo. Run `make replay` or `make demo` first.")
    if "api-server" in servers.running(known):
        yield f"http://127.0.0.1:{json.loads((folder / 'mlops-state.json').read_text())['airflow_port']}"
        return
    with known.log("screenshots").open("ab") as log:
        process = subprocess.Popen(
            known.commands()["api-server"], env=known.environment(), cwd=ROOT, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        end = time.monotonic() + _SECONDS
        while not _answers(known.airflow_url):
            if process.poll() is not None or time.monotonic() > end:
                raise InfrastructureError(f"Airflow did not come up: {known.log('screenshots')} says why")
            time.sleep(0.5)
        yield known.airflow_url
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/api/v2/version", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def take(window: browser.Window, shot: Shot, model: str) -> bytes:
    """Return a picture as PNG."""
    width, height = shot.size
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    window.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    window.open("mlops/static/page.css")
    window.run("localStorage.setItem('theme', arguments[0])", "dark" if shot.dark else "light")
    window.open(shot.path.format(model=model, run=quote(_newest_run(window.url, f"{model}_{shot.dag}"))))
    with window.frame(shot.frame) as page:
        page.see(f"html.{'dark' if shot.dark else 'light'} h1")
        if shot.to:
            page.run("document.querySelector(arguments[0])?.scrollIntoView()", shot.to)
    found = window.driver.get_screenshot_as_png()
    for _ in range(_LOOKS):
        time.sleep(0.5)
        before, found = found, window.driver.get_screenshot_as_png()
        if found == before:
            break
    return _smaller(found)


def _newest_run(url: str, dag_id: str) -> str:
    query = urlencode({"order_by": "-run_after", "limit": 1})
    with urlopen(f"{url}api/v2/dags/{dag_id}/dagRuns?{query}", timeout=30) as answer:
        found = json.load(answer)["dag_runs"]
    return str(found[0]["dag_run_id"]) if found else ""


def _smaller(picture: bytes) -> bytes:
    """Return a picture in 256 colours, which is a third of its bytes."""
    from PIL import Image

    with io.BytesIO() as written, Image.open(io.BytesIO(picture)) as found:
        found.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        return written.getvalue()


if __name__ == "__main__":
    sys.exit(main())
