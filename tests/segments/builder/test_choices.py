"""The builder says of each choice of a list how many partners the segment would have with it."""

import re

import pytest

from partners.core.time_limit import SupersededError
from segments.insight import choices
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import ADD, EXPIRED, JOINED, NEW, any_of, asks, change, form, saved, text_of
from tests.segments.masks import answered_by_masks
from tests.segments.query.test_slow_questions import stopping

pytestmark = pytest.mark.django_db

PART = {"hx-request": "true", "hx-target": "builder-choices"}
NOBODY_YET = asks("prospecting_stage", "any_of", [])


@pytest.fixture(autouse=True)
def program():
    """Two new partners, one of them joined on Gold, and one whose stage is expired."""
    with answered_by_masks():
        gold = TemplateTermFactory(name="Gold")
        ContractFactory(partner__prospecting_stage="new", template_term=gold, stage="joined")
        PartnerFactory(prospecting_stage="new", country="DE")
        PartnerFactory(prospecting_stage="expired", country="DE", groups=[PartnerGroupFactory(name="VIP")])
        yield


@pytest.fixture
def ask(client, editor):
    client.force_login(editor)

    def ask(definition, row=0, **fields):
        data = form(definition, picker=f"row-{row}", **fields)
        return client.post(ADD, data, headers=PART)

    return ask


def numbers(answer):
    found = answer.json()
    return found["sizes"], found["rest"]


def test_one_more_choice_of_a_condition_that_is_there(ask):
    assert numbers(ask(any_of([NEW]))) == ({"expired": 3}, 2)


def test_the_first_choice_of_a_row_that_waits_for_it(ask):
    assert numbers(ask(any_of([NOBODY_YET]))) == ({"new": 2, "expired": 1}, 0)


def test_what_stands_beside_it_counts_and_what_is_not_complete_does_not(ask):
    terms = asks("template_term", "any_of", [])
    assert numbers(ask(any_of([JOINED, NOBODY_YET, terms], [terms]), row=1)) == ({"new": 1}, 0)
    assert numbers(ask(any_of([NOBODY_YET], [EXPIRED]))) == ({"new": 3}, 1)


def test_the_list_of_an_exception_takes_partners_out(ask):
    fields = {"group-1-kind": "except"}
    assert numbers(ask(any_of([NEW], [NOBODY_YET]), row=1, **fields)) == ({"new": 0}, 2)


def test_an_exception_from_nothing_yet_has_none(ask):
    fields = {"group-1-kind": "except"}
    waiting = any_of([asks("template_term", "any_of", [])], [NOBODY_YET])
    assert ask(waiting, row=1, **fields).status_code == 204


def test_no_contract_is_a_choice(ask):
    sizes, rest = numbers(ask(any_of([asks("contract_stage", "any_of", [])])))
    assert (sizes, rest) == ({"joined": 1, "none": 2}, 0)


@pytest.mark.parametrize(
    "condition",
    [
        asks("contract_id", "any_of", ["S-1"]),
        asks("partner_name", "contains", "a"),
        asks("partner_name", "any_of", []),
        asks("prospecting_stage", "any_of", ["bogus"]),
        asks("prospecting_stage", "bogus", ["new"]),
        asks("bogus", "any_of", ["new"]),
        asks("contracts", "at_least", "1"),
        asks("country", "is_empty"),
    ],
    ids=lambda condition: f"{condition['field']} {condition['operator']}",
)
def test_other_rows_have_none(ask, condition):
    assert ask(any_of([condition])).status_code == 204


def test_a_row_that_is_not_there_has_none(ask):
    assert ask(any_of([NEW]), row=7).status_code == 204
    assert ask(any_of([NEW]), **{"row-0-group": "bogus"}).status_code == 200


def test_more_than_a_segment_can_have_is_not_counted(ask):
    assert ask(any_of(*[[NEW]] * 21)).status_code == 204


def test_a_choice_of_a_segment_that_cannot_be_asked_is_nobody(ask):
    gone = asks("segment", "any_of", [2**40])
    assert numbers(ask(any_of([NEW], [gone]))) == ({}, 0)


def test_without_columns_there_are_none(ask, client, monkeypatch):
    assert "data-counts-choices" in text_of(client.get(ADD))
    monkeypatch.setattr("segments.query.members.STORE.is_on", False)
    assert ask(any_of([NEW])).status_code == 204
    assert "data-counts-choices" not in text_of(client.get(ADD))


@pytest.mark.parametrize("error", [SupersededError, choices.TooSlowError])
def test_where_it_takes_too_long_or_was_asked_anew_there_are_none(ask, monkeypatch, error):
    monkeypatch.setattr(choices, "time_limit", stopping(error))
    assert ask(any_of([NEW])).status_code == 204


def test_who_may_not_open_the_builder_is_told_nothing(client, viewer):
    client.force_login(viewer)
    data = form(any_of([NEW]), picker="row-0")
    assert client.post(ADD, data, headers=PART).status_code == 403
    assert client.post(change(saved()), data, headers=PART).json() == {"sizes": {"expired": 3}, "rest": 2}


def options(page):
    return re.findall(r"<option [^>]*>(.*?)</option>", text_of(page))


def test_without_a_script_they_stand_in_the_list(client, editor):
    client.force_login(editor)
    segment = saved(definition=any_of([NEW, asks("country", "any_of", ["DE"])]))
    for page in (client.get(change(segment)), client.post(change(segment), form(segment.definition))):
        assert {"New (1)", "Expired (2)", "Germany (1)", "Austria (1)"} <= set(options(page))


def test_rows_that_a_script_asks_for_have_names_alone(client, editor):
    client.force_login(editor)
    rows = {"hx-request": "true", "hx-target": "builder-rows"}
    assert "New" in options(client.post(ADD, form(any_of([NEW])), headers=rows))


def test_so_many_lists_of_a_page_have_them(client, editor, monkeypatch):
    monkeypatch.setattr("segments.builder.evaluation.MAX_LISTS_OF_A_PAGE", 1)
    client.force_login(editor)
    page = client.get(change(saved(definition=any_of([NEW], [NEW]))))
    assert [options(page).count(one) for one in ("Expired (3)", "Expired")] == [1, 1]
