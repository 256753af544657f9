"""Whatever was done to a pack after it was made is found."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from include.errors import ConfigError, DataError
from include.evidence.pack import MANIFEST_FILE, SIGNATURE_FILE, verify_pack, write_pack

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core

FILES = {"card.md": b"# loans\n", "data/data.json": b'{"rows": 3}\n', "empty.txt": b""}
SUBJECT = "loans version 3"


def private_pem(seed: int) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def public_pem(seed: int) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


OURS, THEIRS = private_pem(1), private_pem(2)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(tmp_path / "pack", FILES, SUBJECT, OURS)
    return tmp_path / "pack"


def test_a_whole_pack_is_whole(pack: Path) -> None:
    for key in (None, OURS, public_pem(1)):
        found = verify_pack(pack, key)
        assert (found.whole, found.files, found.subject, found.trusted) == (True, 3, SUBJECT, key is not None)
        assert len(found.key) == 16


def test_the_same_files_give_the_same_bytes(pack: Path, tmp_path: Path) -> None:
    before = contents(pack)
    write_pack(pack, dict(reversed(FILES.items())), SUBJECT, OURS)
    write_pack(tmp_path / "other", FILES, SUBJECT, OURS)
    assert contents(pack) == contents(tmp_path / "other") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "pack"]


@pytest.mark.parametrize(("signed", "key"), [(None, None), (OURS, None), (OURS, public_pem(1))])
def test_a_flipped_bit_is_found_in_every_byte_of_every_file(
    tmp_path: Path, signed: bytes | None, key: bytes | None
) -> None:
    pack = tmp_path / "pack"
    write_pack(pack, FILES, SUBJECT, signed)
    for name, content in contents(pack).items():
        for at in range(len(content)):
            (pack / name).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            try:
                found = verify_pack(pack, key)
            except DataError:
                continue  # format or fields of the manifest
            assert not found.whole, f"byte {at} of {name}"
        (pack / name).write_bytes(content)
    assert verify_pack(pack, key).whole


def test_files_that_are_missing_added_or_emptied_are_named(pack: Path) -> None:
    (pack / "card.md").unlink()
    (pack / "data" / "more.json").write_text("{}")
    (pack / "data" / "data.json").write_text("")
    found = verify_pack(pack)
    assert [problem.partition(" ")[0] for problem in found.problems] == [
        "card.md",
        "data/data.json",
        "data/more.json",
    ]
    assert ["missing" in found.problems[0], "changed" in found.problems[1], "added" in found.problems[2]] == [
        True
    ] * 3


def test_a_link_in_place_of_a_file_and_an_empty_folder_are_found(pack: Path, tmp_path: Path) -> None:
    outside = tmp_path / "card.md"
    shutil.move(pack / "card.md", outside)
    (pack / "card.md").symlink_to(outside)
    (pack / "more").mkdir()
    assert verify_pack(pack).problems == (
        "card.md is not a plain file", "more is not in the manifest: it was added",
    )  # fmt: skip


def change_along(pack: Path) -> None:
    """Change a file, and the manifest with it."""
    (pack / "card.md").write_bytes(b"# better\n")
    signature = (pack / SIGNATURE_FILE).read_bytes()
    write_pack(pack, {**FILES, "card.md": b"# better\n"}, SUBJECT)
    (pack / SIGNATURE_FILE).write_bytes(signature)


def test_a_manifest_that_was_changed_along_is_found_by_the_signature(pack: Path) -> None:
    change_along(pack)
    (only,) = verify_pack(pack).problems
    assert only.startswith("MANIFEST.sig does not fit MANIFEST.json")


def test_whoever_signs_anew_needs_the_trusted_key(pack: Path) -> None:
    write_pack(pack, {**FILES, "card.md": b"# better\n"}, SUBJECT, THEIRS)
    assert verify_pack(pack).whole, "without a key that is trusted nobody can tell"
    (only,) = verify_pack(pack, public_pem(1)).problems
    assert "and not by the one that is trusted" in only


def test_a_signature_that_was_taken_away_is_missed_if_a_key_is_given(pack: Path) -> None:
    change_along(pack)
    (pack / SIGNATURE_FILE).unlink()
    assert verify_pack(pack).whole, "digests alone don't tell"
    assert [problem.partition(",")[0] for problem in verify_pack(pack, OURS).problems] == [
        "MANIFEST.sig is missing"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"algorithm": "none"}',
        '{"algorithm": "Ed25519", "public_key": "AAAA", "signature": ""}',
    ],
)
def test_a_damaged_signature_is_a_problem(pack: Path, text: str) -> None:
    (pack / SIGNATURE_FILE).write_text(text)
    try:
        found = verify_pack(pack).problems
    except DataError as error:
        found = (str(error),)
    assert any("MANIFEST.sig" in one or "signature of an evidence pack" in one for one in found)


def test_without_a_key_there_are_digests_alone(tmp_path: Path) -> None:
    write_pack(tmp_path / "pack", FILES, SUBJECT)
    found = verify_pack(tmp_path / "pack")
    assert (found.whole, found.key) == (True, "")
    assert not (tmp_path / "pack" / SIGNATURE_FILE).exists()


def test_nothing_but_a_pack_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("keep")
    with pytest.raises(ConfigError, match="not an evidence pack"):
        write_pack(tmp_path / "notes", FILES, SUBJECT)
    assert contents(tmp_path / "notes") == {"mine.txt": b"keep"}
    with pytest.raises(DataError, match="not an evidence pack"):
        verify_pack(tmp_path / "notes")


def test_a_newer_format_is_refused(pack: Path) -> None:
    manifest = json.loads((pack / MANIFEST_FILE).read_text())
    (pack / MANIFEST_FILE).write_text(json.dumps({**manifest, "format": 2}))
    with pytest.raises(DataError, match="newer version"):
        verify_pack(pack)


@pytest.mark.parametrize("key", [b"", b"not a key", public_pem(1)])
def test_a_key_that_can_not_sign_is_refused_before_anything_is_written(tmp_path: Path, key: bytes) -> None:
    with pytest.raises(ConfigError, match="openssl genpkey -algorithm ed25519"):
        write_pack(tmp_path / "pack", FILES, SUBJECT, key)
    assert not (tmp_path / "pack").exists()


def test_a_key_of_another_kind_is_refused(pack: Path) -> None:
    other = generate_private_key(SECP256R1())
    private = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ConfigError, match="expected an Ed25519 key"):
        write_pack(pack, FILES, SUBJECT, private)
    with pytest.raises(ConfigError, match="expected an Ed25519 key"):
        verify_pack(pack, public)
