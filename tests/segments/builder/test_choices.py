"""The builder says of each choice of a list how many partners the segment would have with it."""

import re

import pytest

from contracts.models import TemplateTerm
from partners.core.time_limit import SupersededError
from segments.insight import choices
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import ADD, EXPIRED, JOINED, NEW, any_of, asks, change, form, saved, text_of
from tests.segments.masks import answered_by_masks
from tests.segments.query.test_slow_questions import stopping

pytestmark = pytest.mark.django_db

PART = {"hx-request": "true", "hx-target": "builder-choices"}
EXPIRED_CONTRACT = asks("contract_stage", "any_of", ["expired"])
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

    def ask(definition, row=0, limit=None, **fields):
        picker = f"row-{row}" if limit is None else f"row-{row}-where-{limit}"
        data = form(definition, picker=picker, **fields)
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


NO_STAGE_YET = asks("contract_stage", "any_of", [])


def with_contracts(operator, value, *where):
    return any_of([asks("contracts", operator, value, where=list(where))])


def test_the_first_choice_and_one_more_of_what_limits_a_count(ask):
    assert numbers(ask(with_contracts("at_least", "1", NO_STAGE_YET), limit=0)) == ({"joined": 1}, 0)
    assert numbers(ask(with_contracts("at_most", "0", NO_STAGE_YET), limit=0)) == ({"joined": 2}, 3)
    assert numbers(ask(with_contracts("at_most", "0", EXPIRED_CONTRACT), limit=0)) == ({"joined": 2}, 3)


def test_what_is_chosen_already_and_what_is_left_out_of_a_count(ask):
    ContractFactory(partner__prospecting_stage="new", stage="joined")
    partner = PartnerFactory(prospecting_stage="new")
    ContractFactory.create_batch(2, partner=partner, stage="joined")
    joined, but_joined = (asks("contract_stage", one, ["joined"]) for one in ("any_of", "none_of"))
    # Twice chosen is chosen once.
    assert numbers(ask(with_contracts("equals", "1", joined), limit=0)) == ({}, 2)
    assert numbers(ask(with_contracts("at_least", "1", but_joined), limit=0)) == ({}, 0)
    nothing_left_out = asks("contract_stage", "none_of", [])
    assert numbers(ask(with_contracts("at_least", "2", nothing_left_out), limit=0)) == ({"joined": 0}, 1)


def test_what_stands_beside_a_count_says_whom_its_limit_can_move(ask):
    counted = asks("contracts", "at_least", "1", where=[NO_STAGE_YET])
    assert numbers(ask(any_of([EXPIRED, counted]), row=1, limit=0)) == ({}, 0)
    assert numbers(ask(any_of([NEW], [counted]), row=1, limit=0)) == ({}, 2)
    none_expired = asks("contracts", "at_most", "0", where=[EXPIRED_CONTRACT])
    assert numbers(ask(any_of([NEW, none_expired]), row=1, limit=0)) == ({"joined": 1}, 2)


def test_a_limit_in_an_exception(ask):
    counted = asks("contracts", "at_least", "1", where=[NO_STAGE_YET])
    fields = {"group-1-kind": "except"}
    assert numbers(ask(any_of([NEW], [counted]), row=1, limit=0, **fields)) == ({"joined": 1}, 2)


def test_terms_that_limit_a_count_beside_another_limit_that_is_complete_or_not(ask):
    gold = str(TemplateTerm.objects.get().pk)
    terms = asks("template_term", "any_of", [])
    for beside in (asks("contract_stage", "any_of", ["joined"]), NO_STAGE_YET):
        assert numbers(ask(with_contracts("equals", "1", beside, terms), limit=1)) == ({gold: 1}, 0)
    assert numbers(ask(with_contracts("equals", "1", EXPIRED_CONTRACT, terms), limit=1)) == ({}, 0)


def test_a_limit_of_what_is_not_complete_itself_has_none(ask):
    assert ask(with_contracts("at_least", "", NO_STAGE_YET), limit=0).status_code == 204
    assert ask(with_contracts("at_least", "1", NO_STAGE_YET), limit=7).status_code == 204
    days = asks("contract_end", "within", {"next": 30})
    assert ask(with_contracts("at_least", "1", days), limit=0).status_code == 204


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


def test_without_a_script_they_stand_in_the_list_of_a_limit(client, editor):
    client.force_login(editor)
    page = client.get(change(saved(definition=with_contracts("at_most", "0", EXPIRED_CONTRACT))))
    assert {"Expired (3)", "Joined (2)"} <= set(options(page))


def test_rows_that_a_script_asks_for_have_names_alone(client, editor):
    client.force_login(editor)
    rows = {"hx-request": "true", "hx-target": "builder-rows"}
    assert "New" in options(client.post(ADD, form(any_of([NEW])), headers=rows))


def test_so_many_lists_of_a_page_have_them(client, editor, monkeypatch):
    monkeypatch.setattr("segments.builder.evaluation.MAX_LISTS_OF_A_PAGE", 1)
    client.force_login(editor)
    page = client.get(change(saved(definition=any_of([NEW], [NEW]))))
    assert [options(page).count(one) for one in ("Expired (3)", "Expired")] == [1, 1]
