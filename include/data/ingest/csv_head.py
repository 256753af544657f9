"""Recognise from its first bytes what a file is that is not CSV in UTF-8 with commas."""

from __future__ import annotations

import codecs
import re

from include.data.ingest.unpack import find_codec
from include.data.ingest.value_errors import shown
from include.errors import DataError

_AS_CSV = "deliver it as CSV, uncompressed or compressed with gzip or zstd"
# Letters alone prove nothing: a column may be called PAR1 or BZh.
_SIGNATURES = {
    rb"PAR1([\0-\x08\x0e-\x1f]|(?![^\n]*[,\n]))": "a Parquet file; set the table's format to "
    "parquet in model.yaml",
    rb"PK\x03\x04": f"a ZIP archive or an Excel workbook; {_AS_CSV}",
    rb"\xd0\xcf\x11\xe0": f"an Excel workbook of before 2007; {_AS_CSV}",
    rb"BZh[1-9]1AY": f"compressed with bzip2; {_AS_CSV}",
    rb"\xfd7zXZ\0": f"compressed with xz; {_AS_CSV}",
    rb"\x04\x22\x4d\x18": f"compressed with lz4; {_AS_CSV}",
    rb"\xff\x06\0\0sNaPpY": f"compressed with snappy; {_AS_CSV}",
    rb"\x1f\x9d": f"compressed with compress; {_AS_CSV}",
    rb"\x78[\x01\x9c\xda]": f"compressed with zlib, which has no file format; {_AS_CSV}",
    rb"7z\xbc\xaf": f"a 7z archive; {_AS_CSV}",
    rb"Rar!\x1a": f"a RAR archive; {_AS_CSV}",
    rb"[^\n]{257}ustar": f"a tar archive; take the file out of it and {_AS_CSV}",
    rb"ORC[\0-\x08\x0e-\x1f]": f"an ORC file; {_AS_CSV}",
    rb"Obj\x01": f"an Avro file; {_AS_CSV}",
    rb"ARROW1\0": f"an Arrow (Feather) file; {_AS_CSV}, or as Parquet",
    rb"\x89HDF": f"an HDF5 file; {_AS_CSV}",
    rb"SQLite format 3\0": f"an SQLite database; {_AS_CSV}",
    rb"%PDF-": f"a PDF document; {_AS_CSV}",
    rb"version https://git-lfs": "a Git LFS pointer instead of the file; run git lfs pull, then deliver it",
    rb"\s*(\{|\[\s*[\[{])": f"JSON; {_AS_CSV}",
    rb"(?i)\s*<(\?xml|!doctype|html)": "XML or an HTML page, such as the answer of a server that wants a "
    "login; deliver the CSV itself",
    re.escape(codecs.BOM_UTF32_LE): "encoded in UTF-32; deliver it in UTF-8",
    re.escape(codecs.BOM_UTF32_BE): "encoded in UTF-32; deliver it in UTF-8",
    re.escape(codecs.BOM_UTF16_LE): "encoded in UTF-16; deliver it in UTF-8",
    re.escape(codecs.BOM_UTF16_BE): "encoded in UTF-16; deliver it in UTF-8",
}


def check_head(head: bytes, origin: str) -> None:
    """Refuse a file that its first bytes show not to be CSV in UTF-8 with commas.

    :param head: beginning of the file, decompressed.
    :param origin: URI to name in messages.
    :raises DataError: it is something else, with its name and what to do.
    """
    head = head.removeprefix(codecs.BOM_UTF8)
    for signature, meaning in _SIGNATURES.items():
        if re.match(signature, head):
            raise DataError(f"{origin}: expected CSV in UTF-8, found a file that is {meaning}.")
    codec = find_codec(head)
    if codec:
        raise DataError(
            f"{origin}: expected CSV in UTF-8, found a file compressed with {codec} inside a compressed "
            "file; compress it only once."
        )
    first_line = head.partition(b"\n")[0]
    if re.fullmatch(rb"sep=.\r?", first_line):
        raise DataError(
            f"{origin}: line 1 is {shown(first_line.decode(errors='replace').strip())}, which only Excel "
            "understands; expected the header. Deliver the file again without that line."
        )
    other = next((mark for mark in ";\t|" if mark.encode() in first_line), None)
    if other and b"," not in first_line and b"\0" not in first_line:
        raise DataError(
            f"{origin}: line 1, the header, has {shown(other)} between the column names; expected a comma. "
            "Deliver the file again with commas."
        )
