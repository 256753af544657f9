"""``bin/mlops card``: the model card and evidence pack of a version, made or verified."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from include.errors import ConfigError
from include.evidence.card import CARD, make_card
from include.evidence.pack import MANIFEST_FILE, SIGNATURE_FILE, verify_pack, write_pack
from include.media import log_line
from include.promotion.version_reference import VersionReference
from mlops.cli.exit_codes import ExitCode
from mlops.cli.output import show

if TYPE_CHECKING:
    from include.evidence.pack import Verified


def run(version: str, *, output: str = "", verify: str = "", key: str = "", as_json: bool = False) -> int:
    """Do what was asked for, print it, and return the exit code.

    :param version: such as ``credit_risk@champion``; empty with ``verify``.
    :param output: folder to write the pack to; empty prints the card alone.
    :param verify: folder of a pack to check; empty makes one.
    :param key: file with the key; empty without one.
    :param as_json: whether to print JSON.
    :raises ConfigError: both were asked for, or nothing was.
    """
    if bool(version) == bool(verify):
        raise ConfigError(
            "Name a version to make the card of (`bin/mlops card credit_risk@champion --output FOLDER`), or "
            "a pack to "
            "check (`bin/mlops card --verify FOLDER`), and not both."
        )
    pem = _read_key(key) if key else None
    if verify:
        found = verify_pack(Path(verify), pem)
        show(as_json, _to_plain(found), lambda: _verified_text(found))
        return ExitCode.DONE if found.whole else ExitCode.DIFFERS
    return _make(VersionReference.parse(version), output, pem, as_json=as_json)


def _make(reference: VersionReference, output: str, pem: bytes | None, *, as_json: bool) -> int:
    # With Airflow, which checking a pack does without.
    import_module("mlops.cli.airflow_logs").log_to_stderr()
    from mlops import run_context
    from mlops.cli.known_models import find_model, model_names
    from mlops.cli.local_connections import use_connections
    from mlops.cli.reproduce import scratch_folder
    from mlops.evidence.gather import gather
    from mlops.evidence.version import find_version
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.ledger import Ledger

    config = find_model(reference.model)
    use_connections()
    hook, store = MlflowHook(), ObjectStoreHook()
    found = find_version(hook, store, reference, model_names())
    folder = run_context.MODELS_ROOT / config.name
    with scratch_folder("card-") as scratch:
        files = gather(
            hook, store, Ledger(hook, config.name), found, config=config, folder=folder, scratch=scratch
        )
    files |= make_card(files, found.title)
    if not output:
        evidence = {
            name: json.loads(content) for name, content in files.items() if name.startswith("evidence/")
        }
        show(as_json, evidence, lambda: files[CARD].decode().rstrip("\n"))
        return ExitCode.DONE
    manifest = write_pack(Path(output), files, found.title, pem)
    signed = f"signed: {SIGNATURE_FILE}" if pem else "not signed: --key FILE signs it"
    show(
        as_json,
        {"folder": output, "signed": pem is not None, **manifest},
        lambda: (
            f"{found.title}: {len(files)} files in {output}, {MANIFEST_FILE} {manifest['digest'][:12]}, "
            f"{signed}"
        ),
    )
    return ExitCode.DONE


def _read_key(key: str) -> bytes:
    """Return the content of a key file.

    :raises ConfigError: it can't be read.
    """
    try:
        return Path(key).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The key {key} can't be read ({error.strerror}): expected a PEM file (--key, MLOPS_EVIDENCE_KEY)"
        ) from error


def _verified_text(found: Verified) -> str:
    by = f"key {found.key}" if found.key else "nobody"
    trust = "" if found.trusted or not found.key else " (give --key to tell whose key that is)"
    lines = [f"{found.subject}: {found.files} files, signed by {by}{trust}"]
    lines += [f"  {problem}" for problem in found.problems]
    lines.append("whole" if found.whole else f"CHANGED: {len(found.problems)} problems")
    return "\n".join(map(log_line, lines))  # whoever made the pack chose its names


def _to_plain(found: Verified) -> dict[str, object]:
    return {
        "subject": found.subject,
        "whole": found.whole,
        "files": found.files,
        "problems": list(found.problems),
        "key": found.key,
        "trusted_key_given": found.trusted,
    }
