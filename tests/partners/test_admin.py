"""The lists and forms of partners and groups."""

from datetime import date

import pytest
from django.db import connection
from django.forms import model_to_dict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contracts.stages import ContractStage
from partners.core.badges import stage_badge, stage_badges
from partners.models import BusinessModel, Partner, PartnerGroup, ProspectingStage
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:partners_partner_changelist")
ADD = reverse("admin:partners_partner_add")
GROUPS = reverse("admin:partners_partnergroup_changelist")


def change(partner):
    return reverse("admin:partners_partner_change", args=[partner.pk])


def edit(partner):
    return reverse("admin:partners_partner_edit", args=[partner.pk])


def posted(**values):
    blank = {name: value or "" for name, value in model_to_dict(Partner(name="Aurora Media")).items()}
    return {**blank, **values}


def found(client, term, address=LIST):
    page = client.get(address, {"q": term})
    return [row.name for row in page.context["cl"].result_list]


def listed_partners(number):
    for group in PartnerGroupFactory.create_batch(number):
        ContractFactory.create_batch(2, partner=PartnerFactory(groups=[group]))


def errors(response):
    return response.context["adminform"].form.errors


def test_the_list_shows_what_staff_know_a_partner_by(as_editor):
    partner = PartnerFactory(
        id=700123,
        name="Aurora Media",
        prospecting_stage=ProspectingStage.JOINED,
        original_joined_date=date(2025, 2, 3),
        groups=[PartnerGroupFactory(name="VIP"), PartnerGroupFactory(name="Nordics")],
    )
    ContractFactory(partner=partner, stage="joined")
    ContractFactory(partner=partner, stage="expired")
    page = as_editor.get(LIST).content.decode()
    assert '<bdi>Aurora Media</bdi></span> <span class="row-detail">700123</span>' in page
    assert stage_badge(ProspectingStage.JOINED) in page
    assert stage_badges([ContractStage.JOINED, ContractStage.EXPIRED]) in page
    assert "<bdi>Nordics</bdi>, <bdi>VIP</bdi>" in page


def test_a_partner_without_contracts_is_listed_as_such(as_editor):
    PartnerFactory()
    assert "No contract" in as_editor.get(LIST).content.decode()


def test_a_name_can_carry_no_markup_into_the_list(as_editor):
    PartnerFactory(name="<b>Vela</b>")
    assert "&lt;b&gt;Vela&lt;/b&gt;" in as_editor.get(LIST).content.decode()


@pytest.mark.parametrize(
    "term",
    ["éclair", "  ÉCLAIR ", "reviews éclair", "700161", "HELLO@Eclair.example", "www.eclair.example/r"],
)
def test_a_partner_is_found_by_name_partner_id_e_mail_and_website(as_editor, term):
    PartnerFactory(
        id=700161,
        name="ÉCLAIR Reviews",
        email="hello@eclair.example",
        website="https://www.eclair.example/reviews",
    )
    PartnerFactory(id=7001610, name="Moss Diary")
    assert found(as_editor, term) == ["ÉCLAIR Reviews"]


@pytest.mark.parametrize("term", ["100%", "a_b", "back\\slash"])
def test_a_search_takes_every_sign_as_itself(as_editor, term):
    PartnerFactory(name=f"Deals {term}")
    PartnerFactory(name="Deals 1000 axb backslash")
    assert found(as_editor, term) == [f"Deals {term}"]


@pytest.mark.parametrize("term", ["nul\0byte", "9" * 30, "²", "٣", "%", "'; --"])
@pytest.mark.parametrize("address", [LIST, GROUPS])
def test_an_absurd_search_finds_nobody(as_editor, term, address):
    page = as_editor.get(address, {"q": term})
    assert page.status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"prospecting_stage__exact": "nul\0"},
        {"name": "nul\0"},
        {"id__in": "9" * 30},
        {"id__exact": "many"},
        {"original_joined_date__year": "999999"},
        {"original_joined_date": "soon"},
        {"unheard_of": "1"},
        {"groups__id__exact": "x"},
        {"p": "9" * 30},
    ],
)
def test_an_absurd_filter_is_answered_with_a_page(as_editor, query):
    PartnerFactory()
    assert as_editor.get(LIST, query, follow=True).status_code == 200


def test_a_filter_that_can_not_be_says_so_and_shows_everybody(as_editor):
    PartnerFactory(name="Vela")
    page = as_editor.get(LIST, {"name": "nul\0"}, follow=True).content.decode()
    assert "There is no such filter. Here is everything." in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"prospecting_stage__exact": "joined"}, ["Aurora"]),
        ({"business_model__exact": "network"}, ["Vela"]),
        ({"contract_stage": "none"}, ["Vela"]),
        ({"contract_stage": "expired"}, ["Aurora"]),
        ({"contract_stage": "suspended"}, []),
        ({}, ["Aurora", "Vela"]),
    ],
)
def test_the_list_is_narrowed_by_stage_business_model_and_contracts(as_editor, query, names):
    aurora = PartnerFactory(name="Aurora", prospecting_stage=ProspectingStage.JOINED)
    ContractFactory.create_batch(2, partner=aurora, stage="expired")
    PartnerFactory(name="Vela", business_model=BusinessModel.NETWORK)
    page = as_editor.get(LIST, query)
    assert [partner.name for partner in page.context["cl"].result_list] == names


def test_the_list_is_narrowed_by_group(as_editor):
    group = PartnerGroupFactory()
    PartnerFactory(name="Aurora", groups=[group, PartnerGroupFactory()])
    PartnerFactory(name="Vela")
    page = as_editor.get(LIST, {"groups__id__exact": group.pk})
    assert [partner.name for partner in page.context["cl"].result_list] == ["Aurora"]


def test_the_list_asks_as_many_queries_for_many_partners_as_for_few(as_editor, django_assert_num_queries):
    listed_partners(2)
    with CaptureQueriesContext(connection) as few:
        as_editor.get(LIST)
    listed_partners(10)
    with django_assert_num_queries(len(few)):
        as_editor.get(LIST)


def test_a_new_partner_is_given_a_partner_id(as_editor):
    as_editor.post(ADD, posted(partner_id=""))
    assert Partner.objects.get(name="Aurora Media").pk > 0


def test_a_new_partner_can_bring_its_partner_id_along(as_editor):
    as_editor.post(ADD, posted(partner_id="700123"))
    assert Partner.objects.get().pk == 700123
    as_editor.post(ADD, posted(partner_id="", name="Vela"))
    assert Partner.objects.get(name="Vela").pk > 700123


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("700123", "Vela has this Partner ID already."),
        ("0", "A Partner ID is a number above zero."),
        ("-5", "A Partner ID is a number above zero."),
        ("9" * 30, "A Partner ID has at most 15 digits."),
        ("seven", "A Partner ID is a whole number."),
        ("nul\0", "A Partner ID is a whole number."),
    ],
)
def test_a_partner_id_that_can_not_be_is_refused(as_editor, typed, message):
    PartnerFactory(id=700123, name="Vela")
    page = as_editor.post(ADD, posted(partner_id=typed))
    assert errors(page) == {"partner_id": [message]}
    assert Partner.objects.count() == 1


def test_a_partner_id_can_not_be_changed_later(as_editor):
    partner = PartnerFactory(id=700123, name="Vela")
    as_editor.post(edit(partner), posted(partner_id="5", name="Vela Creators"))
    assert list(Partner.objects.values_list("pk", "name")) == [(700123, "Vela Creators")]
    page = as_editor.get(edit(partner)).content.decode()
    assert "700123" in page
    assert 'name="partner_id"' not in page


def test_a_partner_is_put_in_exactly_the_chosen_groups(as_editor):
    old, kept, new = PartnerGroupFactory.create_batch(3)
    partner = PartnerFactory(groups=[old, kept])
    as_editor.post(edit(partner), posted(partner_groups=[kept.pk, new.pk]))
    assert set(partner.groups.all()) == {kept, new}


def test_the_form_shows_the_groups_that_a_partner_is_in(as_editor):
    partner = PartnerFactory(groups=[PartnerGroupFactory(name="Garden bloggers")])
    page = as_editor.get(edit(partner)).content.decode()
    assert f'<option value="{partner.groups.get().pk}" selected>Garden bloggers</option>' in page


@pytest.mark.parametrize("key", ["many", "9" * 30, "nul\0", "-1", "424242"])
def test_a_group_that_does_not_exist_is_refused(as_editor, key):
    page = as_editor.post(ADD, posted(partner_groups=[key]))
    assert list(errors(page)) == ["partner_groups"]
    assert not Partner.objects.exists()


def test_a_new_partner_goes_into_its_groups(as_editor):
    group = PartnerGroupFactory()
    as_editor.post(ADD, posted(partner_groups=[group.pk]))
    assert Partner.objects.get().groups.get() == group


def test_a_changed_stage_is_dated_and_the_first_joining_kept(as_editor):
    partner = PartnerFactory()
    as_editor.post(edit(partner), posted(prospecting_stage="joined"))
    partner.refresh_from_db()
    today = timezone.localdate()
    assert (partner.last_transition_date, partner.original_joined_date) == (today, today)


def test_a_change_of_something_else_dates_no_transition(as_editor):
    partner = PartnerFactory(last_transition_date=date(2025, 2, 3))
    as_editor.post(edit(partner), posted(name="Other", last_transition_date="2026-01-01"))
    partner.refresh_from_db()
    assert (partner.name, partner.last_transition_date) == ("Other", date(2025, 2, 3))


def test_the_original_joined_date_can_be_put_right(as_editor):
    partner = PartnerFactory()
    as_editor.post(edit(partner), posted(original_joined_date="2024-03-11"))
    partner.refresh_from_db()
    assert partner.original_joined_date == date(2024, 3, 11)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "nul\0"),
        ("name", "x" * 201),
        ("email", "nobody"),
        ("website", "not a site"),
        ("prospecting_stage", "unheard_of"),
        ("business_model", "unheard_of"),
        ("country", "??"),
        ("original_joined_date", "soon"),
    ],
)
def test_a_wrong_field_is_named(as_editor, field, value):
    page = as_editor.post(ADD, posted(**{field: value}))
    assert list(errors(page)) == [field]
    assert not Partner.objects.exists()


def test_an_owner_and_a_next_step_are_set_in_the_form(as_editor, editor):
    partner = PartnerFactory()
    values = {"owner": editor.pk, "next_step": "Send the offer", "next_step_date": "2026-12-01"}
    as_editor.post(edit(partner), posted(**values))
    partner.refresh_from_db()
    assert (partner.owner, partner.next_step) == (editor, "Send the offer")
    assert partner.next_step_date == date(2026, 12, 1)


def test_a_date_alone_is_no_next_step(as_editor):
    page = as_editor.post(edit(PartnerFactory()), posted(next_step_date="2026-12-01"))
    assert errors(page) == {"next_step": ["Say what is to be done on this date."]}


def test_owners_are_staff_and_who_owns_the_partner_already(as_editor, editor):
    former = UserFactory(username="former", is_staff=False)
    UserFactory(username="gone", is_active=False)
    page = as_editor.get(edit(PartnerFactory(owner=former)))
    offered = set(page.context["adminform"].form.fields["owner"].queryset)
    assert offered == {editor, former}


def test_rows_that_can_not_be_are_not_acted_on(as_editor):
    PartnerFactory()
    page = as_editor.post(
        LIST,
        {"action": "delete_selected", "_selected_action": ["many", "9" * 30], "index": "0"},
        follow=True,
    )
    assert "These rows do not exist. Nothing was changed." in page.content.decode()


def test_selected_partners_can_be_deleted(as_editor):
    partner = PartnerFactory()
    as_editor.post(LIST, {"action": "delete_selected", "_selected_action": [partner.pk], "post": "yes"})
    assert not Partner.objects.exists()


def test_not_more_partners_are_deleted_at_once_than_one_can_look_through(as_editor, change_limits):
    change_limits(delete_max_rows=2)
    partners = PartnerFactory.create_batch(3)
    asked = {"action": "delete_selected", "select_across": "1", "_selected_action": [partners[0].pk]}
    page = as_editor.post(LIST, {**asked, "index": "0"}, follow=True)
    assert "At most 2 can be deleted at once. Nothing was deleted." in page.content.decode()
    partners[0].delete()
    page = as_editor.post(LIST, {**asked, "_selected_action": [partners[1].pk], "index": "0"})
    assert "All of this goes:" in page.content.decode()


@pytest.mark.parametrize("key", ["many", "9" * 30, "%00"])
def test_the_page_of_a_partner_that_does_not_exist_says_so(as_editor, key):
    page = as_editor.get(f"{LIST}{key}/change/", follow=True)
    assert "It may have been deleted." in page.content.decode()


def test_a_viewer_reads_everything_and_changes_nothing(as_viewer):
    partner = PartnerFactory(id=700123, name="Vela", groups=[PartnerGroupFactory(name="Garden bloggers")])
    page = as_viewer.get(change(partner)).content.decode()
    assert "Garden bloggers" in page
    assert "700123" in page
    for address in (change(partner), edit(partner)):
        assert as_viewer.post(address, posted(name="Mine")).status_code == 403
    assert as_viewer.get(edit(partner)).status_code == 403
    assert as_viewer.get(ADD).status_code == 403


def test_an_outsider_sees_no_partner(as_outsider):
    assert as_outsider.get(LIST).status_code == 403


def test_nobody_is_sent_to_the_login(as_nobody):
    assert reverse("admin:login") in as_nobody.get(LIST)["Location"]


def test_a_group_is_found_by_its_name_in_other_letters(as_editor):
    PartnerGroupFactory(name="STRASSENFUNDE")
    PartnerGroupFactory(name="Creators")
    assert found(as_editor, "straßen", GROUPS) == ["STRASSENFUNDE"]


def test_a_group_can_be_added(as_editor):
    as_editor.post(reverse("admin:partners_partnergroup_add"), {"name": " Creators "})
    assert PartnerGroup.objects.get().name == "Creators"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("CREATORS", "There is a group with this name already."),
        ("  ", "This field is required."),
        ("nul\0", "Null characters are not allowed."),
    ],
)
def test_a_group_name_that_can_not_be_is_refused(as_editor, name, message):
    PartnerGroupFactory(name="Creators")
    page = as_editor.post(reverse("admin:partners_partnergroup_add"), {"name": name})
    assert message in errors(page)["name"]
    assert PartnerGroup.objects.count() == 1
