"""A disk that is full or fails: nothing is left behind, and the error says that it may pass."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from include.data.atomic_file import as_os_error, whole_file
from include.data.ingest.convert import convert
from include.errors import StorageError

pytestmark = pytest.mark.core

HEADER = "customer_id,as_of,bill_amount,sex,defaulted\n"
ROWS = "".join(f"{i},2005-04-30,{i / 7},{i % 3},{i % 2}\n" for i in range(20_000))


@pytest.fixture
def small_files():
    """Let no file of this process grow beyond 1,000 bytes; the kernel sees to it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.fixture
def delivered(tmp_path):
    """A delivery whose snapshot takes more than that."""
    (tmp_path / "delivered.csv").write_text(HEADER + ROWS)
    return tmp_path / "delivered.csv"


def test_a_disk_that_can_not_take_it_is_a_storage_error_and_leaves_nothing(
    columns, delivered, small_files, tmp_path
):
    with pytest.raises(StorageError, match=r"/out/x: File too large.*free space"):
        convert([delivered], fmt="csv", columns=columns, target=tmp_path / "out" / "x", origin="x")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_disk_that_can_not_take_it_keeps_the_older_snapshot(columns, delivered, small_files, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").write_bytes(b"older")
    with pytest.raises(StorageError):
        convert([delivered], fmt="csv", columns=columns, target=tmp_path / "out" / "x", origin="x")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x"]
    assert (tmp_path / "out" / "x").read_bytes() == b"older"


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
                [tmp_path / "delivered.csv"], fmt="csv", columns=columns, target=disk / "out", origin="x"
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
with whole_file(Path({str(tmp_path / "out")!r})) as temporary:
    temporary.write_bytes(b"half of it")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    root = str(Path(__file__).parents[3])
    ended = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": root}, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]


def test_the_file_appears_whole_when_the_block_ends(tmp_path):
    with whole_file(tmp_path / "new" / "out") as temporary:
        temporary.write_bytes(b"abcd")
        assert temporary.parent == tmp_path / "new"
        assert not (tmp_path / "new" / "out").exists()
    assert (tmp_path / "new" / "out").read_bytes() == b"abcd"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out"]


def test_any_other_error_in_the_block_leaves_nothing_and_is_passed_on(tmp_path):
    def write_half():
        with whole_file(tmp_path / "out") as temporary:
            temporary.write_bytes(b"ab")
            raise KeyError("not a disk's fault")

    with pytest.raises(KeyError):
        write_half()
    assert list(tmp_path.iterdir()) == []


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
