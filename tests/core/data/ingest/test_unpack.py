"""Packed CSV is read as if it were plain, whatever the file is called."""

from __future__ import annotations

import bz2
import gzip
import lzma
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from include.data.ingest import unpack
from include.errors import DataError

pytestmark = pytest.mark.core

PLAIN = b"customer_id,as_of,bill_amount,sex,defaulted\n1,2005-04-30,1.5,1,0\n2,2005-04-30,,,1\n"


def zstd(content):
    return pa.compress(content, codec="zstd", asbytes=True)


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_packed_rows_give_the_same_bytes(deliver, pack):
    assert deliver(pack(PLAIN)).sha256 == deliver(PLAIN).sha256


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
@pytest.mark.parametrize("cut", [1, 44, 50, 70])
def test_several_members_are_one_content(deliver, pack, cut):
    assert deliver(pack(PLAIN[:cut]) + pack(b"") + pack(PLAIN[cut:])).sha256 == deliver(PLAIN).sha256


def test_a_zstd_file_may_begin_with_a_frame_that_holds_no_data(deliver):
    skippable = bytes([0x50, 0x2A, 0x4D, 0x18]) + (4).to_bytes(4, "little") + b"seek"
    assert deliver(skippable + zstd(PLAIN)).sha256 == deliver(PLAIN).sha256


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_packed_content_that_is_cut_off_damaged_or_followed_by_something_is_refused(deliver, pack):
    packed = pack(PLAIN * 1000)
    middle = len(packed) // 2
    damaged = packed[:middle] + bytes([packed[middle] ^ 0xFF]) + packed[middle + 1 :]
    for content in (packed[:-1], packed[:middle], packed[:6], packed + b"rubbish", damaged):
        with pytest.raises(DataError, match=r"can't be decompressed as .*Deliver the complete|line "):
            deliver(content)


def test_a_wrong_checksum_is_noticed(deliver):
    packed = bytearray(gzip.compress(PLAIN))
    packed[-8] ^= 1
    with pytest.raises(DataError, match="can't be decompressed as gzip"):
        deliver(bytes(packed))


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_faults_within_are_named_as_in_a_plain_file(deliver, pack):
    for content in (
        PLAIN + b'3,2005-04-30,5" pipe,1,0\n',
        PLAIN + b"3,2005-04-30\n",
        PLAIN + b"3,\0,1,1,0\n",
        b"\xff\xfea",
    ):
        with pytest.raises(DataError) as plain:
            deliver(content)
        with pytest.raises(DataError) as packed:
            deliver(pack(content))
        assert str(packed.value) == str(plain.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            gzip.compress(gzip.compress(PLAIN)),
            "compressed with gzip inside a compressed file; compress it only once",
        ),
        (zstd(gzip.compress(PLAIN)), "compressed with gzip inside a compressed file"),
        (gzip.compress(b""), "the file has no content. Deliver the complete"),
        (gzip.compress(b"PAR1xxxx"), "a Parquet file"),
        (
            bz2.compress(PLAIN),
            "compressed with bzip2; deliver it as CSV, uncompressed or compressed with gzip or zstd",
        ),
        (lzma.compress(PLAIN), "compressed with xz"),
    ],
    ids=["gzip twice", "gzip in zstd", "nothing", "parquet", "bzip2", "xz"],  # gzip holds the time
)
def test_what_is_in_the_parcel_is_called_by_its_name(deliver, content, says):
    with pytest.raises(DataError, match=says):
        deliver(content)


def test_packed_parquet_is_refused_with_the_reason(deliver, parquet):
    with pytest.raises(
        DataError,
        match=r"compressed with gzip. Parquet is compressed inside .* without the outer compression",
    ):
        deliver(gzip.compress(parquet()), "parquet")


def test_a_small_file_that_unpacks_to_gigabytes_fills_no_memory(tmp_path):
    """2 GiB of rows from 9 MB, in a process that may not have 1.5 GB; the snapshot of equal rows is small."""
    row = b"1,2005-04-30,1.5," + b"x" * 1_000 + b",0\n"
    piece = gzip.compress(row * 20_000)
    with (tmp_path / "bomb.csv").open("wb") as stream:
        stream.write(gzip.compress(b"customer_id,as_of,bill_amount,note,defaulted\n"))
        stream.writelines([piece] * 30)
    program = f"""
from pathlib import Path
from include.data.ingest.convert import convert
from include.data.schema import Column
columns = (Column("customer_id", "integer"), Column("as_of", "date"), Column("defaulted", "target"))
folder = Path({str(tmp_path)!r})
print(convert([folder / "bomb.csv"], fmt="csv", columns=columns, target=folder / "out", origin="x"))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""  # getrusage would tell the size of the process that started this one, if that was larger
    printed = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(Path(__file__).parents[4])}, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    rows, megabytes = map(int, printed.stdout.split())
    assert rows == 600_000
    assert megabytes < 500
    assert not [path for path in tmp_path.iterdir() if path.name not in {"bomb.csv", "out"}]


def test_a_parcel_without_an_end_of_line_is_refused_before_it_fills_memory(deliver, monkeypatch):
    with pytest.raises(DataError, match="line 1 is longer than 16 MiB"):
        deliver(gzip.compress(b"a" * 40_000_000))
    with pytest.raises(DataError, match="byte 0 is null"):
        deliver(gzip.compress(bytes(40_000_000)))
    with pytest.raises(DataError, match=r"line 2: not valid CSV .a double quote that is never closed"):
        deliver(gzip.compress(PLAIN[:44] + b'"' + b"a\n" * 20_000_000))


def test_a_disk_that_does_not_give_the_file_is_not_a_fault_of_the_file(tmp_path, monkeypatch):
    from include.errors import StorageError

    (tmp_path / "x").write_bytes(PLAIN)

    def fail(*_arguments):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(StorageError, match="Input/output error"):
        list(unpack.read_pieces(tmp_path / "x", "x"))
