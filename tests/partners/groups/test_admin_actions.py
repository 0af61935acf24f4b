"""Adding many partners to a group, and removing them."""

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.groups.services import add_to_group, remove_from_group
from partners.models import Membership, Partner, PartnerGroup
from tests.factories import PartnerFactory, PartnerGroupFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:partners_partner_changelist")


@pytest.fixture
def vip(db):
    return PartnerGroupFactory(name="VIP")


def act(client, action, partners, address=LIST, **posted):
    ticked = [partner.pk for partner in partners]
    return client.post(address, {"action": action, "_selected_action": ticked, **posted}, follow=True)


def confirm(client, action, partners, address=LIST, **posted):
    return act(client, action, partners, address, confirm="yes", **posted)


def said(response):
    return [str(message) for message in response.context["messages"]]


def members(group):
    return set(group.partners.values_list("name", flat=True))


def test_the_question_says_how_many_are_chosen_and_how_many_would_be_added(as_editor, vip):
    partners = PartnerFactory.create_batch(7)
    vip.partners.set(partners[:2])
    page = act(as_editor, "add_to_group", partners, index="0").content.decode()
    assert "Add 7 partners to a group" in page
    assert "VIP: 5 to add, 2 in it already" in page
    assert "Exactly the partners you ticked" in page
    assert "and 2 more" in page
    assert Membership.objects.count() == 2


def test_removing_offers_only_the_groups_that_the_partners_are_in(as_editor, vip):
    PartnerGroupFactory(name="Nobody's")
    partners = PartnerFactory.create_batch(3)
    vip.partners.set(partners[:1])
    page = act(as_editor, "remove_from_group", partners, index="0").content.decode()
    assert "VIP: 1 to take out, 2 not in it" in page
    assert "Nobody" not in page


def test_ticked_partners_are_added_and_the_message_says_who_was_in_already(as_editor, vip):
    aurora, vela, _other = (PartnerFactory(name=name) for name in ("Aurora", "Vela", "Other"))
    vip.partners.add(vela)
    page = confirm(as_editor, "add_to_group", [aurora, vela], group=vip.pk)
    assert said(page) == ["1 partner added to VIP; 1 was in it already."]
    assert members(vip) == {"Aurora", "Vela"}


def test_ticked_partners_are_removed(as_editor, vip):
    aurora, vela, moss = (PartnerFactory(name=name) for name in ("Aurora", "Vela", "Moss"))
    vip.partners.set([aurora, moss])
    page = confirm(as_editor, "remove_from_group", [aurora, vela], group=vip.pk)
    assert said(page) == ["1 partner taken out of VIP; 1 was not in it."]
    assert members(vip) == {"Moss"}


def test_confirming_twice_does_no_harm(as_editor, vip):
    partners = PartnerFactory.create_batch(2)
    confirm(as_editor, "add_to_group", partners, group=vip.pk)
    again = confirm(as_editor, "add_to_group", partners, group=vip.pk)
    assert said(again) == ["0 partners added to VIP; 2 were in it already."]
    confirm(as_editor, "remove_from_group", partners, group=vip.pk)
    again = confirm(as_editor, "remove_from_group", partners, group=vip.pk)
    assert said(again) == ["0 partners taken out of VIP; 2 were not in it."]
    assert LogEntry.objects.count() == 2


def test_ticked_partners_are_exactly_those_even_if_they_no_longer_match(as_editor, vip):
    partner = PartnerFactory(name="Aurora", prospecting_stage="new")
    address = f"{LIST}?prospecting_stage__exact=new"
    act(as_editor, "add_to_group", [partner], address, index="0")
    Partner.objects.update(prospecting_stage="joined")
    confirm(as_editor, "add_to_group", [partner], address, group=vip.pk)
    assert members(vip) == {"Aurora"}


def test_all_that_match_are_those_of_the_moment_of_confirming(as_editor, vip):
    first = PartnerFactory(name="First", prospecting_stage="new")
    gone = PartnerFactory(name="Gone", prospecting_stage="new")
    PartnerFactory(name="Never", prospecting_stage="joined")
    address = f"{LIST}?prospecting_stage__exact=new"
    page = act(as_editor, "add_to_group", [first], address, index="0", select_across="1").content.decode()
    assert "Add 2 partners to a group" in page
    assert "at the moment you confirm" in page
    Partner.objects.filter(pk=gone.pk).update(prospecting_stage="joined")
    PartnerFactory(name="Late", prospecting_stage="new")
    page = confirm(as_editor, "add_to_group", [first], address, group=vip.pk, select_across="1")
    assert said(page) == ["2 partners added to VIP."]
    assert members(vip) == {"First", "Late"}


def test_all_that_match_can_be_chosen_without_javascript(as_editor):
    partners = PartnerFactory.create_batch(3)
    page = act(as_editor, "add_to_group", partners[:1], select_across=["0", "1"]).content.decode()
    assert "Add 3 partners to a group" in page


def test_all_partners_of_a_search_across_more_than_is_counted_are_changed(as_editor, vip, change_limits):
    change_limits(list_max_counted_rows=5)
    partners = PartnerFactory.create_batch(12, name="Moss")
    PartnerFactory(name="Fern")
    address = f"{LIST}?q=moss"

    page = act(as_editor, "add_to_group", partners[:1], address, index="0", select_across="1")
    assert "Add 12 partners to a group" in page.content.decode()
    page = confirm(as_editor, "add_to_group", partners[:1], address, group=vip.pk, select_across="1")
    assert said(page) == ["12 partners added to VIP."]
    assert members(vip) == {"Moss"}


def test_the_partners_come_into_a_new_group(as_editor, editor):
    partners = PartnerFactory.create_batch(2)
    page = confirm(as_editor, "add_to_group", partners, new_group=" Garden bloggers ")
    assert said(page) == ["2 partners added to Garden bloggers."]
    group = PartnerGroup.objects.get()
    assert group.partners.count() == 2
    flags = LogEntry.objects.filter(user=editor, object_id=str(group.pk)).values_list(
        "action_flag", flat=True
    )
    assert set(flags) == {ADDITION, CHANGE}


def test_one_record_on_the_group_says_who_changed_how_many(as_editor, editor, vip):
    confirm(as_editor, "add_to_group", PartnerFactory.create_batch(3), group=vip.pk)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.action_flag) == (editor, str(vip.pk), CHANGE)
    assert entry.get_change_message() == "Partners added: 3."


@pytest.mark.parametrize(
    ("posted", "message"),
    [
        ({}, "Choose a group, or name a new one."),
        ({"group": "424242"}, "This group does not exist any more. Choose another."),
        ({"group": "many"}, "This group does not exist any more. Choose another."),
        ({"group": "9" * 30}, "This group does not exist any more. Choose another."),
        ({"group": "nul\0"}, "Null characters are not allowed."),
        ({"new_group": "nul\0"}, "Null characters are not allowed."),
        ({"new_group": "vip"}, "There is a group with this name already."),
        ({"new_group": "x" * 201}, "At most 200 characters; this has 201."),
    ],
)
def test_a_group_that_can_not_be_is_refused_with_the_question_again(as_editor, vip, posted, message):
    page = confirm(as_editor, "add_to_group", [PartnerFactory()], **posted).content.decode()
    assert message in page
    assert "Add 1 partner to a group" in page
    assert not Membership.objects.exists()


def test_a_group_or_a_new_one_not_both(as_editor, vip):
    page = confirm(as_editor, "add_to_group", [PartnerFactory()], group=vip.pk, new_group="Other")
    assert "Choose a group or name a new one, not both." in page.content.decode()
    assert PartnerGroup.objects.count() == 1


def test_a_group_that_is_deleted_while_one_confirms_is_named(as_editor, vip, monkeypatch):
    def gone(**_values):
        raise PartnerGroup.DoesNotExist

    monkeypatch.setattr("partners.groups.admin_actions.add_to_new_group", gone)
    page = confirm(as_editor, "add_to_group", [PartnerFactory()], new_group="Other").content.decode()
    assert "This group has been deleted meanwhile. Choose another." in page


def test_partners_that_are_gone_are_said_to_be(as_editor, vip):
    partner = PartnerFactory()
    Partner.objects.all().delete()
    page = act(as_editor, "add_to_group", [Partner(pk=partner.pk or 1)], index="0")
    assert said(page) == ["None of these partners exists any more."]


def test_only_those_who_may_add_groups_name_a_new_one(as_outsider, outsider, vip):
    rights = ("change_partner", "view_partnergroup")
    outsider.user_permissions.set(Permission.objects.filter(codename__in=rights))
    partner = PartnerFactory()
    assert "new_group" not in act(as_outsider, "add_to_group", [partner]).content.decode()
    confirm(as_outsider, "add_to_group", [partner], new_group="Mine")
    assert PartnerGroup.objects.count() == 1
    confirm(as_outsider, "add_to_group", [partner], group=vip.pk)
    assert vip.partners.get() == partner


@pytest.mark.parametrize("action", ["add_to_group", "remove_from_group"])
def test_those_who_may_only_look_change_no_group(as_viewer, as_outsider, as_nobody, vip, action):
    partner = PartnerFactory()
    inside = PartnerFactory(groups=[vip])
    for client in (as_viewer, as_outsider, as_nobody):
        confirm(client, action, [partner, inside], group=vip.pk)
    assert "add_to_group" not in as_viewer.get(LIST).content.decode()
    assert vip.partners.get() == inside


def test_the_deed_takes_as_many_queries_for_many_partners_as_for_few(editor, vip, django_assert_num_queries):
    def both():
        add_to_group(partners=Partner.objects.all(), group=vip, user=editor)
        remove_from_group(partners=Partner.objects.all(), group=vip, user=editor)

    PartnerFactory.create_batch(2)
    both()
    with CaptureQueriesContext(connection) as few:
        both()
    PartnerFactory.create_batch(30)
    with django_assert_num_queries(len(few)):
        both()


def test_the_question_takes_as_many_queries_for_many_groups_as_for_few(as_editor, django_assert_num_queries):
    partners = PartnerFactory.create_batch(2, groups=PartnerGroupFactory.create_batch(2))
    with CaptureQueriesContext(connection) as few:
        act(as_editor, "add_to_group", partners)
    partners = PartnerFactory.create_batch(9, groups=PartnerGroupFactory.create_batch(9))
    with django_assert_num_queries(len(few)):
        act(as_editor, "add_to_group", partners)


def test_nobody_chosen_changes_nothing(editor, vip):
    outcome = add_to_group(partners=Partner.objects.none(), group=vip, user=editor)
    assert (outcome.changed, outcome.unchanged) == (0, 0)
    assert not LogEntry.objects.exists()
