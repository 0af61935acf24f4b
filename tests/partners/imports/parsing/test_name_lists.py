import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.core.names import fold
from partners.imports.errors import Refused
from partners.imports.parsing.cells import content
from partners.imports.parsing.name_lists import possible_names, read_cell, read_names, write_names

NAMES = st.text(
    st.characters(exclude_categories=["C"], exclude_characters="\u2028\u2029\x85"), min_size=1, max_size=20
).filter(lambda name: name == name.strip() and fold(name))


@pytest.mark.parametrize(
    "cell", ["VIP; Blocked", "VIP;Blocked;", "VIP|Blocked", ' "VIP" ; Blocked', "; VIP;;Blocked"]
)
def test_several_groups_stand_in_one_cell(cell):
    assert read_names(cell, {}) == ["Blocked", "VIP"]


def test_commas_part_names_that_are_known():
    assert read_names("VIP, blocked", {"vip": "VIP", "blocked": "Blocked"}) == ["Blocked", "VIP"]


def test_a_known_name_with_a_comma_or_a_bar_is_one_name():
    assert read_names("Food, Drinks", {"food, drinks": "Food, Drinks"}) == ["Food, Drinks"]
    assert read_names("A|B", {"a|b": "A|B"}) == ["A|B"]


def test_commas_between_names_that_nobody_knows_are_refused():
    with pytest.raises(Refused, match="“Food, Drinks”: one name with a comma, or several"):
        read_names("Food, Drinks", {"food": "Food"})


def test_a_name_that_is_there_is_spelled_as_it_is():
    assert read_names("vip; VIP ;\uff36\uff29\uff30", {"vip": "VIP"}) == ["VIP"]


@pytest.mark.parametrize("cell", ["VIP; N/A", "-|VIP", "NULL; VIP; n/a", "VIP; N / A"])
def test_placeholders_in_a_list_are_no_names(cell):
    assert read_names(cell, {}) == ["VIP"]


def test_a_group_that_is_called_like_a_placeholder_is_one():
    assert read_names("VIP; n/a", {"n/a": "N/A"}) == ["N/A", "VIP"]
    assert read_names(write_names(["###", "N/A", "VIP"]), {}) == ["###", "N/A", "VIP"]


@pytest.mark.parametrize(
    "name", ["TBD", "tba", "?", "0", "TRUE", "1.23456E+12", "2026-06-01", "['VIP']", "{VIP}"]
)
@pytest.mark.parametrize("cell", ["{}", "VIP; {}", "{}|VIP"])
def test_what_is_hardly_a_name_is_refused_but_in_quotes_or_where_there_is_one(name, cell):
    with pytest.raises(Refused, match=rf"put it in quotes: \"{re.escape(name)}\""):
        read_names(cell.format(name), {})
    assert name in read_names(cell.format(name), {fold(name): name})
    assert name in read_names(cell.format(write_names([name])), {})


@pytest.mark.parametrize("name", ["None", "TBD", "0", "TRUE", "#N/A", "2026-06-01", '["VIP"]', "[]"])
def test_an_apostrophe_before_a_cell_says_that_it_is_a_name(name):
    assert read_names(read_cell(content(f"'{name}")), {}) == [name]


def test_an_error_in_a_list_is_refused():
    with pytest.raises(Refused, match="The cell holds the error #N/A"):
        read_names("VIP; #N/A", {})


@pytest.mark.parametrize(
    ("cell", "plain"),
    [("R&amp;D", "R&D"), ("VIP;Food &amp; Drinks", "VIP;Food & Drinks"), ("Ann&#39;s; VIP", "Ann's; VIP")],
)
def test_a_semicolon_that_ends_a_sign_of_a_web_page_parts_no_names(cell, plain):
    with pytest.raises(Refused, match=f"is written for a web page. Write it as “{plain}”"):
        read_names(cell, {})
    assert read_names(f'"{cell}"', {}) == [cell]


@pytest.mark.parametrize("cell", ["R&D; VIP", "Bed&Bath;VIP", "VIP;R&amp", '"R&amp"; VIP'])
def test_an_ampersand_alone_is_part_of_a_name(cell):
    assert "VIP" in read_names(cell, {})
    assert read_names(write_names(["R&amp", "VIP"]), {}) == ["R&amp", "VIP"]
    assert read_names("R&amp; VIP", {"r&amp": "R&amp"}) == ["R&amp", "VIP"]


@pytest.mark.parametrize("cell", ['"Food, Drinks"|VIP', '"Food, Drinks", "VIP"', '"Food, Drinks"; VIP'])
def test_quotes_go_with_whatever_stands_between_the_names(cell):
    assert read_names(cell, {}) == ["Food, Drinks", "VIP"]
    assert {"food, drinks", "vip"} <= possible_names(cell)


@pytest.mark.parametrize("name", ["Food; Drinks", 'The "best"', "A|B", "A, B", '"', ";", "a;b;c"])
def test_quotes_keep_a_name_together(name):
    assert read_names(write_names([name]), {}) == [name]


@given(st.lists(NAMES, max_size=5, unique_by=fold))
def test_what_is_written_is_read_whatever_the_names_hold(names):
    cell = write_names(names)
    assert read_names(cell, {}) == sorted(names, key=fold)
    assert {fold(name) for name in names} <= possible_names(cell)
