"""A pack of evidence: a folder whose manifest holds the sha256 of every file, and may be signed.

What can be found out later: a byte that was changed, a file that is missing or was added, and, with a
signature
and a key that is trusted, a manifest that was changed along. What can't: that a figure was right when the
pack
was made.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import ConfigError, DataError, StorageError
from include.evidence.signing import check_signature, sign
from include.records import RecordKind
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MANIFEST_FILE, SIGNATURE_FILE = "MANIFEST.json", "MANIFEST.sig"
PACK = RecordKind(name="manifest of an evidence pack", remedy="make the pack anew")
_OWN = frozenset({MANIFEST_FILE, SIGNATURE_FILE})


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What the check of a pack found.

    :param subject: what the pack is about.
    :param files: how many files the manifest names.
    :param problems: what is wrong, a sentence each; empty where nothing is.
    :param key: id of the key that signed it; empty where it is not signed, or the signature is damaged.
    :param trusted: whether the signature was checked against a key that was given.
    """

    subject: str
    files: int
    problems: tuple[str, ...]
    key: str
    trusted: bool

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def write_pack(
    folder: Path, files: Mapping[str, bytes], subject: str, private_pem: bytes | None = None
) -> dict[str, Any]:
    """Write a pack in place of an older one; return its manifest. The same files and key give the same bytes.

    :param folder: where it goes: a folder that does not exist, is empty, or holds a pack.
    :param files: path in the pack to content.
    :param subject: what the pack is about.
    :param private_pem: the key to sign with; None writes digests alone.
    :raises ConfigError: the folder holds something else, or the key is none.
    :raises StorageError: the disk fails or is full; an older pack stays as it was.
    """
    manifest = _manifest(subject, {name: hashlib.sha256(files[name]).hexdigest() for name in files})
    content = {**files, MANIFEST_FILE: _bytes(manifest)}
    if private_pem is not None:
        content[SIGNATURE_FILE] = _bytes(sign(content[MANIFEST_FILE], private_pem))
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not _is_pack(folder))):
        raise ConfigError(
            f"{folder} exists and is not an evidence pack: nothing was written. Name a folder that does not "
            f"exist yet, or "
            "one that an earlier card was written to."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
            made = Path(scratch) / "new"
            for name, written in content.items():
                file = made / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(written)
            if folder.exists():
                folder.rename(Path(scratch) / "old")
            made.rename(folder)
    except OSError as error:
        raise StorageError(f"could not write the pack to {folder} ({error}): free space, retry") from error
    return manifest


def verify_pack(folder: Path, trusted_pem: bytes | None = None) -> Verified:
    """Check every file of a pack, and its signature.

    :param folder: the pack.
    :param trusted_pem: the key that has to have signed it, PEM; None asks for no signature, and takes one
        that is
        there as it comes.
    :raises DataError: the folder is not a pack, or of a newer format.
    :raises ConfigError: the key is none.
    """
    try:
        raw = (folder / MANIFEST_FILE).read_bytes()
    except OSError as error:
        raise DataError(
            f"{folder} is not an evidence pack: {MANIFEST_FILE} can't be read ({error.strerror}). Expected a "
            f"folder that "
            "`bin/mlops card MODEL@ALIAS --output FOLDER` wrote."
        ) from error
    named, subject, problems = _read(raw)
    there = {file.relative_to(folder).as_posix(): file for file in _files(folder)}
    for name in sorted({*named, *there} - _OWN):
        if name not in there:
            problems.append(f"{name} is missing")
        elif name not in named:
            problems.append(f"{name} is not in the manifest: it was added")
        elif there[name].is_symlink() or not there[name].is_file():
            problems.append(f"{name} is not a plain file")
        elif (found := hashlib.sha256(there[name].read_bytes()).hexdigest()) != named[name]:
            problems.append(
                f"{name} was changed: its sha256 is {found[:12]}, the manifest has {str(named[name])[:12]}"
            )
    key, wrong = _check_signature(folder, raw, trusted_pem)
    if wrong:
        problems.append(wrong)
    return Verified(
        subject=subject,
        files=len(named),
        problems=tuple(problems),
        key=key,
        trusted=trusted_pem is not None,
    )


def _manifest(subject: str, digests: dict[str, str]) -> dict[str, Any]:
    """Return a manifest with the digest of what it says, which is the short name of the whole pack."""
    content = PACK.stamp({"subject": subject, "files": digests})
    return {**content, "digest": hashlib.sha256(_bytes(content)).hexdigest()}


def _read(raw: bytes) -> tuple[dict[str, str], str, list[str]]:
    """Return which files a manifest names with their digests, its subject, and what is wrong with it.

    :raises DataError: it is of a newer format.
    """
    try:
        plain = json.loads(raw)
    except ValueError as error:
        return {}, "unknown", [f"{MANIFEST_FILE} was changed: it is not valid JSON ({error})"]
    subject, files = PACK.read(plain, lambda found: (str(found["subject"]), dict(found["files"])))
    whole = _bytes(_manifest(subject, files)) == raw
    wrong = [] if whole else [f"{MANIFEST_FILE} was changed: it is not what its own digest is of"]
    return files, subject, wrong


def _check_signature(folder: Path, raw: bytes, trusted_pem: bytes | None) -> tuple[str, str]:
    """Return the key of the signature, and what is wrong with it."""
    file = folder / SIGNATURE_FILE
    if not file.is_file():
        missing = f"{SIGNATURE_FILE} is missing, so it is not known who made the pack"
        return "", missing if trusted_pem is not None else ""
    try:
        raw_signature = file.read_bytes()
        signature = json.loads(raw_signature)
    except ValueError as error:
        return "", f"{SIGNATURE_FILE} was changed: it is not valid JSON ({error})"
    key, wrong = check_signature(raw, signature, trusted_pem)
    if not wrong and _bytes(signature) != raw_signature:
        wrong = "was changed: it is laid out in another way"
    return key, f"{SIGNATURE_FILE} {wrong}" if wrong else ""


def _is_pack(folder: Path) -> bool:
    return (folder / MANIFEST_FILE).is_file()


def _files(folder: Path) -> Iterator[Path]:
    """Yield all that is not a folder, links included, wherever it lies; and folders that hold nothing."""
    for root, folders, files in os.walk(folder):
        yield from (Path(root) / name for name in files)
        yield from (Path(root) / name for name in folders if _odd(Path(root) / name))


def _odd(folder: Path) -> bool:
    return folder.is_symlink() or not any(folder.iterdir())


def _bytes(value: Any) -> bytes:
    return (to_json(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
