"""Rows that ask about days: the menu of days, what it needs beside it, and what is meant today."""

from itertools import chain

import pytest

from segments.builder.presenters import draw
from segments.conditions import ATTRIBUTES, CATALOG
from segments.days import TOKENS
from tests.segments.forms import ADD, NEW, any_of, asks, built, fields_of, form, text_of
from tests.segments.moments import AT

ENDS_SOON = asks("contract_end", "within", {"next": 30})
SOON = any_of([ENDS_SOON])


def row(data):
    (found,) = built(data)
    return found


def drawn(data):
    (group,) = draw(built(data), AT)
    return group.rows[0]


def turned(**fields):
    """The row about the end of a contract after one of its menus was changed."""
    return row(form(SOON, fields={"row-0-shown": "contract_end:within:number"} | fields))


def values(found):
    return found.data.getlist("row-0-value")


def test_a_new_row_asks_for_the_next_30_days():
    changed = row(
        form(
            any_of([NEW]), fields={"row-0-field": "contract_end", "row-0-shown": "prospecting_stage:any_of:"}
        )
    )
    assert changed.condition.to_json() == ENDS_SOON


def test_the_days_stay_when_another_day_is_asked_about():
    assert turned(**{"row-0-field": "original_joined_date"}).condition.to_json()["value"] == {"next": 30}


@pytest.mark.parametrize(
    ("posted_values", "kept", "trouble"),
    [
        (["last", "30"], ["last", "30"], ""),
        (["on", "30"], ["on"], "Choose a day."),
        (["from", "30"], ["from"], "Choose a day."),
        (["this:month", "30"], ["this:month"], ""),
        (["", "30"], [""], "Choose which days."),
        (["someday", "30"], ["someday"], "Choose which days."),
    ],
)
def test_other_days_keep_what_they_can_use(posted_values, kept, trouble):
    changed = turned(**{"row-0-value": posted_values})
    assert (values(changed), changed.trouble) == (kept, trouble)


@pytest.mark.parametrize(
    ("posted_values", "trouble"),
    [
        (["next", ""], "Type a number of days."),
        (["next", "0"], "“0” is not a number of days from 1 to 3,650."),
        (["next", "soon"], "“soon” is not a number of days from 1 to 3,650."),
        (["on", "28.11.2026"], "“28.11.2026” is not a day, written as in 2026-11-28."),
        (["from", "2026-11-28", "2026-11-27"], "The last day is before the first one."),
        (["this:decade"], "“decade” is no period of the calendar; there are: week, month, quarter, year."),
    ],
)
def test_days_that_can_not_be_say_why(posted_values, trouble):
    data = form(SOON, fields={"row-0-value": posted_values})
    assert row(data).trouble == trouble
    assert drawn(data).days is None


def test_the_days_that_are_meant_stand_below_the_row():
    assert drawn(form(SOON)).days.words == "28 Nov – 27 Dec 2026"
    assert drawn(form(any_of([NEW]))).days is None


def test_a_limit_of_a_count_has_them_too():
    (limit,) = drawn(form(any_of([asks("contracts", "at_least", "2", [ENDS_SOON])]))).where
    assert limit.days.words == "28 Nov – 27 Dec 2026"


@pytest.mark.django_db
class TestPage:
    def inputs(self, as_editor, condition):
        answer = as_editor.post(ADD, form(any_of([condition])))
        return fields_of(answer)["row-0-value"], text_of(answer)

    @pytest.mark.parametrize("key", TOKENS)
    def test_all_that_is_asked_can_be_posted_again(self, as_editor, key):
        value = {
            "from": {"from": "2026-11-01", "to": "2026-11-28"},
            "anniversary": {"anniversary": {"next": 30}},
        }.get(key, {key: {"day": "2026-11-28", "unit": "month"}.get(TOKENS[key].takes.value, 7)})
        asked = asks("contract_end", "within", value)
        found, text = self.inputs(as_editor, asked)
        assert row(form(any_of([asked]), fields={"row-0-value": found})).condition.to_json() == asked
        assert "· UTC" in text

    def test_a_condition_without_a_value_has_no_input_for_one(self, as_editor):
        answer = as_editor.post(ADD, form(any_of([asks("email", "is_empty")])))
        assert "row-0-value" not in text_of(answer)


def test_the_list_of_fields_has_headings():
    menu = row(form(SOON)).fields["field"].choices
    listed = {str(heading): [key for key, _label in fields] for heading, fields in menu}
    assert list(listed) == ["Partner", "Contract", "Dates", "Counts", "Segments"]
    assert listed["Contract"] == [one.key for one in ATTRIBUTES if one.relation.one_row]
    assert listed["Dates"] == [
        *["original_joined_date", "last_transition_date", "last_contacted", "next_step_date"]
    ]
    assert sorted(chain.from_iterable(listed.values())) == sorted(CATALOG)
