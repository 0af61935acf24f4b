"""Looks into the records of .xls and .xlsb: see unseen."""

import struct
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import olefile

from partners.imports.reading.workbook_inspector import ERROR_CODES, Unseen, padded, pads
from partners.imports.reading.xml_inspector import part_of

ERROR_RESULT = 2
ENCRYPTED_BOOK, SHEET_NAME, FORMAT, STYLE, END = 0x2F, 0x85, 0x41E, 0xE0, 0x0A
FORMULA, BOOLEAN_OR_ERROR, NUMBER, SHORT_NUMBER, SHORT_NUMBERS, ROW, COLUMNS = (
    0x06,
    0x205,
    0x203,
    0x27E,
    0xBD,
    0x208,
    0x7D,
)


def is_protected(file: BinaryIO) -> bool:
    """Whether a container of Microsoft's holds a workbook that needs a password."""
    with olefile.OleFileIO(file) as container:
        if container.exists("EncryptedPackage"):
            return True
        book = _book(container)
        return any(kind == ENCRYPTED_BOOK for kind, _content in _records(book, 0))


def _book(container: "olefile.OleFileIO[Any]") -> bytes:
    names = [name for name in ("Workbook", "Book") if container.exists(name)]
    return bytes(container.openstream(names[0]).read()) if names else b""


def _records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Those of one part of the workbook, to its end."""
    while start + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, start)
        yield kind, book[start + 4 : start + 4 + length]
        if kind == END:
            return
        start += 4 + length


def in_xls(file: BinaryIO, sheet: str) -> Unseen:
    """What is unseen in the sheet of this name."""
    with olefile.OleFileIO(file) as container:
        book = _book(container)
    start, codes, styles = 0, {}, []
    for kind, content in _records(book, 0):
        if kind == SHEET_NAME and _text(content[6:], length_bytes=1) == sheet:
            start = struct.unpack_from("<I", content)[0]
        elif kind == FORMAT:
            codes[struct.unpack_from("<H", content)[0]] = _text(content[2:], length_bytes=2)
        elif kind == STYLE:
            styles.append(struct.unpack_from("<H", content, 2)[0])
    unseen = Unseen()
    formats = pads({place: codes.get(key, "") for place, key in enumerate(styles)})
    for kind, content in _records(book, start) if start else ():
        _look(kind, content, formats, unseen)
    return unseen


def _text(content: bytes, *, length_bytes: int) -> str:
    length = int.from_bytes(content[:length_bytes], "little")
    wide = content[length_bytes] & 1
    text = content[length_bytes + 1 :]
    return text[: length * 2].decode("utf-16-le") if wide else text[:length].decode("latin-1")


def _look(kind: int, content: bytes, formats: dict[int, str], unseen: Unseen) -> None:
    if kind == ROW:
        unseen.hidden_rows += bool(content[12] & 0x20)
    elif kind == COLUMNS and content[8] & 1:
        first, last = struct.unpack_from("<HH", content)
        unseen.hidden_columns.update(range(first, last + 1))
    elif kind == BOOLEAN_OR_ERROR and content[7]:
        unseen.put(*_place(content), ERROR_CODES.get(content[6], "#VALUE!"))
    elif kind == FORMULA and content[12:14] == b"\xff\xff" and content[6] == ERROR_RESULT:
        unseen.put(*_place(content), ERROR_CODES.get(content[8], "#VALUE!"))
    elif formats and kind in (NUMBER, SHORT_NUMBER, SHORT_NUMBERS):
        for row, column, style, number in _numbers(kind, content):
            if shown := padded(number, formats.get(style, "")):
                unseen.put_shown(row, column, shown)


def _place(content: bytes) -> tuple[int, int]:
    row, column = struct.unpack_from("<HH", content)
    return row, column


def _numbers(kind: int, content: bytes) -> Iterator[tuple[int, int, int, float]]:
    row, column = struct.unpack_from("<HH", content)
    if kind == NUMBER:
        style, number = struct.unpack_from("<Hd", content, 4)
        yield row, column, style, number
        return
    for place in range(4, len(content) - 5, 6):
        style, packed = struct.unpack_from("<HI", content, place)
        yield row, column + (place - 4) // 6, style, _unpacked(packed)


def _unpacked(packed: int) -> float:
    """A number in 30 bits: whole or the upper half of a double, in hundredths or not."""
    if packed & 2:
        whole = packed >> 2
        number = float(whole - (1 << 30) if whole >> 29 else whole)
    else:
        number = struct.unpack("<d", struct.pack("<Q", (packed & ~3) << 32))[0]
    return number / 100 if packed & 1 else number


ROW_OF_BINARY, SHEET_OF_BINARY, COLUMNS_OF_BINARY, MERGE_OF_BINARY = 0, 156, 60, 176
ERRORS_OF_BINARY = (3, 11)
"""A cell with an error, and a formula with one."""


def in_xlsb(archive: zipfile.ZipFile, sheet: str) -> Unseen:
    """What is unseen in the sheet of this name, except for formats that put zeros before numbers."""
    book = "xl/workbook.bin"
    keys = [
        key
        for kind, content in _binary_records(archive.read(book))
        if kind == SHEET_OF_BINARY
        for key, name in [_two_texts(content[8:])]
        if name == sheet
    ]
    unseen, row = Unseen(), 0
    for kind, content in _binary_records(archive.read(part_of(archive, book, keys[0]))):
        if kind == ROW_OF_BINARY:
            row = struct.unpack_from("<I", content)[0]
            unseen.hidden_rows += bool(content[11] & 0x10)
        elif kind == COLUMNS_OF_BINARY and content[16] & 1:
            first, last = struct.unpack_from("<II", content)
            unseen.hidden_columns.update(range(first, min(last, 1 << 14) + 1))
        elif kind == MERGE_OF_BINARY:
            top, bottom, left, right = struct.unpack_from("<IIII", content)
            unseen.merged.append(((top, left), (bottom, right)))
        elif kind in ERRORS_OF_BINARY:
            column = struct.unpack_from("<I", content)[0]
            unseen.put(row, column, ERROR_CODES.get(content[8], "#VALUE!"))
    return unseen


def _binary_records(content: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(content):
        kind, place = _number(content, place, most=2)
        length, place = _number(content, place, most=4)
        yield kind, content[place : place + length]
        place += length


def _number(content: bytes, place: int, *, most: int) -> tuple[int, int]:
    """A number in seven bits a byte, and where it ends."""
    number = 0
    for index in range(most):
        byte = content[place + index]
        number |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            break
    return number, place + index + 1


def _two_texts(content: bytes) -> tuple[str, str]:
    length = struct.unpack_from("<I", content)[0]
    end = 4 + length * 2
    second = struct.unpack_from("<I", content, end)[0]
    return content[4:end].decode("utf-16-le"), content[end + 4 : end + 4 + second * 2].decode("utf-16-le")
