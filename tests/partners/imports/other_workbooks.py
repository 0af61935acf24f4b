"""Workbooks that nothing here writes but the tests: of Excel before 2007, and of its binary kind."""

import io
import struct
import zipfile

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def xls(*rows):
    """A file as Excel 97 writes it: records of a workbook and its sheet, in a container of sectors."""
    start = _biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + _biff(0x42, struct.pack("<H", 1200))
    name = "Partners"
    end = _biff(0x0A)
    at = len(start) + 4 + 8 + len(name) + len(end)
    bound = _biff(0x85, struct.pack("<IBBBB", at, 0, 0, len(name), 0) + name.encode())
    sheet = _biff(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    sheet += _biff(0x200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            where = struct.pack("<HHH", number, place, 0)
            if isinstance(cell, str):
                sheet += _biff(0x204, where + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))
            else:
                sheet += _biff(0x203, where + struct.pack("<d", cell))
    return _container("Workbook", start + bound + end + sheet + end)


def _biff(kind, content=b""):
    return struct.pack("<HH", kind, len(content)) + content


def _container(name, content):
    """A compound file with one stream, which is long enough to have sectors of its own."""
    content = content.ljust(4096, b"\0")
    content += b"\0" * (-len(content) % SECTOR)
    sectors = len(content) // SECTOR
    table = [FAT, END, *range(3, sectors + 2), END]
    table += [FREE] * (SECTOR // 4 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0, 0)
    header += struct.pack("<I", FREE) * ((SECTOR - len(header)) // 4)
    folder = _entry("Root Entry", 5, child=1, start=END, size=0) + _entry(
        name, 2, child=FREE, start=2, size=len(content)
    )
    return io.BytesIO(header + struct.pack(f"<{len(table)}I", *table) + folder.ljust(SECTOR, b"\0") + content)


def _entry(name, kind, *, child, start, size):
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text) + 2, kind, 1, FREE, FREE, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


ERRORS = {"#DIV/0!": 0x07, "#REF!": 0x17, "#N/A": 0x2A}


def xlsb(*rows, hidden=(), merged=()):
    """A file of Excel's binary kind: an archive like that of .xlsx, of records instead of XML.

    Texts such as #N/A become cells with that error. Rows with these numbers, from 0, are hidden.
    Of merged cells the first and last row, and the first and last column are given.
    """
    book = _record(131) + _record(143)
    book += (
        _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Partners"))
        + _record(144)
        + _record(132)
    )
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    sheet = _record(129) + _record(148, size) + _record(145)
    for number, row in enumerate(rows):
        flags = bytes([0, 0x10 if number in hidden else 0])
        sheet += _record(0, struct.pack("<IIH", number, 0, 300) + flags + bytes(5))
        for place, cell in enumerate(row):
            where = struct.pack("<II", place, 0)
            if cell in ERRORS:
                sheet += _record(3, where + bytes([ERRORS[cell]]))
                continue
            content = (6, _wide(cell)) if isinstance(cell, str) else (5, struct.pack("<d", cell))
            sheet += _record(content[0], where + content[1])
    sheet += _record(146) + b"".join(_record(176, struct.pack("<IIII", *cells)) for cells in merged)
    sheet += _record(130)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{links}"><Relationship Id="rId1" Type="{kind}/worksheet"'
            ' Target="worksheets/sheet1.bin"/></Relationships>',
        )
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    file.seek(0)
    return file


def _record(kind, content=b""):
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = len(content), b""
    while True:
        length, part = length >> 7, length & 0x7F
        size += bytes([part | 0x80 if length else part])
        if not length:
            return number + size + content


def _wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
