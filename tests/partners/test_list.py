"""Filters, pages and counts of the list of partners."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import Contract
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.queries import OF_A_PAGE

pytestmark = pytest.mark.django_db
LIST = reverse("admin:partners_partner_changelist")


@pytest.fixture
def few_counted(change_limits):
    """Counting stops at 100 rows, which is a page."""
    change_limits(list_max_counted_rows=100)


def names(client, **query):
    return [partner.name for partner in client.get(LIST, query).context["cl"].result_list]


def page(client, **query):
    return client.get(LIST, query, follow=True).content.decode()


# Filters


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"prospecting_stage__exact": "joined"}, ["Aurora"]),
        ({"country__exact": "DE"}, ["Aurora"]),
        ({"country__exact": "FR"}, ["Vela"]),
        ({"business_model__exact": "network"}, ["Vela"]),
        ({"prospecting_stage__exact": "new", "country__exact": "FR", "q": "vel"}, ["Vela"]),
        ({"prospecting_stage__exact": "new", "country__exact": "DE"}, []),
        ({"prospecting_stage__exact": "", "country__exact": "", "contract_stage": ""}, ["Aurora", "Vela"]),
    ],
)
def test_filters_combine_with_each_other_and_with_the_search(as_viewer, query, expected):
    PartnerFactory(name="Aurora", prospecting_stage="joined", country="DE")
    PartnerFactory(name="Vela", country="FR", business_model="network")
    assert names(as_viewer, **query) == expected


@pytest.mark.parametrize(
    "filter_name",
    [
        "prospecting_stage__exact",
        "contract_stage",
        "template_term",
        "groups__id__exact",
        "country__exact",
        "business_model__exact",
        "segment",
    ],
)
@pytest.mark.parametrize("value", ["424242", "9" * 30, "unheard_of", "-1"])
def test_a_choice_that_is_none_matches_nobody_and_can_be_taken_away(as_editor, filter_name, value):
    PartnerFactory()
    answer = as_editor.get(LIST, {filter_name: value})
    assert answer.context["cl"].result_count == 0
    assert "(deleted)" in answer.content.decode()


def test_template_terms_are_a_filter_and_with_a_stage_speak_of_one_contract(as_viewer):
    gold, silver = TemplateTermFactory(name="Gold"), TemplateTermFactory(name="Silver")
    both = PartnerFactory(name="Expired on gold, joined on silver")
    ContractFactory(partner=both, template_term=gold, stage="expired")
    ContractFactory(partner=both, template_term=silver, stage="joined")
    ContractFactory(partner=PartnerFactory(name="Joined on gold"), template_term=gold, stage="joined")
    assert names(as_viewer, template_term=gold.pk) == ["Expired on gold, joined on silver", "Joined on gold"]
    assert names(as_viewer, template_term=gold.pk, contract_stage="joined") == ["Joined on gold"]
    assert names(as_viewer, template_term=gold.pk, contract_stage="none") == []


def test_an_active_filter_is_a_chip_that_takes_it_away(as_viewer):
    group = PartnerGroupFactory(name="VIP & friends")
    content = page(as_viewer, groups__id__exact=group.pk, country__exact="DE", q="aurora")
    assert "Group: <bdi>VIP &amp; friends</bdi>" in content
    assert "Country: <bdi>Germany</bdi>" in content
    assert 'class="chip" href="?country__exact=DE&amp;q=aurora"' in content
    assert page(as_viewer).count('class="chip"') == 0


def test_all_choices_of_a_filter_are_in_its_chip_and_kept_by_the_search(as_viewer):
    PartnerFactory(name="Aurora", country="DE")
    PartnerFactory(name="Aurora Media", country="AT")
    PartnerFactory(name="Aurora Press", country="FR")
    query = {"country__exact": ["DE", "AT"]}
    assert names(as_viewer, **query, q="aurora") == ["Aurora", "Aurora Media"]
    content = page(as_viewer, **query)
    assert "Country: <bdi>Germany, Austria</bdi>" in content
    search = content.partition('id="changelist-search"')[2].partition("</form>")[0]
    for country in query["country__exact"]:
        assert f'<input type="hidden" name="country__exact" value="{country}">' in search


def test_the_menus_keep_the_search_and_the_order_of_the_list(as_viewer):
    content = page(as_viewer, q="aurora", o="-1", country__exact="DE")
    form = content.partition('id="changelist-menus"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="q" value="aurora">' in form
    assert '<input type="hidden" name="o" value="-1">' in form
    assert "country" not in form
    assert re.search('name="country__exact" value="DE"[^>]* checked>', content)


def test_contracts_are_a_column_and_filters_only_for_those_who_may_see_them(as_outsider, outsider):
    outsider.user_permissions.set(Permission.objects.filter(codename="view_partner"))
    ContractFactory(partner=PartnerFactory(name="Aurora"), stage="suspended")
    content = page(as_outsider)
    assert "Aurora" in content
    assert "Suspended<span" not in content
    assert 'name="contract_stage"' not in content
    assert 'name="template_term"' not in content
    assert "There is no such filter." in page(as_outsider, contract_stage="suspended")


# Search


def test_e_mails_websites_and_next_steps_are_searched_for_what_is_nobodys_name(as_viewer):
    PartnerFactory(name="Éclair", website="https://www.thefinch.example")
    PartnerFactory(name="Fern", email="hello@eclair.example")
    PartnerFactory(name="Moss", next_step="Send the renewal")
    assert names(as_viewer, q="renewal") == ["Moss"]
    assert names(as_viewer, q="thefinch") == ["Éclair"]
    assert names(as_viewer, q="hello@") == ["Fern"]
    assert names(as_viewer, q="éclair") == ["Éclair"]
    assert names(as_viewer, q="eclair.") == ["Fern"]


def test_a_name_is_searched_without_reading_e_mails(as_viewer):
    PartnerFactory(name="Fern")
    with CaptureQueriesContext(connection) as queries:
        as_viewer.get(LIST, {"q": "fern"})
    assert not [query for query in queries if "UPPER" in query["sql"] or 'email" LIKE' in query["sql"]]


def reads_of_e_mails(client, term):
    with CaptureQueriesContext(connection) as queries:
        assert set(names(client, q=term)) == {"Fern", "Moss"}
    return [query for query in queries if re.search(r'email"\S* LIKE', query["sql"])]


def test_e_mails_are_read_once_unless_very_many_are_found(as_viewer, change_limits):
    PartnerFactory(name="Fern", email="fern@eclair.example")
    PartnerFactory(name="Moss", email="moss@eclair.example")
    PartnerFactory(name="Vela", email="vela@other.example")
    assert len(reads_of_e_mails(as_viewer, "@eclair")) == 1
    change_limits(search_max_rows=1)
    assert len(reads_of_e_mails(as_viewer, "@eclair")) > 1


# Order


def test_partners_that_never_joined_come_last_either_way(as_editor):
    PartnerFactory(name="Aurora", original_joined_date="2024-01-01")
    PartnerFactory(name="Fern", original_joined_date=None)
    PartnerFactory(name="Moss", original_joined_date="2025-01-01")
    assert names(as_editor, o="5") == ["Aurora", "Moss", "Fern"]
    assert names(as_editor, o="-5") == ["Moss", "Aurora", "Fern"]


# Pages


@pytest.mark.parametrize(("many", "shown"), [(99, "99"), (100, "100"), (101, "100+"), (150, "100+")])
def test_counting_stops_where_it_is_told_to(as_viewer, few_counted, many, shown):
    PartnerFactory.create_batch(many)
    with CaptureQueriesContext(connection) as queries:
        content = page(as_viewer)
    assert f'<p class="page-subtitle">{shown} partners</p>' in content
    assert f"1\u2013{min(many, 100)} of {shown}" in content.replace("\n", "")
    counts = [
        query["sql"] for query in queries if "COUNT(" in query["sql"] and '"partners_partner"' in query["sql"]
    ]
    assert counts
    assert all("LIMIT 101" in sql for sql in counts)


def test_all_that_match_can_be_selected_past_the_count(as_editor, few_counted):
    PartnerFactory.create_batch(101)
    content = page(as_editor, o="-1")
    assert "Search or filter to get to the others." in content


def test_pages_lead_forth_and_back_and_keep_the_filters(as_viewer):
    PartnerFactory.create_batch(250, country="DE")
    content = page(as_viewer, country__exact="DE", p=2)
    assert "101\u2013200 of 250" in content
    assert 'rel="prev" href="?country__exact=DE&amp;p=1"' in content
    assert 'rel="next" href="?country__exact=DE&amp;p=3"' in content


def test_selecting_all_names_the_number(as_editor):
    PartnerFactory.create_batch(101)
    assert "Take all 101 partners" in page(as_editor)


@pytest.mark.parametrize("number", ["9", "9" * 30, "99999"])
def test_a_page_past_the_last_is_the_last(as_viewer, number):
    PartnerFactory.create_batch(120)
    answer = as_viewer.get(LIST, {"p": number})
    assert "101\u2013120 of 120" in answer.content.decode()
    assert len(answer.context["cl"].result_list) == 20


@pytest.mark.parametrize("most", [110, 10_000])
def test_pages_are_in_order_forth_and_back_however_they_are_found(as_editor, change_limits, most):
    change_limits(list_max_counted_rows=most)
    ferns, mosses = (
        [f"Fern {letter}" for letter in "abcdefg"],
        [f"Moss {number}" for number in range(100, 205)],
    )
    for name in [*mosses, *ferns]:
        PartnerFactory(name=name)
    everyone = [*ferns, *mosses]
    assert names(as_editor) == everyone[:100]
    assert names(as_editor, o="-1") == everyone[::-1][:100]
    assert names(as_editor, q="moss") == mosses[:100]


def test_the_second_page_goes_on_where_the_first_ends(as_editor):
    expected = [partner.name for partner in PartnerFactory.create_batch(120)]
    assert names(as_editor) + names(as_editor, p=2) == sorted(expected, key=str.casefold)
    backwards = names(as_editor, o="-1") + names(as_editor, o="-1", p=2)
    assert backwards == sorted(expected, key=str.casefold, reverse=True)


@pytest.mark.parametrize("number", ["0", "-1", "two"])
def test_a_page_that_is_none_is_answered_with_a_page(as_viewer, number):
    PartnerFactory.create_batch(120)
    assert as_viewer.get(LIST, {"p": number}, follow=True).status_code == 200


def test_two_hundred_partners_can_be_shown_at_once(as_viewer):
    PartnerFactory.create_batch(120)
    assert "Show all" in page(as_viewer)
    assert "1\u2013120 of 120" in page(as_viewer, all="")


def test_an_empty_list_says_what_to_do(as_editor):
    assert "No partners yet" in page(as_editor)
    content = page(as_editor, q="nobody")
    assert "No partners match" in content
    assert "Clear the search and all filters" in content


@pytest.mark.parametrize(
    ("screen", "words"),
    [
        ("stageedit", "Tick partners or contracts in their lists, and press “Change stage…”."),
        ("export", "Each file of partners or contracts that somebody downloads is listed here."),
    ],
)
def test_an_empty_list_of_records_says_how_the_first_comes(as_superuser, screen, words):
    assert words in as_superuser.get(reverse(f"admin:partners_{screen}_changelist")).content.decode()


def test_an_empty_list_offers_a_viewer_nothing_that_only_others_may_do(as_viewer):
    content = page(as_viewer)
    assert "Once somebody has added or imported some, they are listed here." in content
    assert "with the buttons above" not in content


# Queries


def test_the_filtered_list_takes_as_many_queries_for_many_partners_as_for_few(
    as_editor, django_assert_num_queries
):
    def fill(many):
        for group in PartnerGroupFactory.create_batch(many):
            ContractFactory.create_batch(2, partner=PartnerFactory(name="Moss", groups=[group]))

    query = {"q": "moss", "contract_stage": "joined", "prospecting_stage__exact": "new"}
    fill(2)
    with CaptureQueriesContext(connection) as few:
        as_editor.get(LIST, query)
    fill(10)
    with django_assert_num_queries(len(few)):
        as_editor.get(LIST, query)
    assert Contract.objects.count() == 24


def test_the_list_takes_few_queries(as_viewer, django_assert_max_num_queries):
    PartnerFactory.create_batch(5, groups=[PartnerGroupFactory()])
    with django_assert_max_num_queries(13 + OF_A_PAGE):
        as_viewer.get(LIST)


def test_an_empty_list_offers_the_import_to_those_who_may(as_editor, as_viewer):
    assert "Import a file, or add the first one" in page(as_editor)
    assert "Import a file" not in page(as_viewer)
