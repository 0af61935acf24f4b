"""Files as they are read by the programs that open them."""

import csv
from io import BytesIO, StringIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def content_of(response):
    content = b"".join(response.streaming_content)
    for close in response._resource_closers:
        close()
    return content


def csv_rows(content):
    """The lines of a CSV file; it has to begin with the mark of UTF-8."""
    text = content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:], newline="")))


def excel_sheets(content):
    """The sheets of an Excel file by name: cells as text where they are text, as numbers where they are."""
    with ZipFile(BytesIO(content)) as archive:
        book = ET.fromstring(archive.read("xl/workbook.xml"))
        names = [sheet.get("name") for sheet in book.iter(f"{SHEET}sheet")]
        return {
            name: _rows(ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml")))
            for number, name in enumerate(names, start=1)
        }


def _rows(sheet):
    return [
        {cell.get("r").rstrip("0123456789"): _value(cell) for cell in row.iter(f"{SHEET}c")}
        for row in sheet.iter(f"{SHEET}row")
    ]


def _value(cell):
    assert cell.find(f"{SHEET}f") is None, "a formula"
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{SHEET}t"))
    return float(cell.find(f"{SHEET}v").text)


def style_of(content, column):
    """The number format of the second row's cell in a column of the first sheet."""
    with ZipFile(BytesIO(content)) as archive:
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
        styles = ET.fromstring(archive.read("xl/styles.xml"))
    [cell] = [cell for cell in sheet.iter(f"{SHEET}c") if cell.get("r") == f"{column}2"]
    formats = styles.find(f"{SHEET}cellXfs").findall(f"{SHEET}xf")
    codes = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(f"{SHEET}numFmt")}
    used = formats[int(cell.get("s"))].get("numFmtId")
    return codes.get(used, used)
