import hashlib
import io

import pytest

from partners.imports.errors import ImportFileError
from partners.imports.reading.options import Wanted
from partners.imports.reading.table import FileLimits, browser_limits, open_table
from tests.partners.imports.files import csv_file

HEADINGS = ["Partner ID", "Name", "E-mail"]
AURORA = ["700123", "Éclair & Müller, “Söhne”", "ada@example.org"]


def read(file, file_limits=None):
    table = open_table(
        file if hasattr(file, "read") else io.BytesIO(file), file_limits=file_limits or browser_limits()
    )
    return table.headings, [cells for _number, cells in table.rows]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_encoding_and_every_separator(encoding, delimiter):
    file = csv_file(HEADINGS, AURORA, AURORA, encoding=encoding, delimiter=delimiter)
    assert read(file) == (HEADINGS, [AURORA, AURORA])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoting", [0, 1, 2])
def test_any_line_ending_and_quotes_around_some_cells_or_all(end, quoting):
    row = ["700123", 'The "best"\nof both, really', ""]
    assert read(csv_file(HEADINGS, row, lineterminator=end, quoting=quoting)) == (HEADINGS, [row])


def test_single_quotes():
    assert read(csv_file(HEADINGS, AURORA, quotechar="'", quoting=1)) == (HEADINGS, [AURORA])


def test_quotes_behind_a_backslash():
    row = ["700123", 'The "best", really', "C:\\"]
    text = b'"Partner ID","Name","E-mail"\n"700123","The \\"best\\", really","C:\\\\"\n'
    assert read(text) == (HEADINGS, [row])


def test_the_first_line_may_tell_the_separator():
    assert read(b"sep=;\r\nPartner ID;Name\r\n1;A, B\r\n") == (["Partner ID", "Name"], [["1", "A, B"]])


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nPartner ID,Name\n1,A\n",
        "sep=;\nKundennummer,Firma\n1,A\n2,B\n",
        'sep=,\nPartner ID;Name\n1;"A, B"\n',
        "sep=^\nPartner ID;Name\n1;A\n",
        'sep="\nPartner ID;Name\n1;A\n',
    ],
)
def test_a_first_line_that_tells_the_wrong_separator_is_not_believed(text):
    assert [len(cells) for cells in [read(text.encode())[0], *read(text.encode())[1]]][:2] == [2, 2]


def test_one_column_of_names_with_commas_stays_one_where_the_first_line_says_so():
    assert read(b"sep=;\nName\nA, B\nC, D\n") == (["Name"], [["A, B"], ["C, D"]])


def test_a_table_below_the_first_rows_is_told():
    with pytest.raises(ImportFileError, match="The first 20 rows are empty: headings are not looked for"):
        read(b"\n" * 20 + b"Partner ID,Name\n1,A\n")
    report = b"A report\n" * 20 + b"Partner ID,Name\n1,A\n"
    [note] = read_as(report).summary["notes"]
    assert note.startswith("Row 1 is taken for the headings: none of the first 20 rows")
    for few in (b"Kundennummer\n1\n", b"A report\n" * 19 + b"Partner ID,Name\n1,A\n"):
        assert read_as(few).summary["notes"] == []


def test_known_headings_decide_where_two_separators_would_do():
    assert read(b"Partner ID;Name, legal\n1;A, B\n2;C, D\n")[0] == ["Partner ID", "Name, legal"]


def test_headings_that_nobody_knows_are_parted_all_the_same():
    assert read(b"Kundennummer;Firma\n1;A\n2;B\n")[0] == ["Kundennummer", "Firma"]


def test_one_column_is_a_table():
    assert read(b"Partner ID\n1\n2\n") == (["Partner ID"], [["1"], ["2"]])


def test_rows_keep_their_numbers_and_empty_ones_are_left_out():
    file = io.BytesIO(b"\n\nA report\n\nPartner ID,Name\n1,A\n,\n\n2,B\n")
    table = open_table(file, file_limits=browser_limits())
    assert table.headings == ["Partner ID", "Name"]
    assert list(table.rows) == [(6, ["1", "A"]), (9, ["2", "B"])]


def test_cells_are_trimmed_and_headings_without_a_word_at_the_end_are_none():
    assert read("Partner ID, Name ,,\n 1 ,\u00a0A ,,\n".encode()) == (
        ["Partner ID", "Name"],
        [["1", "A", "", ""]],
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"\n\n  \n", "There is no table in the file."),
        (b"%PDF-1.7 binary", "This is a PDF file, not a table."),
        (rb"{\rtf1\ansi Partner ID}", "This is a RTF file, not a table."),
        (b"\x89PNG\r\n\x1a\n...", "This is a PNG file, not a table."),
        (b"<html><table><tr><td>Partner ID", "This is a web page or XML"),
        (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "This is a web page or XML"),
        (b'ID;PWXL;N;E\r\nC;Y1;X1;K"Partner ID"\r\n', "This is SYLK, not a table."),
        (b'{"Partners": []}', "This is JSON, not a table."),
        (b",,,\r\n,,,\r\n", "There is no table in the file."),
        (b"\x01\x02\x03abc\x00def", "The file has NUL characters"),
        (b"\xff\xfeP\x00a\x00\x00\xd8", "characters that its encoding doesn't have"),
        (b'Partner ID,Name\n1,"never closed\n2,B\n', "ends within quotes"),
        (b'Partner ID,Name\n1,A\n2,"B" and more\n', "In row 3 the quotes don't fit"),
        (b"Partner ID,Name\n1," + b"x" * 140_000, "Row 2 has a cell of more than 131,072"),
        (b",".join(b"c%d" % n for n in range(501)), "more than 500 columns"),
    ],
)
def test_what_is_no_table_is_refused_in_plain_words(content, reason):
    with pytest.raises(ImportFileError, match=reason):
        read(content)


def test_what_can_not_be_decoded_far_below_is_refused_too():
    content = b"Partner ID,Name\n" + b"1,A\n" * 50_000 + b"2,\x81\n"
    table = open_table(io.BytesIO(content), file_limits=browser_limits(), wanted=Wanted(encoding="cp1252"))
    with pytest.raises(ImportFileError, match="characters that its encoding doesn't have"):
        list(table.rows)
    assert "cp1252" not in dict(read_as(content).summary["encodings"])


NAMES = {
    "cp1252": "Müller & Søn Délices",
    "cp1250": "Żółta gęś Łódź Dvořák",
    "cp1251": "Цветы и сад",
    "koi8-u": "Цветы и сад",
    "cp1253": "Κήπος και άνθη",
    "cp1254": "Şişli Çiçekçi Ağaç",
    "cp1255": "גן ופרחים",
    "cp1256": "حديقة الزهور",
    "cp932": "花と庭の店",
    "gb18030": "花园商店",
    "cp949": "꽃과 정원",
    "mac-roman": "Müller & Søn Délices",
}


@pytest.mark.parametrize("encoding", NAMES)
def test_the_encoding_of_a_file_is_offered_with_its_names_read_in_it(encoding):
    content = f"Partner ID,Name\n1,{NAMES[encoding]}\n2,Fern\n".encode(encoding)
    offered = dict(read_as(content).summary["encodings"])
    assert [NAMES[encoding]] in offered.values()
    [name] = [key for key, names in offered.items() if names == [NAMES[encoding]]]
    table = open_table(io.BytesIO(content), file_limits=browser_limits(), wanted=Wanted(encoding=name))
    assert [cells for _number, cells in table.rows] == [["1", NAMES[encoding]], ["2", "Fern"]]


def test_two_encodings_are_never_offered_with_the_same_names():
    names = ["Café", "Crème", "Été", "Noël", "Ağaç"]
    content = "\n".join(["Partner ID,Name", *(f"1,{name}" for name in names)]).encode("cp1254")
    offered = read_as(content).summary["encodings"]
    shown = [tuple(cells) for _encoding, cells in offered]
    assert len(set(shown)) == len(shown) > 1
    assert "Ağaç" in dict(offered)["cp1254"]


def test_a_heading_called_partner_is_not_taken_for_sylk():
    assert read(b"ID;PARTNER\n1;Fern\n") == (["ID", "PARTNER"], [["1", "Fern"]])


def test_unicode_is_never_asked_about():
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "ascii"):
        assert not read_as("Partner ID,Name\n1,A\n".encode(encoding)).summary["encodings"]


def read_as(content):
    return open_table(io.BytesIO(content), file_limits=browser_limits())


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    with pytest.raises(ImportFileError, match=r"larger than 1 MB\.$"):
        read(b"x" * 2_000_001, FileLimits(1_000_000, 10))


def test_too_many_rows_are_refused():
    with pytest.raises(ImportFileError, match="more than 2 rows"):
        read(b"Partner ID\n1\n2\n3\n", FileLimits(1_000, 2))


def test_the_digest_is_that_of_the_file():
    content = b"Partner ID\n1\n"
    table = open_table(io.BytesIO(content), file_limits=browser_limits())
    assert table.digest == hashlib.sha256(content).hexdigest()
