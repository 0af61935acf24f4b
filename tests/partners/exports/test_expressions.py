"""What stands in one cell: no formula, every text as it was, several texts that come apart again."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.exports.expressions import QUOTE, SIGNS, SPACES, harmless, unmistakable

DANGERS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20A1",
]


@pytest.mark.parametrize(
    "text",
    [
        "None",
        "n/a",
        "—",
        "TRUE",
        "#REF!",
        "'null",
        "##",
        "####",
        "'###",
        "TBD",
        "?",
        "00",
        "1.23456E+12",
        "2026-06-01",
        '["VIP"]',
        '[{"v":"VIP"}]',
        "{VIP}",
        "[]",
        '""',
        "[object Object]",
    ],
)
def test_a_text_that_an_import_would_take_for_none_begins_with_an_apostrophe(text):
    assert harmless(text) == unmistakable(text) == f"'{text}"


@pytest.mark.parametrize("text", ["=1+1", "-5", "Aurora", "'t Hof", "NA"])
def test_in_excel_only_what_an_import_would_take_for_something_else_needs_one(text):
    assert unmistakable(text) == text
    assert unmistakable("'=1") == "''=1"
    assert unmistakable('="x"') == '\'="x"'


def unguarded(text):
    """What an import does."""
    return text[1:] if text[:1] == QUOTE and harmless(text[1:]) == text else text


@pytest.mark.parametrize("text", DANGERS)
@pytest.mark.parametrize("before", ["", " ", "  \u3000", "\u00a0", "\u200b\ufeff"])
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(before, text):
    assert harmless(before + text) == f"'{before}{text}"


@pytest.mark.parametrize(
    "text", ["", "Aurora", "a=b", "1-1", " Fern", "'s Hertogenbosch", "ß", "——", "\u2212", "'", "#", "##a"]
)
def test_everything_else_stays_as_it_is(text):
    assert harmless(text) == text


def test_the_signs_are_all_that_are_read_as_one():
    letters = (chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF)
    starts = ("=", "+", "-", "@", "\t", "\r", "\n")
    assert sorted(SIGNS) == [
        sign for sign in letters if unicodedata.normalize("NFKC", sign).startswith(starts)
    ]


def test_the_spaces_are_all_that_there_are():
    letters = (chr(code) for code in range(sys.maxunicode + 1))
    invisible = {"\u200b", "\u2060", "\ufeff"}
    assert {*SPACES, *"\t\n\r"} == {letter for letter in letters if letter.isspace()} | invisible


@given(st.text(st.sampled_from([*SIGNS, *SPACES, QUOTE, "a", "é"]), max_size=5) | st.text(max_size=8))
def test_every_text_comes_back_as_it_was(text):
    assert unguarded(harmless(text)) == text


@given(st.text(st.sampled_from([*SIGNS, *SPACES, QUOTE, "a"]), max_size=5))
def test_no_text_begins_like_a_formula(text):
    assert harmless(text).lstrip(SPACES)[:1] not in tuple(SIGNS)
