"""Cut a CSV file into blocks of whole records, and count them."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import numpy as np

from include.data.ingest.csv_proof import QUOTE, Block, prove
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NO_STRUCTURE = bytes(set(range(256)) - set(b'",\n'))
LONGEST_RECORD = 16 * 1024 * 1024


def cut_blocks(pieces: Iterable[bytes], origin: str) -> Iterator[Block]:
    """Yield the records of a CSV file, the header among them, in blocks that are proven to be RFC 4180.

    How many fields a record has is not looked at here: :func:`count_records` does.

    :param pieces: the bytes of the file, in pieces of any size up to 16 MiB.
    :param origin: URI to name in messages.
    :raises DataError: what :func:`include.data.ingest.csv_proof.prove` refuses, or a record of more than 16
    MiB.
    """
    begun, beyond_ascii = False, False
    line, offset, rest = 1, 0, b""
    for piece in pieces:
        rest += piece
        if not begun and len(rest) >= len(codecs.BOM_UTF8):
            begun = True
            offset = len(codecs.BOM_UTF8) if rest.startswith(codecs.BOM_UTF8) else 0
            rest = rest[offset:]
        end = _last_end(rest)
        if len(rest) > LONGEST_RECORD and not _last_end(rest[:LONGEST_RECORD]):
            raise _endless(Block.of(rest + b"\n", line, offset), origin, beyond_ascii=beyond_ascii)
        if end:
            block = Block.of(rest[:end], line, offset)
            beyond_ascii = prove(block, origin, beyond_ascii=beyond_ascii)
            yield block
            line, offset, rest = line + block.lines, offset + end, rest[end:]
    if rest:
        block = Block.of(rest if rest.endswith(b"\n") else rest + b"\n", line, offset)
        prove(block, origin, beyond_ascii=beyond_ascii)
        yield block


def count_records(block: Block, width: int) -> int | None:
    """Return how many records a proven block holds; None if one of them has another number of fields.

    :param block: from :func:`cut_blocks`.
    :param width: number of fields that each record has to have.
    """
    structure = block.data.translate(None, _NO_STRUCTURE)
    if b'"' in structure:
        marks = np.frombuffer(structure, dtype=np.uint8)
        quotes = marks == QUOTE
        inside = np.bitwise_xor.accumulate(quotes.view(np.uint8)).view(bool)
        structure = marks[~(quotes | inside)].tobytes()
    records = structure.count(b"\n")
    return records if structure == (b"," * (width - 1) + b"\n") * records else None


def has_all_commas(block: Block, width: int) -> bool:
    """Tell at little cost whether a block has as many commas as its records need.

    A false answer says nothing. After a true one a record may still be too long if another is too short.

    :param block: from :func:`cut_blocks`.
    :param width: number of fields that each record has to have.
    """
    return block.is_plain and block.commas == block.lines * (width - 1)


def _last_end(data: bytes) -> int:
    """Return the place behind the last record that ends in these bytes, which begin with a record."""
    end = data.rfind(b"\n")
    if end < 0 or b'"' not in data:
        return end + 1
    quotes = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == QUOTE)
    while end >= 0:
        before = int(np.searchsorted(quotes, end))
        if before % 2 == 0:
            return end + 1
        end = data.rfind(b"\n", 0, int(quotes[before - 1]))  # in front of the quote that opened
    return 0


def _endless(block: Block, origin: str, *, beyond_ascii: bool) -> DataError:
    """Return the error for bytes without the end of a record in sight."""
    try:
        prove(block, origin, beyond_ascii=beyond_ascii)
    except DataError as error:
        return error
    return DataError(
        f"{origin}: the record in line {block.line} is longer than {LONGEST_RECORD // 2**20} MiB. "
        "Expected CSV with a line for each row. Deliver the file again with shorter values, or without the "
        "column that holds them."
    )
