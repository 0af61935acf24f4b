"""Finds what is unseen in .xls (BIFF8) and .xlsb (BIFF12), by walking over their records.

Both formats are a stream of records: a type, a length, the content. Only the few types that matter are read,
with offsets as in [MS-XLS] and [MS-XLSB]; the others are skipped by their length.
"""

import struct
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import olefile

from partners.imports.reading.workbook_inspector import ERROR_CODES, Unseen, padded, pads
from partners.imports.reading.xml_inspector import part_of

# Record types of BIFF8, by their names in [MS-XLS].
FILEPASS, BOUNDSHEET, FORMAT, XF, EOF = 0x2F, 0x85, 0x41E, 0xE0, 0x0A
FORMULA, BOOLERR, NUMBER, RK, MULRK, ROW, COLINFO = 0x06, 0x205, 0x203, 0x27E, 0xBD, 0x208, 0x7D
ERROR_RESULT = 2
"""The result of a FORMULA is an error."""


def is_protected(file: BinaryIO) -> bool:
    """Whether a container of Microsoft's holds a workbook that needs a password."""
    with olefile.OleFileIO(file) as container:
        if container.exists("EncryptedPackage"):
            return True
        book = _book(container)
        return any(kind == FILEPASS for kind, _content in _records(book, 0))


def _book(container: "olefile.OleFileIO[Any]") -> bytes:
    names = [name for name in ("Workbook", "Book") if container.exists(name)]
    return bytes(container.openstream(names[0]).read()) if names else b""


def _records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Type and content of each record of a substream: the globals begin at 0, each sheet at its offset.

    A record is a type and a length, of two bytes each, and the content. CONTINUE records, which carry on a
    long one, need no joining here: no record that is read can be so long.
    """
    while start + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, start)
        yield kind, book[start + 4 : start + 4 + length]
        if kind == EOF:
            return
        start += 4 + length


def in_xls(file: BinaryIO, sheet: str) -> Unseen:
    """What is unseen in the sheet of this name."""
    with olefile.OleFileIO(file) as container:
        book = _book(container)
    # Globals: where the sheet begins, number formats by id, and of each cell style (XF) the id of its format.
    start, codes, styles = 0, {}, []
    for kind, content in _records(book, 0):
        if kind == BOUNDSHEET and _text(content[6:], length_bytes=1) == sheet:
            start = struct.unpack_from("<I", content)[0]
        elif kind == FORMAT:
            codes[struct.unpack_from("<H", content)[0]] = _text(content[2:], length_bytes=2)
        elif kind == XF:
            styles.append(struct.unpack_from("<H", content, 2)[0])
    unseen = Unseen()
    formats = pads({place: codes.get(key, "") for place, key in enumerate(styles)})
    for kind, content in _records(book, start) if start else ():
        _look(kind, content, formats, unseen)
    return unseen


def _text(content: bytes, *, length_bytes: int) -> str:
    """A string of BIFF8: its length, a byte of flags, then UTF-16 or, without the first flag, Latin-1."""
    length = int.from_bytes(content[:length_bytes], "little")
    wide = content[length_bytes] & 1
    text = content[length_bytes + 1 :]
    return text[: length * 2].decode("utf-16-le") if wide else text[:length].decode("latin-1")


def _look(kind: int, content: bytes, formats: dict[int, str], unseen: Unseen) -> None:
    """Add what a record of a sheet hides. Cells begin with row, column and style, two bytes each."""
    if kind == ROW:
        unseen.hidden_rows += bool(content[12] & 0x20)
    elif kind == COLINFO and content[8] & 1:
        first, last = struct.unpack_from("<HH", content)
        unseen.hidden_columns.update(range(first, last + 1))
    elif kind == BOOLERR and content[7]:
        unseen.put(*_cell_position(content), ERROR_CODES.get(content[6], "#VALUE!"))
    # The result is a double at 6, unless all bits of its last two bytes are set: then 6 says what it is.
    elif kind == FORMULA and content[12:14] == b"\xff\xff" and content[6] == ERROR_RESULT:
        unseen.put(*_cell_position(content), ERROR_CODES.get(content[8], "#VALUE!"))
    elif formats and kind in (NUMBER, RK, MULRK):
        for row, column, style, number in _numbers(kind, content):
            if shown := padded(number, formats.get(style, "")):
                unseen.put_shown(row, column, shown)


def _cell_position(content: bytes) -> tuple[int, int]:
    row, column = struct.unpack_from("<HH", content)
    return row, column


def _numbers(kind: int, content: bytes) -> Iterator[tuple[int, int, int, float]]:
    """Row, column, style and value of each number. MULRK has several, side by side, six bytes each."""
    row, column = struct.unpack_from("<HH", content)
    if kind == NUMBER:
        style, number = struct.unpack_from("<Hd", content, 4)
        yield row, column, style, number
        return
    for place in range(4, len(content) - 5, 6):
        style, packed = struct.unpack_from("<HI", content, place)
        yield row, column + (place - 4) // 6, style, _unpacked(packed)


def _unpacked(packed: int) -> float:
    """An RkNumber. Bit 0: divide by 100. Bit 1: the rest is a signed integer, else the top of a double."""
    if packed & 2:
        whole = packed >> 2
        number = float(whole - (1 << 30) if whole >> 29 else whole)
    else:
        number = struct.unpack("<d", struct.pack("<Q", (packed & ~3) << 32))[0]
    return number / 100 if packed & 1 else number


# Record types of BIFF12, by their names in [MS-XLSB].
BRT_ROW_HDR, BRT_BUNDLE_SH, BRT_COL_INFO, BRT_MERGE_CELL = 0, 156, 60, 176
BRT_ERRORS = (3, 11)
"""BrtCellError and BrtFmlaError."""


def in_xlsb(archive: zipfile.ZipFile, sheet: str) -> Unseen:
    """What is unseen in the sheet of this name, except for formats that put zeros before numbers."""
    book = "xl/workbook.bin"
    keys = [
        key
        for kind, content in _binary_records(archive.read(book))
        if kind == BRT_BUNDLE_SH
        for key, name in [_two_texts(content[8:])]
        if name == sheet
    ]
    unseen, row = Unseen(), 0
    for kind, content in _binary_records(archive.read(part_of(archive, book, keys[0]))):
        if kind == BRT_ROW_HDR:
            row = struct.unpack_from("<I", content)[0]
            unseen.hidden_rows += bool(content[11] & 0x10)
        elif kind == BRT_COL_INFO and content[16] & 1:
            first, last = struct.unpack_from("<II", content)
            unseen.hidden_columns.update(range(first, min(last, 1 << 14) + 1))
        elif kind == BRT_MERGE_CELL:
            top, bottom, left, right = struct.unpack_from("<IIII", content)
            unseen.merged.append(((top, left), (bottom, right)))
        elif kind in BRT_ERRORS:
            column = struct.unpack_from("<I", content)[0]
            unseen.put(row, column, ERROR_CODES.get(content[8], "#VALUE!"))
    return unseen


def _binary_records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The (type, content) of each record of a part; type and length are numbers of variable length."""
    place = 0
    while place < len(content):
        kind, place = _number(content, place, most=2)
        length, place = _number(content, place, most=4)
        yield kind, content[place : place + length]
        place += length


def _number(content: bytes, place: int, *, most: int) -> tuple[int, int]:
    """A number of up to `most` bytes, and where it ends: seven bits a byte, lowest first; bit 7: go on."""
    number = 0
    for index in range(most):
        byte = content[place + index]
        number |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            break
    return number, place + index + 1


def _two_texts(content: bytes) -> tuple[str, str]:
    """Two strings of BIFF12: a length of four bytes, then UTF-16."""
    length = struct.unpack_from("<I", content)[0]
    end = 4 + length * 2
    second = struct.unpack_from("<I", content, end)[0]
    return content[4:end].decode("utf-16-le"), content[end + 4 : end + 4 + second * 2].decode("utf-16-le")
