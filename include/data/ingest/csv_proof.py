"""Prove of each byte of a CSV file that it has one reading only.

CSV is RFC 4180 here: a double quote opens at the beginning of a field, closes at its end, and is doubled in
between. Engines are more lenient, each in its own way: a bare quote (5" pipe), or one escaped by a
backslash, turns round what is inside of quotes, and rows disappear into a field without a word. So the proof
looks at all bytes, those of columns that nobody asked for too, and what it says of a byte does not depend on
where in the file it stands.

A block begins where a record does. If quotes taken in pairs open and close where they may up to some place,
they are what RFC 4180 makes of them up to there, and the first that does not is the first fault. That makes
the proof a few vectorised passes.
"""

from __future__ import annotations

import codecs
from typing import NamedTuple

import numpy as np

from include.data.ingest.value_errors import shown
from include.errors import DataError

QUOTE, COMMA, _LINE_FEED, _RETURN = b'",\n\r'
_NEAR = 20
_CHUNK = 128 * 1024  # stays in the processor's cache


class Block(NamedTuple):
    """Whole records of a CSV file.

    :param data: their bytes; the last one ends with a line feed too.
    :param line: number of the first line in the file, from 1.
    :param offset: place of the first byte in the file, unpacked, from 0.
    :param lines: number of line feeds.
    :param commas: number of commas.
    :param is_plain: whether there is neither a quote nor a carriage return nor a zero.
    """

    data: bytes
    line: int
    offset: int
    lines: int
    commas: int
    is_plain: bool

    @classmethod
    def of(cls, data: bytes, line: int, offset: int) -> Block:
        """Return the block with these bytes."""
        lines, commas, small = _count_marks(data)
        # Line feeds are most often the only bytes so small: then one pass says what else takes three.
        is_plain = small == lines or not any(mark in data for mark in (b'"', b"\r", b"\0"))
        return cls(data, line, offset, lines, commas, is_plain)

    def find_line(self, place: int) -> int:
        """Return the number of the line in the file to which a place in the block belongs."""
        return self.line + self.data.count(b"\n", 0, place)


def _count_marks(data: bytes) -> tuple[int, int, int]:
    """Return how many bytes are line feeds, commas, and no greater than a quote, in one pass."""
    codes = np.frombuffer(data, dtype=np.uint8)
    lines = commas = small = 0
    chosen = np.empty(min(codes.size, _CHUNK), dtype=bool)
    for start in range(0, codes.size, _CHUNK):
        chunk = codes[start : start + _CHUNK]
        out = chosen[: chunk.size]
        lines += int(np.count_nonzero(np.equal(chunk, _LINE_FEED, out=out)))
        commas += int(np.count_nonzero(np.equal(chunk, COMMA, out=out)))
        small += int(np.count_nonzero(np.less_equal(chunk, QUOTE, out=out)))
    return lines, commas, small


def prove(block: Block, origin: str, *, beyond_ascii: bool) -> bool:
    """Check all that makes CSV but the number of fields; tell whether the file has more than ASCII so far.

    :param block: records of the file, not proven yet.
    :param origin: URI to name in messages.
    :param beyond_ascii: whether what comes before in the file has more than ASCII.
    :raises DataError: a null byte, one that is not valid UTF-8, or a byte order mark; a quote where none may
        be; a carriage return that does not end a line. The message has the line and the remedy.
    """
    beyond_ascii = _check_text(block, origin, beyond_ascii=beyond_ascii)
    if not block.is_plain:
        _check_quotes(block, origin)
        _check_returns(block, origin)
    return beyond_ascii


def _check_text(block: Block, origin: str, *, beyond_ascii: bool) -> bool:
    """Refuse bytes that are not text in UTF-8."""
    data = block.data
    zero = -1 if block.is_plain else data.find(b"\0")
    if zero >= 0:
        raise DataError(
            f"{origin}: line {block.find_line(zero)}: byte {block.offset + zero} is null, which CSV in "
            "UTF-8 never contains. The file is binary, encoded in UTF-16, or incomplete. Deliver it again as "
            "CSV in UTF-8."
        )
    if data.isascii():
        return beyond_ascii
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = error.start
        good = data[max(data.rfind(b"\n", 0, place) + 1, place - _NEAR) : place].decode("utf-8", "ignore")
        cause = (
            "the text before it is valid, so the file mixes two encodings or is damaged"
            if beyond_ascii or not data[:place].isascii()
            else "the file looks like Latin-1 or Windows-1252"
        )
        raise DataError(
            f"{origin}: line {block.find_line(place)}, byte offset {block.offset + place}: "
            f"0x{data[place]:02x} is not valid UTF-8, after {shown(good)}. Expected UTF-8; {cause}. Deliver "
            "it again in UTF-8."
        ) from error
    mark = data.find(codecs.BOM_UTF8)
    if mark >= 0:
        raise DataError(
            f"{origin}: line {block.find_line(mark)}, byte offset {block.offset + mark}: a byte order mark "
            "inside the file; it may only be at the very beginning. Two files may have been joined: remove "
            "the mark and the second header, and deliver the file again."
        )
    return True


def _check_quotes(block: Block, origin: str) -> None:
    """Refuse the first quote that neither opens a field at its beginning, nor closes it, nor is doubled."""
    codes = np.frombuffer(block.data, dtype=np.uint8)
    quotes = np.flatnonzero(codes == QUOTE)
    opens, closes = quotes[0::2], quotes[1::2]
    before = codes[opens - 1]  # the first byte has the block's last in front of it: a line feed, as it should
    after, then = codes[closes + 1], codes[np.minimum(closes + 2, codes.size - 1)]
    opens_well = (before == COMMA) | (before == _LINE_FEED) | (before == QUOTE)
    closes_well = (after == COMMA) | (after == _LINE_FEED) | (after == QUOTE)
    closes_well |= (after == _RETURN) & (then == _LINE_FEED)
    bare = opens[~opens_well][:1].tolist()
    early = closes[~closes_well][:1].tolist()
    if early and early < (bare or [codes.size]):
        field = int(opens[(before != QUOTE) & (opens < early[0])][-1])
        found = "text after the closing double quote of a field"
        if block.find_line(field) != block.find_line(early[0]):
            found += f", which opened in line {block.find_line(field)}"
        raise _not_csv(block, early[0], early[0] + 1, found, origin)
    if bare:
        raise _not_csv(block, bare[0], bare[0] - 1, "a double quote inside an unquoted field", origin)
    if quotes.size % 2:
        field = int(opens[before != QUOTE][-1])
        raise _not_csv(block, field, codes.size, "a double quote that is never closed", origin)


def _not_csv(block: Block, place: int, beside: int, found: str, origin: str) -> DataError:
    """Return the error for a quote that does not fit, with the true cause where it is another.

    :param place: of the quote.
    :param beside: place of the byte that should be a comma or a line end.
    """
    data = block.data
    if data[beside : beside + 1] == b"\r":
        return _lone_return(block, beside, origin)
    # A value that ends with a quote escaped by a backslash shows in the record after it, so look back too.
    start = data.rfind(b"\n", 0, max(0, data.rfind(b"\n", 0, place))) + 1
    if b'\\"' in data[start : beside + 1] or b'\\"' in data[start : place + 1]:
        found += "; the file escapes quotes with a backslash, the default of Spark, MySQL and Hive"
    line_start = data.rfind(b"\n", 0, place) + 1
    near = data[max(line_start, place - _NEAR) : place + _NEAR // 2].partition(b"\n")[0]
    seen = shown(near.decode(errors="ignore"))
    return DataError(
        f"{origin}: line {block.find_line(place)}: not valid CSV ({found}), at {seen}. "
        "Expected double quotes only around a whole field, and doubled inside it. Double the "
        'quotes (the value 5" pipe is written "5"" pipe") and deliver the file again.'
    )


def _check_returns(block: Block, origin: str) -> None:
    """Refuse a carriage return outside of quotes that no line feed follows."""
    if block.data.count(b"\r") == block.data.count(b"\r\n"):
        return
    codes = np.frombuffer(block.data, dtype=np.uint8)
    alone = np.flatnonzero(codes == _RETURN)
    alone = alone[codes[alone + 1] != _LINE_FEED]  # the block's last byte is a line feed
    alone = alone[np.searchsorted(np.flatnonzero(codes == QUOTE), alone) % 2 == 0]
    if alone.size:
        raise _lone_return(block, int(alone[0]), origin)


def _lone_return(block: Block, place: int, origin: str) -> DataError:
    """Return the error for a carriage return that does not end a line."""
    found = (
        "the lines end with a carriage return only (old Mac style)"
        if block.line == 1 and b"\n" not in block.data[:-1]
        else "a carriage return without a line feed after it"
    )
    return DataError(
        f"{origin}: line {block.find_line(place)}, byte offset {block.offset + place}: {found}; expected \\n "
        "or \\r\\n at the end of each line. Deliver it again with those line ends; a value with a carriage "
        "return must be in double quotes."
    )
