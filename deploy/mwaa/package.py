"""Build what Amazon MWAA is given: DAGs, ``plugins.zip``, requirements with their lock, and a startup script.

``make mwaa`` runs it; docs/aws.md says where each file goes. MWAA unpacks ``plugins.zip`` into Airflow's
plugins folder, which is on ``sys.path``, so ``include/`` lies beside ``mlops/`` there. The same commit gives
the same bytes: MWAA tells a new version of a file by its content.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path(__file__).resolve().parent
ON_MWAA = "/usr/local/airflow/dags/constraints.txt"
# Airflow is there; the drivers of PostgreSQL serve its own database and MLflow's server, which run elsewhere.
_LEFT_OUT = {"apache-airflow", "asyncpg", "psycopg2-binary"}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file knows


def build(target: Path) -> None:
    """Build the package.

    :param target: a folder, which is emptied first.
    """
    shutil.rmtree(target, ignore_errors=True)
    (target / "dags").mkdir(parents=True)
    for file in _files("dags"):
        shutil.copyfile(ROOT / file, target / file)
    shutil.copyfile(SOURCES / "constraints.txt", target / "dags" / "constraints.txt")
    shutil.copyfile(SOURCES / "startup.sh", target / "startup.sh")
    (target / "requirements.txt").write_text(requirements(), encoding="utf-8")
    _write_plugins(target / "plugins.zip")


def requirements() -> str:
    """Return ``requirements.txt`` as MWAA takes it: what the project imports, under the lock of its image."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line.partition("#")[0].strip() for line in lines if line and not line.startswith(("#", "-"))]
    kept = [one for one in wanted if _name(one) not in _LEFT_OUT]
    return "\n".join([f"--constraint {ON_MWAA}", *kept, ""])


def _name(requirement: str) -> str:
    """Return the name of the distribution that a requirement is about."""
    for end, letter in enumerate(requirement):
        if not (letter.isalnum() or letter in "-_."):
            return requirement[:end]
    return requirement


def _write_plugins(file: Path) -> None:
    """Write ``plugins.zip``: the content of plugins/, include/ beside it, and which commit it is."""
    content = {
        path.removeprefix("plugins/"): (ROOT / path).read_bytes() for path in _files("plugins", "include")
    }
    # Airflow would execute each file of a folder that is not named here as a plugin, under another name.
    content[".airflowignore"] += b"include\n"
    content["CODE_VERSION"] = f"{_git('describe', '--always', '--dirty', '--abbrev=40').strip()}\n".encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content[name])


def _files(*folders: str) -> list[str]:
    """Return the files of some folders that git knows, so that nothing local comes along."""
    found = _git("ls-files", "-z", "--", *folders).split("\0")
    return [path for path in found if path and (ROOT / path).is_file()]


def _git(*arguments: str) -> str:
    command = ["git", "-c", f"safe.directory={ROOT}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    build(Path(sys.argv[1]))
