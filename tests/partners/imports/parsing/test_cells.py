import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.imports.contracts import STAGES as CONTRACT_STAGES
from contracts.imports.contracts import read_number
from contracts.imports.template_terms import read_currency
from contracts.stages import ContractStage
from partners.core.names import without_invisible
from partners.core.placeholders import PLACEHOLDERS, WORDS
from partners.exports.expressions import harmless, unmistakable
from partners.imports.errors import Refused
from partners.imports.importers.partners import STAGES
from partners.imports.parsing import cells
from partners.imports.parsing.name_lists import read_cell
from partners.models import ProspectingStage


@pytest.mark.parametrize(
    "text",
    [
        "700123", "700123.0", "700123.00", "700123,0", "700,123", "700.123", "700 123", "700\u00a0123",
        "700\u202f123", "700'123", "700\u2019123", "700,123.00", "700.123,00", "000700123", "#700123",
        "'700123", "\uff17\uff10\uff10\uff11\uff12\uff13",
    ],
)  # fmt: skip
def test_a_partner_id_is_read_however_it_is_written(text):
    assert cells.read_partner_id(text) == 700123


@pytest.mark.parametrize(
    "cell",
    ["x", "0", "-5", "7.5", "7,5", "70,0123", "7,00,123", "1,234.567,890", "9" * 16, 700.123, "NaN"],
)
def test_what_is_no_whole_number_above_zero_is_no_partner_id(cell):
    with pytest.raises(Refused, match="is no Partner ID: a whole number above 0, of at most 15 digits"):
        cells.read_partner_id(cell)


@pytest.mark.parametrize("text", ["7.00123E+05", "7,00E+11", "1e15"])
def test_a_number_that_lost_digits_is_told_from_other_nonsense(text):
    with pytest.raises(Refused, match="shortened by a spreadsheet"):
        cells.read_partner_id(text)


@given(st.integers(1, 10**15 - 1), st.sampled_from(["", ",", ".", " ", "'"]), st.sampled_from(["", ".0"]))
def test_every_partner_id_survives_thousands_marks_and_a_fraction_of_zero(number, mark, fraction):
    if mark == "." and fraction:
        fraction = ",0"
    text = f"{number:,}".replace(",", mark) + fraction
    assert cells.read_partner_id(text) == number


@pytest.mark.parametrize("stages", [ProspectingStage, ContractStage])
@pytest.mark.parametrize(
    "spell",
    [
        str.upper, str.lower, str.title, lambda name: name.replace(" ", "_"),
        lambda name: name.replace(" ", "-"), lambda name: name.replace(" ", ""), lambda name: f"{name}.",
    ],
)  # fmt: skip
def test_a_stage_is_read_in_any_spelling(stages, spell):
    read = STAGES if stages is ProspectingStage else CONTRACT_STAGES
    for stage in stages:
        assert read(spell(str(stage.label))) == stage
        assert read(stage.value) == stage


def test_an_unknown_stage_is_refused_with_what_was_probably_meant():
    with pytest.raises(Refused, match=r"“Joinde” is no prospecting stage\. Did you mean “Joined”\?"):
        STAGES("Joinde")
    with pytest.raises(Refused) as refusal:
        STAGES("Zzz")
    assert str(refusal.value) == (
        "“Zzz” is no prospecting stage. Prospecting stages are: New, Outreach, Negotiating, "
        "Rejected by Partner, Rejected by You, Joined, Expired, Suspended."
    )
    with pytest.raises(Refused, match=r"Contract stages are: Awaiting Publisher Approval, .* and 8 more\.$"):
        CONTRACT_STAGES("Zzz")


@pytest.mark.parametrize(
    ("stages", "kind", "words"),
    [
        (STAGES, "prospecting", "notjoined, not joined, Un-joined, unsuspended, renew, responded, denied"),
        (CONTRACT_STAGES, "contract", "inactive, not active, unexpired, accepted, approved, ended, signed"),
    ],
    ids=["prospecting", "contract"],
)
def test_what_means_something_else_is_no_slip_of_a_stage(stages, kind, words):
    for word in words.split(", "):
        with pytest.raises(Refused) as refusal:
            stages(word)
        assert str(refusal.value).startswith(f"“{word}” is no {kind} stage. {kind.capitalize()} stages are: ")


def test_a_web_address_needs_no_scheme():
    assert cells.read_website("fernfinch.example/a") == "https://fernfinch.example/a"
    assert cells.read_website("http://fernfinch.example") == "http://fernfinch.example"


@pytest.mark.parametrize(
    ("read", "cell", "reason"),
    [
        (cells.read_website, "no address", "is no web address"),
        (cells.read_website, "javascript://x.example", "is no web address"),
        (cells.read_website, "ada@shop.example", "is an e-mail address, no web address"),
        (cells.read_website, "x" * 501, "Too long: 501 characters, at most 500"),
        (cells.read_email, "ada@", "is no e-mail address"),
        (cells.read_email, "a@example.org, b@example.org", "the first, a@example.org, is taken"),
        (cells.read_email, "MAILTO:a@example.org", "the first, a@example.org, is taken"),
        (cells.read_email, "'a@example.org'", "the first, a@example.org, is taken"),
        (cells.read_name, "x" * 201, "Too long: 201 characters, at most 200"),
        (cells.read_name, "\u200b", "Give it a name"),
        (cells.read_name, "a\u202eb", "can't be shown"),
        (cells.read_yes, "perhaps", "neither yes nor no"),
        (read_number, "S 1", "“S 1” is no Contract ID. .* no spaces or commas"),
        (read_number, 1.5, "“1.5” is no Contract ID"),
        (read_number, "...", "“...” is no Contract ID. A Contract ID has a letter or a digit"),
        (read_currency, "EURO", "three letters"),
        (read_currency, "€€€", "three letters"),
    ],
)
def test_what_can_not_be_stored_is_refused_in_plain_words(read, cell, reason):
    with pytest.raises(Refused, match=reason):
        read(cell)


def test_yes_and_no_are_read_as_people_and_spreadsheets_write_them():
    assert all(map(cells.read_yes, ["yes", "TRUE", "Y", "1"]))
    assert not any(map(cells.read_yes, ["no", "FALSE", "N", "0"]))


def test_numbers_are_texts_where_texts_are_wanted():
    assert cells.read_name(3.5) == "3.5"
    assert read_currency("eur") == "EUR"
    assert read_number("S-5550001") == "S-5550001"


TEXTS = st.text() | st.text(st.sampled_from("'=\"- a"), max_size=6) | st.sampled_from(sorted(WORDS))


@pytest.mark.parametrize("write", [harmless, unmistakable])
@given(TEXTS)
def test_what_an_export_writes_is_read_as_it_was(write, text):
    stored = without_invisible(cells.cell_of(text))
    if not stored or without_invisible(write(stored)) != write(stored):
        return
    assert cells.content(cells.cell_of(write(stored))) == stored


def test_an_apostrophe_that_guards_nothing_stays():
    assert cells.content("'t Hof") == "'t Hof"
    assert cells.content("'=1+1") == "=1+1"
    assert cells.content("''=1+1") == "'=1+1"


@pytest.mark.parametrize(
    "text",
    [
        *sorted(PLACEHOLDERS),
        "",
        "NULL",
        "N/A",
        "<NA>",
        "N\\A",
        "N / A",
        "Nil.",
        "None",
        "\u200b",
        '="-"',
        "\u200bNULL",
    ],
)
def test_what_programs_write_in_the_place_of_nothing_is_nothing(text):
    assert cells.content(text) is None


@pytest.mark.parametrize("text", ["NA", "Nonetheless", "n/a?", "0", "'None", "'-", "'n/a"])
def test_what_may_be_meant_is_a_text(text):
    assert cells.content(text) == text.lstrip("'")


@pytest.mark.parametrize(
    "text", ["#N/A", "#N/A N/A", "#NA", "#REF!", "#value!", "#DIV/0!", "Err:502", "Loading...", "'#N/A"[1:]]
)
def test_an_error_of_a_spreadsheet_is_refused(text):
    with pytest.raises(
        Refused, match=f"The cell holds the error {re.escape(text)}. Mend it in the spreadsheet"
    ):
        cells.content(text)
    assert cells.content(f"'{text}") == text


@pytest.mark.parametrize("text", ["##", "###", "########"])
def test_a_number_that_was_too_wide_to_be_printed_is_refused(text):
    with pytest.raises(Refused, match=f"holds the error {text}"):
        cells.content(text)
    assert cells.content(f"'{text}") == text


def test_a_formula_without_a_value_is_refused():
    with pytest.raises(Refused, match="holds a formula without a value"):
        cells.content("#FORMULA!")


def test_a_day_about_which_spreadsheets_differ_is_refused():
    with pytest.raises(Refused, match="Spreadsheets differ about days before March 1900"):
        cells.content("#EARLY!")


def test_a_cell_that_merged_ones_cover_is_refused():
    with pytest.raises(Refused, match="The cell is merged with others: the first holds the value"):
        cells.content("#MERGED!")


def test_a_formula_that_is_nothing_but_a_text_is_that_text():
    assert cells.content('="700001"') == "700001"
    assert cells.content('="say ""hi"""') == 'say "hi"'
    assert cells.content('="a"&"b"') == '="a"&"b"'
    assert cells.content('\'="700001"') == '="700001"'


def test_what_comes_invisibly_with_a_text_is_taken_off():
    assert cells.content("\u202a700004\u202c") == "700004"
    assert cells.content("VIP\u200b") == "VIP"
    assert cells.content("a\u00adb@x.example\ufeff") == "ab@x.example"
    persian, family = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f469\u200d\U0001f467"
    assert cells.content(f"{persian} {family}") == f"{persian} {family}"


@pytest.mark.parametrize("read", [cells.read_name, read_number, cells.read_email, STAGES, cells.read_country])
def test_true_and_false_are_no_texts(read):
    for text in ("TRUE", "false"):
        with pytest.raises(Refused):
            read(cells.content(text))
    assert cells.read_yes(cells.content("TRUE")) is True
    assert cells.read_name(cells.content("'True")) == "True"


@pytest.mark.parametrize("cell", ["1.23456789012346E+19", "1.00000000000000E+15", "1,23457E+19"])
@pytest.mark.parametrize("read", [cells.read_name, read_number, cells.read_partner_id])
def test_a_number_that_lost_digits_is_refused(read, cell):
    with pytest.raises(Refused, match=r"rounded|shortened"):
        read(cells.content(cell))


@pytest.mark.parametrize("text", ["2026-06-01", "2026-06-01 14:30:00"])
def test_a_date_that_a_spreadsheet_made_of_a_name_is_none_without_an_apostrophe(text):
    for read in (cells.read_name, read_number, read_cell):
        with pytest.raises(Refused, match="is a date: spreadsheets make one of texts"):
            read(cells.content(text))
    assert cells.read_name(cells.content(f"'{text}")) == text
    assert read_cell(cells.content(f"'{text}")) == f'"{text}"'


UNKNOWN = ["0", "00", "?", "???", "tbd", "TBA", "Tbc"]


@pytest.mark.parametrize(
    "text", [*UNKNOWN, "1.23456E+12", "1,23457E+19", "['VIP']", "{VIP}", '[{"v": 1}]', "[object Object]"]
)
def test_a_name_that_is_hardly_one_needs_an_apostrophe(text):
    with pytest.raises(Refused, match=r"is hardly a name|was rounded"):
        cells.read_name(cells.content(text))
    assert cells.read_name(cells.content(f"'{text}")) == text


@pytest.mark.parametrize("text", [*UNKNOWN, "0000", "inf", "-Infinity", "nil.", "#NA", "0.0", "_", "-/-"])
def test_what_stands_for_an_unknown_id_is_none(text):
    try:
        said = cells.content(text)
    except Refused:
        return
    if said is not None:
        with pytest.raises(Refused, match="is no Contract ID"):
            read_number(said)


@pytest.mark.parametrize("between", ["\n", " \r\n ", "\t", "\x0b\n", "\u2028"])
def test_a_line_break_within_a_name_is_a_space(between):
    assert cells.read_name(f"Aurora{between}Media") == "Aurora Media"


@pytest.mark.parametrize("read", [cells.read_name, cells.read_website, read_number])
def test_a_character_that_was_lost_is_refused(read):
    with pytest.raises(Refused, match="has a character that was lost before"):
        read("k\ufffdche.example")


@pytest.mark.parametrize("text", ["0", "No", "1"])
def test_what_is_hardly_a_name_is_yes_or_no_where_that_is_asked(text):
    assert cells.read_yes(cells.content(text)) is (text == "1")


@pytest.mark.parametrize("text", ["5.55E+06", "1,23457E+19", "12345678901234500000"])
def test_a_contract_id_that_lost_digits_is_refused(text):
    with pytest.raises(Refused, match=r"was shortened by a spreadsheet|was rounded"):
        read_number(text)


@pytest.mark.parametrize("text", ["S\u20111", "S\u20131", "S\u22121", "\uff33\uff0d\uff11", "S\u200b-1"])
def test_a_contract_id_is_the_same_however_its_letters_and_hyphens_are_typed(text):
    assert read_number(text) == "S-1"


@pytest.mark.parametrize("text", ["12345", "12345.0", "12345.00"])
def test_a_contract_id_is_read_without_the_fraction_of_a_spreadsheet(text):
    assert read_number(text) == "12345"


def test_ids_that_look_like_numbers_stay_as_they_are():
    for text in ("0012", "S-1.0", "1.25", "1234567890123456789"):
        assert read_number(text) == text


def test_a_number_in_the_place_of_a_text_keeps_its_digits():
    assert cells.read_name(1234567.25) == "1234567.25"


@given(st.text())
def test_no_cell_holds_what_a_database_can_not(text):
    cells.cell_of(text).encode()
    assert "\0" not in cells.cell_of(text)


def test_a_number_of_absurd_length_is_refused_and_not_read():
    with pytest.raises(Refused, match="no Partner ID"):
        cells.read_partner_id("9" * 5_000)


def test_a_web_address_is_no_longer_than_the_database_keeps():
    with pytest.raises(Refused):
        cells.read_website("a." * 247 + "example")
