"""Where an object store begins: a root is taken literally, or refused with the reason.

Between a root in an Airflow connection and the bytes are five programs that read addresses their own way:
Airflow's ``ObjectStoragePath``, fsspec, s3fs, DVC and its configuration file. A sign that one of them cuts
off, expands or decodes would lead out of the root, so it is refused here.
"""

from __future__ import annotations

import re

from include.errors import ConfigError

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
# In the name of an object: letters and digits of any language, blanks, and what needs no escape anywhere.
_NOT_IN_KEYS = re.compile(r"[^\w !'()+,./=@&$;:~-]")
# In the name of a folder: control characters vanish from a URL, DVC fills in braces and %(names).
_NOT_IN_FOLDERS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff{}]|%\(")


def check_root(root: str, connection: str) -> str:
    """Return the root of an object store without a ``/`` at its end.

    :param root: ``file:///a/folder`` or ``s3://bucket/prefix``.
    :param connection: id of the Airflow connection that has it in its extra.
    :raises ConfigError: anything else, or something that would not be found again as it was written.
    """
    problem = explain_uri(root)
    if problem:
        raise ConfigError(
            f"Connection {connection!r}: extra.root is {root!r}; {problem}. Set it in "
            "airflow_settings.yaml or under Admin > Connections."
        )
    return root.removesuffix("/")


def explain_uri(uri: str, *, placeholder: str = "") -> str | None:
    """Return what is wrong with the URI of a folder, a file or an object, or None.

    :param uri: with its scheme.
    :param placeholder: a text that may stand in it once, such as ``{partition}``.
    """
    scheme, found, rest = uri.partition("://")
    if not found or scheme not in {"file", "s3"}:
        return "expected file:///a/folder or s3://bucket/prefix"
    if uri != uri.strip():
        return "it has blanks before or after it; take them out"
    if scheme == "file" and not rest.startswith("/"):
        return f"expected an absolute path after file://, such as file:///{rest}"
    if scheme == "file" and not rest.strip("/"):
        return "it names no folder"
    bucket, _, path = rest.partition("/")
    if scheme == "s3" and not _BUCKET.fullmatch(bucket):
        return f"{bucket!r} is not the name of a bucket; expected s3://bucket/prefix"
    return explain_path(path, scheme, placeholder=placeholder)


def explain_path(path: str, scheme: str, *, placeholder: str = "") -> str | None:
    """Return what is wrong with a path below a root, or None.

    :param path: without a ``/`` at its beginning.
    :param scheme: ``file`` or ``s3``.
    :param placeholder: a text that may stand in it once.
    """
    plain = path.replace(placeholder, "", 1) if placeholder else path
    segments = plain.removesuffix("/").split("/")
    if "" in segments and plain.removesuffix("/"):
        return "it has '//' in it; expected a name between two '/'"
    if {".", ".."} & set(segments):
        return "it has '.' or '..' in it; write the path without"
    if "::" in plain:
        return "it has '::' in it, which chains file systems in fsspec; use another name"
    wrong = (_NOT_IN_FOLDERS if scheme == "file" else _NOT_IN_KEYS).search(plain)
    if wrong:
        where = "folder" if scheme == "file" else "bucket (a blank is written as a blank, not as %20)"
        return f"{wrong[0]!r} can't be in the path of a {where}: programs read it differently"
    return None
