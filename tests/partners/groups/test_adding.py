"""Adding partners to a group by pasted IDs, or by search."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from partners.core.row_pages import page_of
from partners.core.widgets import MAX_ROWS
from partners.groups.adding import MAX_UNKNOWN_NAMED, AddPartnersForm
from tests.factories import PartnerFactory, PartnerGroupFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def vip():
    return PartnerGroupFactory(name="VIP")


@pytest.fixture
def partners():
    return [PartnerFactory(id=key) for key in (700123, 700161, 700208)]


def add(client, group, **data):
    return client.post(reverse("admin:partners_partnergroup_add_partners", args=[group.pk]), data)


def members(group):
    return sorted(group.partners.values_list("pk", flat=True))


def errors(answer):
    return {name: list(several) for name, several in answer.context["form"].errors.items()}


@pytest.mark.parametrize(
    "ids",
    [
        "700123 700161",
        "700123,700161",
        "700123; 700161;",
        "#700123\r\n\t#700161\n700161",
        "(700123) / [700161]",
        "\uff17\uff10\uff10\uff11\uff12\uff13\u3001700161",
        "700123\u200b\u00a0700161",
    ],
)
def test_ids_are_pasted_with_anything_between_them(as_editor, vip, partners, ids):
    answer = add(as_editor, vip, ids=ids)
    assert (answer.status_code, answer["Location"]) == (302, page_of(vip))
    assert members(vip) == [700123, 700161]


SEPARATORS = st.text(alphabet=" ,;|/\n\t\r:()[]{}#.+*'\"\u060c \uff1b", min_size=1)


@given(between=st.lists(SEPARATORS, min_size=4, max_size=4))
def test_whatever_stands_between_them_the_same_are_found(between):
    keys = [PartnerFactory().pk for _partner in range(3)]
    first, second, third, last = between
    form = AddPartnersForm({"ids": f"{first}{keys[0]}{second}{keys[1]}{third}{keys[2]}{last}"})
    assert form.is_valid(), form.errors
    assert form.keys() == sorted(keys)


def test_searched_partners_come_with_the_pasted_ones_and_are_counted_once(as_editor, vip, partners, editor):
    vip.partners.add(700208)
    answer = add(as_editor, vip, ids="700123 700208", found=[700123, 700161])
    page = as_editor.get(answer["Location"]).content.decode()
    assert "2 partners added to VIP; 1 was in it already." in page
    assert members(vip) == [700123, 700161, 700208]
    entry = LogEntry.objects.get()
    assert (entry.user, entry.get_change_message()) == (editor, "Partners added: 2.")


def test_unknown_ids_are_named_beside_the_field_and_nothing_is_done(as_editor, vip, partners):
    answer = add(as_editor, vip, ids=f"700123 42 Aurora {'9' * 60}")
    shown = f"These are no partners' IDs: 42, Aurora, {'9' * 40}. Nothing was added."
    assert errors(answer) == {"ids": [shown]}
    assert "700123 42 Aurora" in answer.content.decode()
    assert members(vip) == []
    assert errors(add(as_editor, vip, ids="42")) == {"ids": ["42 is no partner's ID. Nothing was added."]}


def test_of_very_many_unknown_ids_the_first_are_named(as_editor, vip):
    [error] = errors(add(as_editor, vip, ids=" ".join(map(str, range(1, MAX_UNKNOWN_NAMED + 6)))))["ids"]
    assert error.endswith("and 5 more. Nothing was added.")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, {"ids": ["Paste Partner IDs, or search for partners."]}),
        ({"ids": " ,; "}, {"ids": ["Paste Partner IDs, or search for partners."]}),
        ({"ids": "nul\0"}, {"ids": ["Null characters are not allowed."]}),
        ({"found": ["x"]}, {"found": ["There is no partner with this ID or name: x."]}),
        ({"found": ["9" * 30]}, {"found": [f"There is no partner with this ID or name: {'9' * 30}."]}),
    ],
)
def test_what_names_nobody_is_said_beside_its_field(as_editor, vip, data, error):
    assert errors(add(as_editor, vip, **data)) == error


def test_many_thousands_are_added_at_once(as_editor, vip, partners, django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        add(as_editor, vip, ids=" ".join(["700123 700161 700208"] * 5000))
    assert members(vip) == [700123, 700161, 700208]


def test_a_group_that_is_gone_is_not_found(as_editor, vip):
    vip.delete()
    vip.pk = 404
    assert add(as_editor, vip, ids="1").status_code == 404


def test_the_page_leads_on_to_files_for_those_who_may_import(as_editor, as_viewer, vip):
    address = reverse("admin:partners_partnergroup_add_partners", args=[vip.pk])
    assert "?kind=groups" in as_editor.get(address).content.decode()
    assert as_viewer.get(address).status_code == 403


def test_names_are_looked_up_all_at_once(as_editor, vip, django_assert_max_num_queries):
    names = [f"Partner {number}" for number in range(200)]
    for name in names:
        PartnerFactory(name=name)
    with django_assert_max_num_queries(25):
        add(as_editor, vip, **{"found-typed": "\n".join(names)})
    assert len(members(vip)) == 200


def test_a_name_that_several_have_is_refused(as_editor, vip):
    PartnerFactory.create_batch(2, name="Twin")
    shown = errors(add(as_editor, vip, **{"found-typed": "Twin"}))
    assert shown == {"found": ["There is no partner with this ID or name: Twin."]}


@pytest.mark.parametrize("line", ["700123", "Nobody"])
def test_more_lines_than_there_may_be_are_refused_and_stay(
    as_editor, vip, partners, line, django_assert_max_num_queries
):
    lines = "\n".join([line] * (MAX_ROWS + 1))
    with django_assert_max_num_queries(25):
        answer = add(as_editor, vip, **{"found-typed": lines})
    assert errors(answer) == {"found": ["At most 10,000 can be named at once. Nothing was changed."]}
    assert answer.content.decode().count(f"{line}\n") == MAX_ROWS + 1
    assert members(vip) == []
