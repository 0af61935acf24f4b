"""Taking a partner out of groups and putting it into others, from its page."""

import re
from urllib.parse import urlencode

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from tests.factories import PartnerFactory, PartnerGroupFactory

pytestmark = pytest.mark.django_db


def act(client, partner, **posted):
    return client.post(reverse("admin:partners_partner_groups", args=[partner.pk]), posted, follow=True)


def said(response):
    return [re.sub("<[^>]+>", "", str(message)).strip() for message in response.context["messages"]]


def names(partner):
    return sorted(partner.groups.values_list("name", flat=True))


@pytest.fixture
def vip(db):
    return PartnerGroupFactory(name="VIP")


@pytest.fixture
def aurora(vip):
    return PartnerFactory(groups=[vip, PartnerGroupFactory(name="Travel")])


def test_a_partner_is_taken_out_of_a_group_and_the_message_puts_it_back(as_editor, aurora, vip):
    answer = act(as_editor, aurora, out=vip.pk)
    assert said(answer) == ["Taken out of VIP. Undo"]
    assert names(aurora) == ["Travel"]
    page = answer.content.decode()
    address = f"{reverse('admin:partners_partner_groups', args=[aurora.pk])}?next="
    assert f'form="undo-form" formaction="{address}' in page
    assert f'name="back" value="{vip.pk}"' in page
    assert '<form id="undo-form" method="post">' in page
    assert said(act(as_editor, aurora, back=vip.pk)) == ["Put into VIP. Undo"]
    assert names(aurora) == ["Travel", "VIP"]
    assert LogEntry.objects.filter(object_id=str(vip.pk)).count() == 2


def test_a_partner_is_put_into_groups_that_are_picked_or_typed(as_editor, aurora):
    deals, _news, blog = (PartnerGroupFactory(name=name) for name in ("Deals", "News", "Blog"))
    answer = act(as_editor, aurora, **{"into-groups": [deals.pk], "into-groups-typed": "NEWS\n"})
    assert said(answer) == ["Put into 2 groups."]
    assert names(aurora) == ["Deals", "News", "Travel", "VIP"]
    assert said(act(as_editor, aurora, **{"into-groups": [blog.pk]})) == ["Put into Blog. Undo"]


@pytest.mark.parametrize("key", ["many", "9" * 30, "nul\0", "-1", "424242", ""])
@pytest.mark.parametrize("button", ["out", "back"])
def test_a_group_that_there_is_not_changes_nothing(as_editor, aurora, key, button):
    answer = act(as_editor, aurora, **{button: key})
    assert answer.status_code == 200
    assert names(aurora) == ["Travel", "VIP"]


@pytest.mark.parametrize("typed", ["Nobody's", "nul\0", "9" * 30])
def test_what_is_no_group_is_refused_beside_the_field(as_editor, aurora, typed):
    page = act(as_editor, aurora, **{"into-groups-typed": typed}).content.decode()
    assert "There is no group with this ID or name" in page
    assert names(aurora) == ["Travel", "VIP"]


def test_without_a_choice_the_field_asks_for_one(as_editor, aurora):
    assert "Choose a group." in act(as_editor, aurora).content.decode()


def test_a_viewer_sees_the_groups_and_changes_none(as_viewer, aurora, vip):
    page = as_viewer.get(reverse("admin:partners_partner_change", args=[aurora.pk])).content.decode()
    assert "VIP" in page
    assert "partner-groups-form" not in page
    assert act(as_viewer, aurora, out=vip.pk).status_code == 403
    assert names(aurora) == ["Travel", "VIP"]


@pytest.mark.parametrize("button", ["back", "into-groups"])
def test_a_group_that_the_partner_is_in_already_offers_no_undo(as_editor, aurora, vip, button):
    assert said(act(as_editor, aurora, **{button: vip.pk})) == ["Was in VIP already."]
    assert names(aurora) == ["Travel", "VIP"]


def test_a_group_that_the_partner_is_not_in_offers_no_undo(as_editor, aurora):
    assert said(act(as_editor, aurora, out=PartnerGroupFactory(name="Deals").pk)) == ["Was not in Deals."]


def test_of_several_groups_the_new_ones_are_counted(as_editor, aurora):
    deals = PartnerGroupFactory(name="Deals")
    assert said(act(as_editor, aurora, **{"into-groups-typed": "VIP\nDeals"})) == [
        "Put into 1 group. Was in 1 already."
    ]
    assert said(act(as_editor, aurora, **{"into-groups": deals.pk, "into-groups-typed": "VIP"})) == [
        "Was in all of them already."
    ]


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("/admin/partners/partner/?q=a", "/admin/partners/partner/?q=a"),
        ("https://elsewhere.example/", None),
        ("//elsewhere.example", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_what_is_taken_back_leads_on_to_where_it_was_pressed(as_editor, aurora, vip, wanted, shown):
    address = reverse("admin:partners_partner_groups", args=[aurora.pk])
    answer = as_editor.post(f"{address}?{urlencode({'next': wanted})}", {"out": vip.pk})
    profile = reverse("admin:partners_partner_change", args=[aurora.pk])
    assert answer["Location"] == (shown or profile)
