"""A disk that is full or fails: nothing is left behind, and the error says that it may pass."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from include.data import atomic_file
from include.data.atomic_file import as_os_error, whole_file
from include.data.ingest.convert import convert
from include.errors import StorageError

pytestmark = pytest.mark.core

HEADER = "customer_id,as_of,bill_amount,sex,defaulted\n"
ROWS = "".join(f"{i},2005-04-30,{i / 7},{i % 3},{i % 2}\n" for i in range(20_000))


class FullDisk:
    """A file on a disk with so many bytes left."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, data):
        if self.room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = self.file.write(data[: self.room])
        self.room -= taken
        return taken

    def close(self):
        self.file.close()


@pytest.fixture
def full_disk(monkeypatch):
    """Let every snapshot be written to a disk with 1,000 bytes left."""
    original = atomic_file.DigestingWriter.__init__

    def on_full_disk(self, path):
        original(self, path)
        self._file = FullDisk(self._file, 1_000)

    monkeypatch.setattr(atomic_file.DigestingWriter, "__init__", on_full_disk)


def test_a_full_disk_is_a_storage_error_and_leaves_nothing(deliver, full_disk, tmp_path):
    with pytest.raises(StorageError, match=r"/snapshot.parquet: No space left on device.*Free space"):
        deliver(HEADER + ROWS)
    assert list((tmp_path / "snapshots").iterdir()) == []


def test_a_full_disk_keeps_the_older_snapshot(deliver, request, tmp_path):
    deliver(HEADER + "1,2005-04-30,1,1,0\n")
    before = (tmp_path / "snapshots" / "snapshot.parquet").read_bytes()
    request.getfixturevalue("full_disk")
    with pytest.raises(StorageError):
        deliver(HEADER + ROWS)
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == ["snapshot.parquet"]
    assert (tmp_path / "snapshots" / "snapshot.parquet").read_bytes() == before


def test_a_limit_of_the_operating_system_counts_as_a_full_disk(columns, tmp_path):
    """Not simulated: the kernel refuses to let the file grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    source = HEADER + ROWS
    (tmp_path / "delivered.csv").write_text(source)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        with pytest.raises(StorageError, match="File too large"):
            convert(
                tmp_path / "delivered.csv", fmt="csv", columns=columns, target=tmp_path / "out" / "x",
                origin="x"
            )  # fmt: skip
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
def test_a_disk_that_is_really_full(columns, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "delivered.csv").write_text(HEADER + ROWS)
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this container may not mount")
    try:
        with pytest.raises(StorageError, match="No space left on device"):
            convert(
                tmp_path / "delivered.csv", fmt="csv", columns=columns, target=disk / "out", origin="x"
            )  # fmt: skip
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_killed_conversion_leaves_no_snapshot(tmp_path):
    """What stays of a kill -9 is a hidden part file, never something under the snapshot's name."""
    program = f"""
import os, signal
from pathlib import Path
from include.data.atomic_file import whole_file
with whole_file(Path({str(tmp_path / "out")!r})) as (writer, _):
    writer.write(b"half of it")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    root = str(Path(__file__).parents[3])
    ended = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": root}, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]


def test_the_file_appears_whole_when_the_block_ends(tmp_path):
    with whole_file(tmp_path / "new" / "out") as (writer, temporary):
        writer.write(b"ab")
        writer.write(memoryview(b"cd"))
        assert temporary.parent == tmp_path / "new"
        assert not (tmp_path / "new" / "out").exists()
    assert (tmp_path / "new" / "out").read_bytes() == b"abcd"
    assert (writer.written, writer.sha256) == (4, hashlib.sha256(b"abcd").hexdigest())
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out"]


def test_a_disk_that_takes_a_few_bytes_at_a_time_gets_them_all(tmp_path):
    class Slow:
        def __init__(self, file):
            self.file, self.close = file, file.close

        def write(self, data):
            return self.file.write(data[:3])

    with whole_file(tmp_path / "out") as (writer, _):
        writer._file = Slow(writer._file)
        writer.write(b"abcdefgh")
    assert (tmp_path / "out").read_bytes() == b"abcdefgh"


def test_any_other_error_in_the_block_leaves_nothing_and_is_passed_on(tmp_path):
    def write_half():
        with whole_file(tmp_path / "out") as (writer, _):
            writer.write(b"ab")
            raise KeyError("not a disk's fault")

    with pytest.raises(KeyError):
        write_half()
    assert list(tmp_path.iterdir()) == []


def test_a_file_keeps_the_permissions_that_others_need(tmp_path):
    with whole_file(tmp_path / "out") as (writer, _):
        writer.write(b"ab")
    (tmp_path / "plain").write_bytes(b"ab")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_folder_that_can_not_be_made_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StorageError, match=r"Not a directory|File exists"),
        whole_file(tmp_path / "file" / "out"),
    ):
        pass


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("parquet: underlying IO error: No space left on device (os error 28)", errno.ENOSPC),
        ("Input/output error (os error 5): /data/x.csv", errno.EIO),
        ("could not parse `x` as dtype `i64`", None),
    ],
)
def test_an_error_of_the_system_is_found_in_an_engines_words(said, number):
    found = as_os_error(RuntimeError(said))
    assert (found.errno if found else None) == number
