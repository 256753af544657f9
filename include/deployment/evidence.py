"""What goes along with a version into another environment, file by file, and whether all of it arrived."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from include.errors import DataError
from include.records import Record, RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

EVIDENCE = RecordKind(name="evidence of a version", remedy="deploy it again, which collects it anew")
EVIDENCE_FILE = "evidence.json"
RUN, MODEL, STORE = "run", "model", "store"
"""Folders of what was collected: artifacts of the MLflow run, the model's files, objects of the store."""
DECIDED = "deployment"
"""Folder of a run's artifacts with what its environment decided about a copy: it stays where it is."""
_MOST_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class EvidenceFile:
    """One file.

    :param path: below the folder of what was collected, with ``/``.
    :param size: bytes.
    :param sha256: digest of its bytes.
    """

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class MetricValue:
    """One value of a metric; ``time`` in milliseconds since 1970."""

    key: str
    value: float
    time: int
    step: int


@dataclass(frozen=True, kw_only=True)
class Evidence(Record, kind=EVIDENCE):
    """A version and all that is known about it.

    :param model: the model's name.
    :param source: the environment that it comes from.
    :param target: the environment that it goes to.
    :param version: its version in the source.
    :param run_id: its MLflow run there.
    :param started: when its training began, milliseconds since 1970.
    :param deployment: id of the decision to deploy it, the same in both ledgers.
    :param description: of the version.
    :param version_tags: of the version: its lineage.
    :param run_tags: of the run.
    :param params: of the run.
    :param metrics: every value of every metric of the run.
    :param files: sorted by path.
    """

    model: str
    source: str
    target: str
    version: str
    run_id: str
    started: int
    deployment: str
    description: str
    version_tags: dict[str, str]
    run_tags: dict[str, str]
    params: dict[str, str]
    metrics: tuple[MetricValue, ...]
    files: tuple[EvidenceFile, ...]

    def _plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        metrics = tuple(MetricValue(**one) for one in fields["metrics"])
        files = tuple(EvidenceFile(**one) for one in fields["files"])
        return cls(**{**fields, "metrics": metrics, "files": files})

    def below(self, folder: str) -> tuple[EvidenceFile, ...]:
        """Return the files of one folder: :data:`RUN`, :data:`MODEL` or :data:`STORE`."""
        return tuple(one for one in self.files if one.path.startswith(f"{folder}/"))


def list_files(folder: Path) -> tuple[EvidenceFile, ...]:
    """Return every file below a folder, but for the evidence's own, sorted by path.

    :param folder: what was collected.
    """
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file != folder / EVIDENCE_FILE:
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, hashlib.sha256).hexdigest()
            path = file.relative_to(folder).as_posix()
            found.append(EvidenceFile(path=path, size=file.stat().st_size, sha256=digest))
    return tuple(sorted(found, key=lambda one: one.path))


def check_complete(
    expected: Iterable[EvidenceFile], found: Iterable[EvidenceFile], *, where: str, more: bool = False
) -> None:
    """Make sure that the same bytes lie in another place.

    :param expected: what has to be there.
    :param found: what is there.
    :param where: the place, for messages.
    :param more: whether there may be other files besides.
    :raises DataError: a file is missing, differs, or nobody knows it.
    """
    wanted, there = {one.path: one for one in expected}, {one.path: one for one in found}
    problems = [f"{path} is missing" for path in sorted(wanted.keys() - there.keys())]
    problems += [
        f"{path} has {there[path].size:,} bytes with sha256 {there[path].sha256[:12]}, expected "
        f"{wanted[path].size:,} with {wanted[path].sha256[:12]}"
        for path in sorted(wanted.keys() & there.keys())
        if wanted[path] != there[path]
    ]
    if not more:
        problems += [f"{path} is not part of the evidence" for path in sorted(there.keys() - wanted.keys())]
    _refuse(problems, where)


def check_equal(
    what: str, expected: Mapping[str, object], found: Mapping[str, object], *, where: str
) -> None:
    """Make sure that figures arrived as they were.

    :param what: what they are, such as ``parameter``.
    :param expected: by name.
    :param found: by name; there may be more.
    :param where: the place, for messages.
    :raises DataError: one is missing, or another.
    """
    problems = [
        f"{what} {name} is {found.get(name, 'missing')!r}, expected {value!r}"
        for name, value in sorted(expected.items())
        if name not in found or found[name] != value
    ]
    _refuse(problems, where)


def _refuse(problems: list[str], where: str) -> None:
    if problems:
        shown = "; ".join(problems[:_MOST_SHOWN])
        rest = f"; and {len(problems) - _MOST_SHOWN} more" if len(problems) > _MOST_SHOWN else ""
        raise DataError(
            f"{where} does not hold what was collected: {shown}{rest}. Half a copy is never a version: "
            "nothing was registered. Run the deployment again; it copies what is missing."
        )
