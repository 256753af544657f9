"""Sign the manifest of a pack, and tell whether it is what was signed: Ed25519 (RFC 8032).

A signature of the same bytes by the same key is always the same, so a pack that is made twice is the same.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from include.errors import ConfigError
from include.records import RecordKind

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE = RecordKind(name="signature of an evidence pack", remedy="make the pack anew")
_ALGORITHM = "Ed25519"
_KEY_BYTES = 32
_FIELDS = {"format", "algorithm", "public_key", "key_id", "signature"}
_HOW = (
    "openssl genpkey -algorithm ed25519 -out evidence.pem makes a key, openssl pkey -in evidence.pem "
    "-pubout writes "
    "its public half"
)


def sign(manifest: bytes, private_pem: bytes) -> dict[str, Any]:
    """Return the signature of a manifest as JSON values, with the public key that it can be checked with.

    :param manifest: the bytes of the manifest.
    :param private_pem: the private key, PEM (PKCS #8), without a password.
    :raises ConfigError: that is not such a key.
    """
    key = _private(private_pem)
    public = _raw(key.public_key())
    return SIGNATURE.stamp({
        "algorithm": _ALGORITHM,
        "public_key": base64.b64encode(public).decode(),
        "key_id": key_id(public),
        "signature": base64.b64encode(key.sign(manifest)).decode(),
    })


def check_signature(manifest: bytes, signature: Any, trusted_pem: bytes | None) -> tuple[str, str]:
    """Return the id of the key that signed a manifest, and what is wrong; each empty if there is none.

    :param manifest: the bytes of the manifest.
    :param signature: what :func:`sign` returned, read back.
    :param trusted_pem: the public key that has to have signed, or its private key, PEM; None takes the key
        that the signature brings along, which proves no more than that one key signed all of it.
    :raises ConfigError: the trusted key is none.
    :raises DataError: the signature is of a newer format.
    """
    SIGNATURE.read(signature, lambda fields: fields)
    try:
        brought, signed = _read(signature)
    except (TypeError, ValueError) as error:
        return "", f"is damaged ({error})"
    identity = key_id(brought)
    for wrong in (
        _explain_name(signature, identity),
        _explain_key(brought, trusted_pem),
        _explain_signed(manifest, brought, signed),
    ):
        if wrong:
            return identity, wrong
    return identity, ""


def _read(signature: Any) -> tuple[bytes, bytes]:
    """Return the public key and the signature, as bytes.

    :raises ValueError: something is missing, or there is more.
    """
    if set(signature) != _FIELDS:
        raise ValueError(f"it holds {', '.join(signature)}; expected {', '.join(sorted(_FIELDS))}")
    brought, signed = (
        base64.b64decode(signature[name], validate=True) for name in ("public_key", "signature")
    )
    if len(brought) != _KEY_BYTES:
        raise ValueError(f"its key has {len(brought)} bytes; expected {_KEY_BYTES}")
    return brought, signed


def _explain_name(signature: Any, identity: str) -> str:
    if signature["algorithm"] != _ALGORITHM:
        return f"is of the kind {signature['algorithm']!r}; expected {_ALGORITHM!r}"
    return (
        "" if signature["key_id"] == identity else f"calls its key {signature['key_id']!r}; it is {identity}"
    )


def _explain_key(brought: bytes, trusted_pem: bytes | None) -> str:
    trusted = brought if trusted_pem is None else _raw(_public(trusted_pem))
    if trusted == brought:
        return ""
    return f"is by the key {key_id(brought)}, and not by the one that is trusted, {key_id(trusted)}"


def _explain_signed(manifest: bytes, brought: bytes, signed: bytes) -> str:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(brought).verify(signed, manifest)
    except InvalidSignature:
        return "does not fit MANIFEST.json: the manifest was changed after it was signed"
    return ""


def key_id(public: bytes) -> str:
    """Return the short name of a public key: 16 hexadecimal digits of its sha256.

    :param public: its 32 bytes.
    """
    return hashlib.sha256(public).hexdigest()[:16]


def _private(pem: bytes) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            f"The signing key can't be read ({error}): expected a private Ed25519 key in PEM without a "
            f"password. "
            f"{_HOW}."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"The signing key is a {type(key).__name__}; expected an Ed25519 key. {_HOW}.")
    return key


def _public(pem: bytes) -> Ed25519PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if b"PRIVATE KEY" in pem:
        return _private(pem).public_key()
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            f"The trusted key can't be read ({error}): expected a public Ed25519 key in PEM. {_HOW}."
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(f"The trusted key is a {type(key).__name__}; expected an Ed25519 key. {_HOW}.")
    return key


def _raw(key: Ed25519PublicKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
